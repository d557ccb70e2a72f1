# Asks the CRM whether it is healthy, before anything is built or started. To be sourced.
# shellcheck shell=bash

readonly health_seconds_max=8

# Prints the answer to a GET. Fails when there is none within the time; 2 when nothing here can ask.
http_get() {
  local url=$1
  if command -v curl > /dev/null; then
    # Not as an argument: others may read those.
    printf 'url = "%s"\n' "${url//[\"\\]/}" | curl --config - --silent --max-time "$health_seconds_max"
  elif [[ $url =~ ^http://([^/:@]+)(:([0-9]+))?(/.*)$ ]]; then
    # shellcheck disable=SC2016  # expanded by the inner shell
    timeout "$health_seconds_max" bash -c '
      exec 3<> "/dev/tcp/$1/$2" || exit 1
      printf "GET %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n" "$3" "$1" >&3
      cat <&3' ask "${BASH_REMATCH[1]}" "${BASH_REMATCH[3]:-80}" "${BASH_REMATCH[4]}" 2> /dev/null
  else
    return 2
  fi
}

# The CRM answers 200 even when it is unhealthy; the key `database` tells it from other programs.
is_healthy() {
  [[ $1 =~ \"status\"[[:space:]]*:[[:space:]]*\"healthy\" && $1 =~ \"database\"[[:space:]]*: ]]
}

# check_crm URL PATH: says what is wrong, and how to mend it, unless the CRM is healthy. Without a URL any on the known ports
# will do.
check_crm() {
  local url=$1 path=$2 answer status=0 port
  if [[ -z $url ]]; then
    for port in 8006 8005 8004 8003 8002 8001; do
      if answer=$(http_get "http://127.0.0.1:$port$path") && is_healthy "$answer"; then
        echo "CRM: http://127.0.0.1:$port, healthy" >&2
        return
      fi
    done
    echo "CRM not reachable: no healthy CRM on the ports 8001 to 8006 of this machine." >&2
    echo "Start it, or name it with LEAD_CRM_URL or crm.base_url. To see the system without one: make demo" >&2
    return 1
  fi
  answer=$(http_get "${url%/}$path") || status=$?
  if ((status == 2)); then
    echo "CRM: $url (whether it is healthy cannot be asked here without curl)" >&2
  elif ((status != 0)); then
    echo "CRM not reachable: $url$path does not answer." >&2
    echo "Is it running, and is LEAD_CRM_URL (or crm.base_url) right?" >&2
    return 1
  elif ! is_healthy "$answer"; then
    echo "CRM not healthy: $url$path answers, but not as a healthy CRM. Look at the CRM's own log." >&2
    return 1
  else
    echo "CRM: $url, healthy" >&2
  fi
}

#!/usr/bin/env bash
# Runs a command with a temporary PostgreSQL cluster, named by LEAD_TEST_POSTGRES_URL, and removes the cluster afterwards,
# however the command ends. The exit code is the command's.
#
# The cluster lives in a temporary folder that only its user and root may enter, listens on a socket in that folder and on
# no port, and does without fsync. Started by root, it runs as the user postgres, since the server refuses root.
#
#   scripts/with-postgres.sh COMMAND [ARGUMENT …]
#   scripts/with-postgres.sh --find                 prints the folder of the newest PostgreSQL, or fails
set -euo pipefail

find_programs() {
  local folder newest=''
  while read -r folder; do
    if [[ -x $folder/initdb && -x $folder/pg_ctl ]]; then newest=$folder; fi
  done < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort --version-sort)
  if [[ -z $newest ]] && command -v initdb > /dev/null && command -v pg_ctl > /dev/null; then
    newest=$(dirname "$(command -v initdb)")
  fi
  [[ -n $newest ]] && printf '%s\n' "$newest"
}

if [[ $# -eq 0 ]]; then
  echo "usage: $0 COMMAND [ARGUMENT …] | --find" >&2
  exit 64
elif [[ $1 == --find ]]; then
  find_programs
  exit
fi

if ! programs=$(find_programs); then
  echo "PostgreSQL is missing: there is no initdb. Install it with: apt-get install postgresql" >&2
  exit 69
fi

# Short, because the path of a socket may have at most 107 bytes.
folder=$(mktemp --directory /tmp/lead-queue-tests.XXXXXX)
child=''

as_owner() {
  if ((EUID == 0)); then
    (cd "$folder" && runuser --user postgres -- "$@")
  else
    "$@"
  fi
}

# shellcheck disable=SC2317  # called by the trap
clean_up() {
  trap '' INT TERM HUP
  if [[ -n $child ]]; then
    kill -TERM -- "-$child" 2> /dev/null || true
    wait "$child" 2> /dev/null || true
  fi
  if [[ -e $folder/data/postmaster.pid ]]; then
    as_owner "$programs/pg_ctl" stop --silent --mode=immediate --wait --pgdata="$folder/data" > /dev/null 2>&1 || true
  fi
  rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

start() {
  if ((EUID == 0)); then chown postgres "$folder"; fi
  as_owner "$programs/initdb" --pgdata="$folder/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C \
    --no-sync || return
  as_owner "$programs/pg_ctl" start --silent --wait --timeout=60 --pgdata="$folder/data" --log="$folder/log" \
    --options="-c listen_addresses='' -c unix_socket_directories='$folder' \
      -c max_connections=200 -c fsync=off -c synchronous_commit=off -c full_page_writes=off" || return
  # As the user whom the tests run as.
  "$programs/psql" --no-psqlrc --quiet --tuples-only --dbname="$url" --command='SELECT 1'
}

url="postgresql:///postgres?host=$folder&user=postgres"
if ! output=$(start 2>&1 < /dev/null); then
  printf '%s\n' "The temporary PostgreSQL did not start:" "$output" >&2
  if [[ -e $folder/log ]]; then tail -n 20 "$folder/log" >&2; fi
  exit 69
fi

# A session of its own, so that it and its children can be ended together.
LEAD_TEST_POSTGRES_URL=$url setsid "$@" < /dev/null &
child=$!
status=0
wait "$child" || status=$?
child=''
exit "$status"

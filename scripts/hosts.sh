#!/usr/bin/env bash
# Runs the programs on several machines, which are namespaces with a network of their own, and ill-treats them: see --help.
set -euo pipefail

usage() {
  cat << 'USAGE'
Several machines: a scheduler, two workers, a PostgreSQL server for the store, a CRM. Each is a namespace with an address,
processes, a boot and a clock of its own; no packet leaves them. What happens to them:

  apart      clocks that are minutes and a day apart
  cut        a worker is cut off in the middle of an upload, loses its lease, and comes back
  restarts   PostgreSQL is stopped in mode immediate and started again, every 5 s for a minute
  kill       PostgreSQL is killed (SIGKILL), and stays away for longer than the programs wait for it
  full       the disk of the tables is full, then that of the write-ahead log

Each prints a line of what it saw. Afterwards lead-queue verify and audit verify pass, every lead of the books is one row of
the CRM, the limits hold, and every time in the store is by the server's clock; or the line says what is wrong.

usage: scripts/hosts.sh [options] [SCENARIO …]     as root; default: all of them

  --programs FOLDER   the built programs (default: .build/debug)
  --seconds N         how long restarts goes on (default: 60)
  --keep              leave logs behind when all went well, too

Exit codes: 0 all as promised; 1 something is wrong; 64 wrong usage; 69 something needed is missing.
USAGE
}

readonly scenarios=(apart cut restarts kill full)

wrong_usage() {
  printf '%s\n' "$1" "See $0 --help" >&2
  exit 64
}

require() {
  if ((EUID != 0)); then
    echo "Making machines takes root." >&2
    exit 69
  fi
  "$root/scripts/prerequisites.sh" --hosts
  local program
  for program in lead-scheduler lead-worker lead-queue demo-crm; do
    if [[ ! -x $programs/$program ]]; then
      echo "There is no $programs/$program: build first (make build)." >&2
      exit 69
    fi
  done
}

# With namespaces of its own, in which this process is the first.
inside() {
  # shellcheck source=scripts/hosts/machines.sh
  source "$root/scripts/hosts/machines.sh"
  # shellcheck source=scripts/hosts/servers.sh
  source "$root/scripts/hosts/servers.sh"
  # shellcheck source=scripts/hosts/site.sh
  source "$root/scripts/hosts/site.sh"
  # shellcheck source=scripts/hosts/scenarios.sh
  source "$root/scripts/hosts/scenarios.sh"
  trap 'exit 143' TERM INT HUP
  is_over=false
  trap '$is_over || echo "Broken off at: $BASH_COMMAND" >&2' EXIT
  postgres_programs=$("$root/scripts/with-postgres.sh" --find)
  faketime=$(find /usr/lib -name libfaketimeMT.so.1 -print -quit)
  local name machine
  mkdir "$folder/machines" "$folder/servers" "$folder/sites"
  make_disks store
  make_disks crm
  make_switch
  local number=1
  for machine in scheduler worker-1 worker-2 store crm; do
    make_machine "$machine" "$number"
    number=$((number + 1))
  done
  password=$(tr -d - < /proc/sys/kernel/random/uuid)
  make_server store "$password"
  make_server crm "$password"
  make_database store leads
  (umask 077 && echo "postgresql://leads:$password@$network.4/leads" > "$folder/store-url")
  failed=()
  for name in "${chosen[@]}"; do "scenario_$name"; done
  is_over=true
  if ((${#failed[@]} > 0)); then
    echo "Not as promised: ${failed[*]}"
    exit 1
  fi
  echo "All as promised."
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
programs=$root/.build/debug seconds=60 keep=false folder='' chosen=()
arguments=("$@")
while (($# > 0)); do
  case $1 in
    --programs | --seconds | --inside)
      (($# > 1)) || wrong_usage "$1 takes a value."
      case $1 in
        --programs) programs=$(realpath -- "$2") ;;
        --seconds) seconds=$2 ;;
        --inside) folder=$2 ;;
      esac
      shift
      ;;
    --keep) keep=true ;;
    --help | -h)
      usage
      exit 0
      ;;
    *)
      [[ " ${scenarios[*]} " == *" $1 "* ]] || wrong_usage "There is no $1."
      chosen+=("$1")
      ;;
  esac
  shift
done
[[ $seconds =~ ^[1-9][0-9]{0,3}$ ]] || wrong_usage "--seconds takes a whole number from 1 to 9999, not $seconds."
if ((${#chosen[@]} == 0)); then chosen=("${scenarios[@]}"); fi
if [[ -n $folder ]]; then
  inside
  exit
fi

require
# Short, because the path of a socket may have at most 107 bytes; and to be entered by the servers' user.
folder=$(mktemp --directory /tmp/lead-hosts.XXXXXX)
chmod 711 "$folder"
child=''
# shellcheck disable=SC2317  # called by the trap
clean_up() {
  trap '' INT TERM HUP
  # With the first process of the namespaces everything in them ends.
  if [[ -n $child ]]; then
    kill -KILL "$child" 2> /dev/null || true
    wait "$child" 2> /dev/null || true
  fi
  if $keep; then echo "Logs: $folder" >&2; else rm -rf "$folder"; fi
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
unshare --net --mount --pid --fork --kill-child --mount-proc -- \
  "${BASH_SOURCE[0]}" "${arguments[@]}" --inside "$folder" < /dev/null &
child=$!
status=0
wait "$child" || status=$?
child=''
# What is wrong is looked for in the logs.
if ((status != 0)); then keep=true; fi
exit "$status"

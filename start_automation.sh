#!/usr/bin/env bash
# Starts the whole system, shows its log, and stops it again: see --help.
set -euo pipefail

usage() {
  cat << 'USAGE'
Starts the lead scheduler and its workers, shows the live log, and stops everything gracefully on Ctrl-C or SIGTERM.

usage: ./start_automation.sh [options]

  --config FILE   configuration (default: config/automation_config.json if it exists)
  --workers N     worker processes (default: 2)
  --once          one cycle, then end
  --demo          against a bundled demo CRM on a free port, with the demo configuration and a fresh store in a temporary
                  folder. Every LEAD_* variable is ignored and no other CRM is looked for: nothing leaves this machine
  --keep FOLDER   with --demo: put store and log into this new folder, and leave them there
  --help          this text

The CRM is the one of LEAD_CRM_URL or crm.base_url, else the first healthy one on the ports 8006 to 8001 of this machine.
It needs LEAD_CRM_USERNAME and LEAD_CRM_PASSWORD; each variable may end in _FILE to name a file with the value.

Exit codes: 0 done, or stopped by a signal; 64 wrong usage; 69 CRM not reachable or not healthy, or something needed is
missing; 78 configuration invalid; otherwise that of the program that failed.
USAGE
}

fail() {
  local status=$1
  shift
  printf '%s\n' "$@" >&2
  exit "$status"
}

wrong_usage() {
  fail 64 "$1" "See ./start_automation.sh --help"
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
config='' workers=2 once=false demo=false keep=''
while (($# > 0)); do
  case $1 in
    --config | --workers | --keep)
      (($# > 1)) || wrong_usage "$1 takes a value."
      case $1 in
        --config) config=$(realpath --no-symlinks -- "$2") ;;
        --workers) workers=$2 ;;
        --keep) keep=$(realpath --no-symlinks -- "$2") ;;
      esac
      shift
      ;;
    --once) once=true ;;
    --demo) demo=true ;;
    --help | -h)
      usage
      exit 0
      ;;
    *) wrong_usage "There is no option $1." ;;
  esac
  shift
done
[[ $workers =~ ^[1-9][0-9]?$ ]] || wrong_usage "--workers takes a whole number from 1 to 99, not $workers."
if $demo && [[ -n $config ]]; then wrong_usage "--demo has a configuration of its own; leave out --config."; fi
if ! $demo && [[ -n $keep ]]; then wrong_usage "--keep goes with --demo."; fi
if [[ -n $keep && -e $keep ]]; then wrong_usage "--keep takes a folder that does not exist yet; $keep does."; fi
if [[ -n $config && ! -r $config ]]; then fail 78 "The configuration $config cannot be read."; fi

cd "$root"
# shellcheck source=scripts/processes.sh
source scripts/processes.sh

# A variable of the environment, or the content of the file that NAME_FILE names.
variable() {
  local file_variable=${1}_FILE
  if [[ -n ${!1-} ]]; then
    printf '%s\n' "${!1}"
  elif [[ -n ${!file_variable-} && -r ${!file_variable} ]]; then
    cat "${!file_variable}"
  fi
}

# The first value of that name in the configuration, for the few settings that this script itself needs.
configured() {
  local file=${config:-config/automation_config.json}
  if [[ ! -r $file ]]; then return; fi
  sed -nE '/^[[:space:]]*\/\//d; s/.*"'"$1"'"[[:space:]]*:[[:space:]]*"?([^",}[:space:]]+).*/\1/p' "$file" | head -n 1
}

# Says what is wrong and how to mend it. Without store and CRM there is nothing to do; everything else the programs can meet.
require_health() {
  local found
  found=$("$programs/lead-queue" doctor --problems --before-start "${options[@]}") || true
  if [[ -n $found ]]; then printf '%s\n' "$found" >&2; fi
  if grep --quiet --extended-regexp '^FAILED +(crm_|store)' <<< "$found"; then
    fail 69 "Not started. Once more, with everything that was checked: $programs/lead-queue doctor"
  fi
}

# Builds unless nothing changed since the last time. Without Swift, programs that are there already will do.
build() {
  local kind=$1 stamp=".build/start_automation.$1" options=()
  if [[ $kind == release ]]; then options=(--release); fi
  programs=$root/.build/$kind
  if [[ -x $programs/lead-scheduler && -x $programs/lead-worker && -x $programs/lead-queue && -x $programs/demo-crm ]]; then
    if ! command -v swift > /dev/null; then return; fi
    if [[ -e $stamp && -z $(find Package.swift Sources migrations -newer "$stamp" -print -quit) ]]; then return; fi
  fi
  scripts/prerequisites.sh || exit
  start_child "the build" scripts/build.sh "${options[@]}"
  wait_for "$!" || fail 1 "The build failed."
  touch "$stamp"
}

# Creates the log, which only its owner may read, and follows it.
show_log() {
  local log=$1
  if ! (umask 077 && : >> "$log") 2> /dev/null; then
    echo "The log $log cannot be written, so it is not shown here." >&2
    return
  fi
  setsid tail --pid=$$ --sleep-interval=0.2 -n 0 -F "$log" 2> /dev/null &
  log_follower=$!
}

start_workers() {
  local number
  for ((number = 1; number <= workers; number++)); do
    start_quiet_child "$folder" "lead-worker $number" "$programs/lead-worker" "${options[@]}"
  done
}

if $demo; then
  # shellcheck source=scripts/demo.sh
  source scripts/demo.sh
  build debug
  enter_demo
else
  build release
fi

options=()
if [[ -n $config ]]; then options=(--config "$config"); fi
if ! output=$("$programs/lead-scheduler" check-config "${options[@]}" 2>&1); then fail 78 "$output"; fi

if ! $demo; then
  require_health
  folder=$(mktemp --directory "${TMPDIR:-/tmp}/lead-automation.XXXXXX")
  trap 'rm -rf "$folder"' EXIT
  seconds=$(configured drain_timeout_seconds)
  if [[ $seconds =~ ^[0-9]+ ]]; then stop_seconds_max=$((BASH_REMATCH[0] + 15)); fi
fi
log=$(variable LEAD_LOG_FILE)
log=${log:-automated_lead_manager.log}

if $demo && $once; then
  demonstrate
elif $once; then
  start_workers
  start_child lead-scheduler "$programs/lead-scheduler" --mode once "${options[@]}"
  status=0
  wait_for "$!" || status=$?
  finish "$status"
fi

echo "Starting lead-scheduler and $workers lead-worker(s); the log is $log. Ctrl-C stops everything." >&2
show_log "$log"
start_workers
start_quiet_child "$folder" lead-scheduler "$programs/lead-scheduler" --mode continuous "${options[@]}"
while ((stop_requests == 0)); do
  wait_for_child
  if [[ -n $ended ]] && ((stop_requests == 0)); then fail_together; fi
done
finish

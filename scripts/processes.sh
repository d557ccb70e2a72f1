# Child processes that end together. To be sourced; start_automation.sh says what is started.
#
# Children run in sessions of their own: a Ctrl-C at the terminal reaches this script alone, which then asks each of them to
# end, once. A child that would outlive the script (kill -9) is ended by the kernel.
# shellcheck shell=bash

declare -A child_names=()    # by process id; those that run
declare -A child_messages=() # by process id; file with the last lines of standard error
declare -A child_asked=()    # by process id; asked to end
stop_seconds_max=60          # how long children may take to end
stop_requests=0              # signals so far
stop_timer=''
failed_status=0              # of the first child that failed
log_follower=''              # shows the log until the end

on_signal() {
  stop_requests=$((stop_requests + 1))
  if ((${#child_names[@]} == 0)); then exit 130; fi
  if ((stop_requests == 1)); then
    echo "Stopping; what runs may finish first. Once more ends it at once." >&2
    stop_children
  else
    kill_children
  fi
}
trap on_signal INT TERM HUP

# start_child NAME COMMAND …; its process id is in $!. Standard output and error are the caller's.
start_child() {
  local name=$1
  shift
  setsid setpriv --pdeathsig TERM -- "$@" < /dev/null &
  child_names[$!]=$name
}

# As start_child, for a program whose output goes to its log: of standard error the last lines are kept in FOLDER, to be
# shown should the program fail.
start_quiet_child() {
  local folder=$1 name=$2
  start_child "${@:2}" > /dev/null 2> >(exec setsid tail -n 20 > "$folder/${name// /-}.messages")
  child_messages[$!]="$folder/${name// /-}.messages"
}

# To a child and all that it started, whose leader it is; at its very beginning it is not yet.
send() {
  kill "-$1" -- "-$2" 2> /dev/null || kill "-$1" "$2" 2> /dev/null || true
}

# Asks all children to end, each once: for the programs a second request means at once. Not the demo CRM, which the others
# need until they have ended.
stop_children() {
  local process
  for process in "${!child_names[@]}"; do
    if [[ ${child_names[$process]} != demo-crm && -z ${child_asked[$process]-} ]]; then
      child_asked[$process]=yes
      send TERM "$process"
    fi
  done
  if [[ -z $stop_timer ]]; then
    setsid setpriv --pdeathsig TERM -- sleep "$stop_seconds_max" &
    stop_timer=$!
  fi
}

kill_children() {
  local process
  for process in "${!child_names[@]}"; do send KILL "$process"; done
}

is_running() {
  [[ -n ${child_names[$1]-} ]]
}

others_than_crm() {
  local process
  for process in "${!child_names[@]}"; do
    if [[ ${child_names[$process]} != demo-crm ]]; then return 0; fi
  done
  return 1
}

# Waits for any child to end, or for a signal. The process that ended is in `ended`, empty after a signal; its exit code in
# `ended_status`, its name in `ended_name`.
wait_for_child() {
  ended='' ended_status=0 ended_name=''
  wait -n -p ended "${!child_names[@]}" ${stop_timer:+"$stop_timer"} 2> /dev/null || ended_status=$?
  ended=${ended-}
  if [[ -z $ended ]]; then return; fi
  if [[ $ended == "$stop_timer" ]]; then
    echo "After $stop_seconds_max s something still runs; it is ended now." >&2
    stop_timer='' ended=''
    kill_children
    return
  fi
  ended_name=${child_names[$ended]}
  unset "child_names[$ended]"
}

# The child that wait_for_child reported has failed: say so, with what it said last.
report_failure() {
  local file=${child_messages[$ended]-} tries=20
  echo "$ended_name ended with exit code $ended_status." >&2
  if [[ -n $file ]]; then
    # Its last lines are written when it has ended.
    while [[ ! -s $file ]] && ((tries-- > 0)); do sleep 0.05; done
    if [[ -s $file ]]; then sed 's/^/  /' "$file" >&2; fi
  fi
  if ((failed_status == 0)); then failed_status=$ended_status; fi
}

# Runs until the child with this process id has ended, and returns its exit code. Another one that ends before that has
# failed; then, and after a signal, all are stopped, and the script ends.
wait_for() {
  local awaited=$1
  while is_running "$awaited" && ((stop_requests == 0)); do
    wait_for_child
    if [[ $ended == "$awaited" ]]; then return "$ended_status"; fi
    if [[ -n $ended ]]; then fail_together; fi
  done
  finish
}

# A child ended although nobody asked it to.
fail_together() {
  if ((ended_status == 0)); then ended_status=1; fi
  report_failure
  finish "$failed_status"
}

# Stops what runs, the demo CRM last, and ends the script: with STATUS; after a signal with 0, or 130 if there were more.
finish() {
  local status=${1:-0}
  if ((${#child_names[@]} > 0)); then stop_children; fi
  while others_than_crm; do
    wait_for_child
    if [[ -n $ended ]] && ((ended_status != 0 && stop_requests < 2)); then
      report_failure
      status=$failed_status
    fi
  done
  for ended in "${!child_names[@]}"; do send TERM "$ended"; done
  while ((${#child_names[@]} > 0)); do wait_for_child; done
  if [[ -n $stop_timer ]]; then kill "$stop_timer" 2> /dev/null || true; fi
  if [[ -n $log_follower ]]; then
    # It looks every 0.2 s.
    sleep 0.4
    kill "$log_follower" 2> /dev/null || true
  fi
  if ((stop_requests > 1 && status == 0)); then status=130; fi
  exit "$status"
}

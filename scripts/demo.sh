# The demonstration of start_automation.sh --demo. To be sourced by it.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # variables shared with start_automation.sh and processes.sh

heading() {
  if [[ -t 1 && -z ${NO_COLOR-} ]]; then printf '\n\e[1m━━ %s\e[0m\n\n' "$1"; else printf '\n== %s\n\n' "$1"; fi
}

# Nothing of the user's own set-up reaches the demonstration, so that no invented lead can reach a real CRM: not through a
# variable, not through a proxy, not by looking for a CRM.
forget_environment() {
  local name
  while read -r name; do unset "$name"; done < <(compgen -e | grep -E '^(LEAD_|DEMO_CRM_|PG)|_(proxy|PROXY)$')
  export no_proxy='*'
}

# Makes the folder, starts the demo CRM, and sets the environment of the programs.
enter_demo() {
  forget_environment
  if [[ -n $keep ]]; then
    (umask 077 && mkdir --parents "$keep")
    folder=$keep
  else
    folder=$(mktemp --directory "${TMPDIR:-/tmp}/lead-demo.XXXXXX")
    trap 'rm -rf "$folder"' EXIT
  fi
  config=config/demo_automation_config.json
  start_demo_crm
  export LEAD_CRM_URL=$demo_crm_url LEAD_CRM_USERNAME=admin LEAD_CRM_PASSWORD=admin123
  export LEAD_STORE=$folder/lead-queue.db LEAD_LOG_FILE=$folder/automated_lead_manager.log
}

# 101 open leads, below the demo's minimum of 120, and some of the source's best leads known already. In one cycle nothing is
# handed out to agents, so that the stock after it is easy to follow; 25 rows a second let the progress be seen.
start_demo_crm() {
  local tries=200 redistribution=on
  if $once; then redistribution=off; fi
  start_child demo-crm "$programs/demo-crm" --port 0 --leads 101 --agents 3 --redistribution "$redistribution" \
    --closed-from config/sample_leads.json --closed-count 26 --pace 25 > "$folder/demo-crm.out" 2>&1
  demo_crm=$!
  demo_crm_url=''
  while [[ -z $demo_crm_url ]]; do
    if ((tries-- == 0)) || ! kill -0 "$demo_crm" 2> /dev/null; then
      sed 's/^/  /' "$folder/demo-crm.out" >&2
      echo "The demo CRM did not start." >&2
      finish 1
    fi
    sleep 0.05
    demo_crm_url=$(sed -n 's/^demo-crm ready on //p' "$folder/demo-crm.out")
  done
}

# Runs one program to its end; its failure is the demonstration's.
show() {
  local status=0
  start_child "$(basename "$1")" "$@"
  wait_for "$!" || status=$?
  if ((stop_requests > 0)); then finish 130; fi
  if ((status != 0)); then
    echo "$(basename "$1") ended with exit code $status." >&2
    finish "$status"
  fi
}

wait_for_workers() {
  local tries=100
  until [[ $(grep --count 'worker started' "$LEAD_LOG_FILE" 2> /dev/null) -ge $workers ]] || ((tries-- == 0)); do
    sleep 0.05
  done
}

# The numbers of the COUNTth line of the log with this text.
told() {
  sed -n "s/.*$1/$1/; s/ cycle=.*//; s/ program=.*//; s/^$1//p" "$LEAD_LOG_FILE" | sed -n "$2p"
}

demonstrate() {
  heading "A demonstration: invented leads, a bundled demo CRM at $demo_crm_url, nothing leaves this machine"
  echo "The scheduler decides, $workers workers act, the store remembers. The CRM holds 101 leads; the demo wants 120 to 200."

  heading "1. What would be uploaded now, and why (lead-scheduler plan)"
  show "$programs/lead-scheduler" plan "${options[@]}"

  heading "2. A cycle: monitor, plan, upload (lead-scheduler --mode once)"
  start_workers
  wait_for_workers
  local began=$SECONDS
  show "$programs/lead-scheduler" --mode once "${options[@]}"
  local took=$((SECONDS - began))

  heading "3. The stock after, and a cycle with nothing to do"
  show "$programs/lead-scheduler" --mode once "${options[@]}"

  heading "4. What happened, from the store (lead-queue inspect --cycle 1)"
  show "$programs/lead-queue" inspect --cycle 1 "${options[@]}"

  heading "5. The proof, lead by lead, against the CRM (lead-queue verify)"
  show "$programs/lead-queue" verify "${options[@]}"

  heading "Summary"
  echo "Stock before:  $(told 'Current metrics: ' 1)"
  echo "Stock after:   $(told 'Current metrics: ' 2)"
  echo "Uploaded:      $(told 'Automated upload complete: ' 1), in $took s"
  if [[ -n $keep ]]; then
    echo "Store and log: $folder"
  fi

  heading "Next"
  cat << 'NEXT'
  ./start_automation.sh --demo              the same, running on, with the live log; Ctrl-C stops it
  ./start_automation.sh --demo --once --keep demo
                                            leaves store and log in the folder demo, to look around:
    .build/debug/lead-queue inspect --store demo/lead-queue.db
    .build/debug/lead-queue leads --store demo/lead-queue.db
  README.md, "Your own CRM"                 the same against a CRM of yours
  make test                                 every test, on a PostgreSQL of its own
NEXT
  finish 0
}

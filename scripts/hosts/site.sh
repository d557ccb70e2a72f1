# The programs on their machines, and the account of what they did. To be sourced by hosts.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154  # variables of hosts.sh, machines.sh and servers.sh

declare -A running=() # process id that waits for a program, by its label
declare -A asked=()   # by label, of a program that was asked to end
findings=()           # what is wrong, in words

# claim TEXT COMMAND …: the text is a finding unless the command succeeds.
claim() {
  local text=$1
  shift
  "$@" || findings+=("$text")
}

# need TEXT COMMAND …: a claim without which there is no going on.
need() {
  claim "$@"
  if ((${#findings[@]} > 0)); then
    saw "broken off"
    tail --quiet --lines=2 "$site"/*.out >&2
    exit 1
  fi
}

# begin SCENARIO LIMIT RUN BATCH [PACE]: an empty store and an empty CRM, LIMIT leads a day, RUN a plan, BATCH a request, of
# which the CRM writes PACE a second.
begin() {
  scenario=$1 limit=$2 run_max=$3 batch_size=$4
  site=$folder/sites/$1
  store_schema=site_$1
  findings=() asked=()
  mkdir --parents "$site"
  # A fifth more than the limit, so that it is the limit that ends the day.
  "$programs/demo-crm" sample-leads --count $((limit + limit / 5 + 20)) --clean --format ndjson > "$site/leads.ndjson"
  configure "${5:+quiet}"
  make_database crm "crm_$scenario"
  start_crm ${5:+--pace "$5"}
  began=$(now)
}

# Milliseconds, by the clock that the server has too.
now() { date +%s%3N; }

# configure [quiet]: quick to notice failures; with leases long enough for a CRM that takes its time.
configure() {
  local timeout=2 lease=3
  if [[ ${1-} == quiet ]]; then timeout=6 lease=9; fi
  cat > "$site/config.json" << CONFIGURATION
{
  "lead_inventory_thresholds": {
    "min_total_leads": 1000000, "target_total_leads": 1000000, "min_priority_leads": {"A+": 0, "A": 0, "B": 0}
  },
  "upload_controls": {
    "max_upload_per_run": $run_max, "max_daily_uploads": $limit, "min_time_between_uploads_hours": 0,
    "min_upload_batch": 1
  },
  "business_rules": {"avoid_overloading_agents": false},
  "source_management": {"source_files": ["leads.ndjson"]},
  "monitoring": {"check_interval_minutes": 0.005},
  "crm": {
    "batch_size": $batch_size, "request_timeout_seconds": $timeout, "read_back_grace_seconds": 0.5,
    "requests_per_minute": 100
  },
  "worker": {
    "lease_seconds": $lease, "backoff_initial_seconds": 0.1, "backoff_max_seconds": 0.5, "max_failures": 20
  }
}
CONFIGURATION
}

# --- Programs

# start MACHINE LABEL VARIABLE=VALUE … PROGRAM ARGUMENT …: nothing of the surroundings comes in.
start() {
  local machine=$1 label=$2
  shift 2
  nsenter "--target=${machines[$machine]}" --net --uts --mount --pid --time -- \
    env --ignore-environment --chdir="$site" PATH="$PATH" HOME="$site" TMPDIR="$site" "$@" \
    > "$site/$label.out" 2>&1 < /dev/null &
  running[$label]=$!
}

start_crm() {
  start crm demo-crm DEMO_CRM_DATABASE_URL="postgresql:///crm_$scenario?host=$folder/servers/crm/socket&user=postgres" \
    "$programs/demo-crm" --host "$network.5" --port 8006 --leads 0 --redistribution off --requests-per-minute 0 \
    --retry-after 1 "$@"
  if ! await 20 grep --quiet --no-messages 'demo-crm ready on' "$site/demo-crm.out"; then
    cat "$site/demo-crm.out" >&2
    exit 69
  fi
  printf 'postgresql://leads:%s@%s.5/crm_%s\n' "$password" "$network" "$scenario" > "$site/crm-url"
  ask crm "crm_$scenario" 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO leads'
}

# The environment of our programs on a machine, a word a line.
surroundings() {
  clock_of "$1"
  printf '%s\n' LEAD_STORE_FILE="$folder/store-url" LEAD_STORE_SCHEMA="$store_schema" \
    LEAD_CRM_URL="http://$network.5:8006" LEAD_CRM_USERNAME=admin LEAD_CRM_PASSWORD=admin123 \
    LEAD_CRM_DATABASE_URL_FILE="$site/crm-url" LEAD_LOG_FILE="$site/$1.log"
}

# start_on MACHINE: what the machine is for.
start_on() {
  local words
  mapfile -t words < <(surroundings "$1")
  case $1 in
    scheduler) words+=("$programs/lead-scheduler" --mode continuous) ;;
    worker-*) words+=("$programs/lead-worker") ;;
  esac
  start "$1" "$1" "${words[@]}" --config config.json
}

start_all() {
  local machine
  for machine in scheduler worker-1 worker-2; do start_on "$machine"; done
}

# queue WORD …: lead-queue on the scheduler's machine, to its end.
queue() {
  local words
  mapfile -t words < <(surroundings scheduler)
  start scheduler lead-queue "${words[@]}" "$programs/lead-queue" "$@" --config config.json
  local process=${running[lead-queue]}
  unset 'running[lead-queue]'
  wait "$process"
}

# signal LABEL NAME
signal() {
  if [[ $2 == TERM ]]; then asked[$1]=yes; fi
  kill "-$2" "$(pgrep --parent "${running[$1]}")"
}

is_up() { [[ -n ${running[$1]-} && -n $(pgrep --parent "${running[$1]}") ]]; }
is_down() { ! is_up "$1"; }

# Asks the programs to end, the CRM last; they have to within half a minute, and without complaint.
end_programs() {
  local label status
  for label in scheduler worker-1 worker-2; do
    if is_up "$label"; then
      signal "$label" TERM
    elif [[ -n ${running[$label]-} && -z ${asked[$label]-} ]]; then
      findings+=("$label had ended by itself: $(tail -n 1 "$site/$label.out")")
    fi
  done
  for label in scheduler worker-1 worker-2; do
    [[ -n ${running[$label]-} ]] || continue
    if ! await 30 is_down "$label"; then
      findings+=("$label did not end")
      signal "$label" KILL
    fi
    status=0
    wait "${running[$label]}" || status=$?
    if ((status != 0)); then findings+=("$label ended with exit code $status"); fi
    unset "running[$label]"
  done
}

end_crm() {
  signal demo-crm TERM
  wait "${running[demo-crm]}" || true
  unset 'running[demo-crm]'
}

# --- Looking

# Nothing while the server is down; why, is kept.
in_store() { search_path=$store_schema ask store leads "$1" 2>> "$site/in-store.out"; }
in_crm() { ask crm "crm_$scenario" "$1"; }

created() { in_store 'SELECT COALESCE(sum(created), 0) FROM daily_counter'; }
has_created() { (($(created || true) + 0 >= $1)); }

# Whether the day's limit is reached and nothing is under way.
is_finished() {
  [[ $(in_store "SELECT (SELECT COALESCE(sum(created), 0) FROM daily_counter) >= $limit
    AND NOT EXISTS (SELECT 1 FROM batch WHERE settled_at IS NULL)") == t ]]
}

# finish SECONDS: the programs go on by themselves until the day's limit; then the account.
finish() {
  claim "not finished within $1 s: $(created) of $limit created" await "$1" is_finished
  end_programs
  local ended
  ended=$(now)
  account "$ended"
  end_crm
}

# same TEXT ONE OTHER: two numbers that have to be equal.
same() {
  if [[ $2 != "$3" ]]; then findings+=("$1: $2, not $3"); fi
}

# Nothing lost, nothing twice, limits held, the trail whole, and every time of the store by the server's clock.
account() {
  queue verify || findings+=("verify: $(tail -n 3 "$site/lead-queue.out" | tr '\n' ' ')")
  queue audit verify || findings+=("audit verify: $(tail -n 3 "$site/lead-queue.out" | tr '\n' ' ')")
  same 'rows in the CRM' "$(in_crm "SELECT count(*) FROM leads WHERE source = 'nppes_extraction'")" "$limit"
  same 'different leads in the CRM' \
    "$(in_crm "SELECT count(DISTINCT npi) FROM leads WHERE source = 'nppes_extraction'")" "$limit"
  same 'created in the day' "$(created)" "$limit"
  same 'reserved of the quota' "$(in_store 'SELECT COALESCE(sum(reserved), 0) FROM daily_counter')" 0
  same 'leads without a final state' \
    "$(in_store "SELECT count(*) FROM batch_lead WHERE state IN ('pending', 'unresolved')")" 0
  same "plans of more than $run_max" "$(in_store "SELECT count(*) FROM plan WHERE selected > $run_max")" 0
  same "batches of more than $batch_size" "$(in_store "SELECT count(*) FROM batch WHERE lead_count > $batch_size")" 0
  same "times of another clock than the server's" "$(in_store "SELECT count(*) FROM (
    SELECT at FROM job_event UNION ALL SELECT created_at FROM plan UNION ALL SELECT started_at FROM cycle
    UNION ALL SELECT settled_at FROM batch_lead UNION ALL SELECT at FROM audit) AS moment
    WHERE at NOT BETWEEN $began AND $1")" 0
  claim 'the leads of the books are not the rows of the CRM' \
    diff <(in_store "SELECT npi FROM lead WHERE state = 'created' ORDER BY npi") \
    <(in_crm "SELECT npi FROM leads WHERE source = 'nppes_extraction' ORDER BY npi COLLATE \"C\"") > "$site/difference"
}

# lines TEXT: how often the programs of this scenario logged it.
lines() {
  cat "$site"/*.log | grep --count --fixed-strings -- "$1" || true
}

# saw TEXT: the line of this scenario; or what is wrong.
saw() {
  local finding
  if ((${#findings[@]} == 0)); then
    printf '%-9s %s\n' "$scenario" "$1"
    return
  fi
  failed+=("$scenario")
  for finding in "${findings[@]}"; do printf '%-9s FAILED: %s\n' "$scenario" "$finding"; done
}

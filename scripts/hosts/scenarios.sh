# What happens to the machines, and what has to be seen afterwards. To be sourced by hosts.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # variables of hosts.sh and site.sh

scenario_apart() {
  clocks=([scheduler]=+540 [worker-1]=-660 [worker-2]=+93600)
  begin apart 300 60 10
  start_all
  finish 90
  clocks=()
  local days
  days=$(in_store 'SELECT count(*) FROM daily_counter WHERE created > 0')
  # Midnight may pass meanwhile, where the day of the limit is told.
  claim "$days days were counted" test "$days" -eq "$(days_since "$began")"
  claim 'one of the workers did nothing' test "$(workers_at_work)" -eq 2
  saw "clocks 9 min ahead, 11 min behind and 26 h ahead: $limit leads by 2 workers, $days day counted, \
each time within the $((($(now) - began) / 1000)) s it took by the server's clock"
}

days_since() {
  local zone=America/New_York
  if [[ $(TZ=$zone date --date="@$(($1 / 1000))" +%F) == $(TZ=$zone date +%F) ]]; then echo 1; else echo 2; fi
}

workers_at_work() {
  in_store "SELECT count(DISTINCT job_event.worker_id) FROM job_event JOIN job ON job.id = job_id
    WHERE transition = 'succeeded' AND kind = 'upload'"
}

scenario_cut() {
  begin cut 60 60 20 5
  start_on worker-1
  need 'the worker did not start' await 20 logged worker-1 'worker started'
  start_on scheduler
  need 'no upload began' await 30 is_sending
  sleep 1
  local cut back taken first jobs again fresh
  unplug worker-1
  cut=$(now)
  first=$(in_store "SELECT worker_id FROM job WHERE state = 'leased' AND kind = 'upload' LIMIT 1")
  jobs=$(in_store "SELECT string_agg(CAST(id AS text), ',') FROM job WHERE worker_id = '$first' AND kind = 'upload'
    AND state = 'leased'")
  start_on worker-2
  need 'nobody finished the work of the worker that was cut off' await 90 is_finished
  taken=$(in_store "SELECT min(at) FROM job_event WHERE transition = 'reclaimed' AND job_id IN ($jobs)")
  again=$(in_store "SELECT count(*) FROM batch_lead JOIN batch ON batch.id = batch_id
    WHERE job_id IN ($jobs) AND requests > 1")
  plug worker-1
  back=$(now)
  # It alone goes on, with more to do.
  signal worker-2 TERM
  limit=80
  configure quiet
  signal scheduler HUP
  signal worker-1 HUP
  claim 'the worker that came back did nothing' await 60 is_finished
  fresh=$(in_store "SELECT count(*) FROM job_event JOIN job ON job.id = job_id WHERE transition = 'succeeded'
    AND job_event.worker_id = '$first' AND kind = 'upload' AND at > $back AND job_id NOT IN ($jobs)")
  claim 'the worker that came back finished no upload' test "$fresh" -gt 0
  same 'uploads that were under way, finished by another' "$(finished "$jobs" '<>' "$first")" "$(count "$jobs")"
  same 'uploads finished by the worker that had lost them' "$(finished "$jobs" '=' "$first")" 0
  same 'attempts that it had to drop' "$(lines 'the lease was lost; the attempt is dropped')" "$(count "$jobs")"
  finish 5
  saw "a worker is cut off for $(((back - cut) / 1000)) s in the middle of an upload; after $(((taken - cut) / 1000)) s another \
has its job, looks into the CRM, sends $again of its leads again, and settles; back again, the first has to drop what it \
did, and goes on with the next ($fresh); $limit leads, each once"
}

# How many of these jobs were finished by a worker that is, or is not, this one: finished JOBS OPERATOR WORKER.
finished() {
  in_store "SELECT count(*) FROM job_event WHERE transition = 'succeeded' AND job_id IN ($1) AND worker_id $2 '$3'"
}

count() { tr ',' '\n' <<< "$1" | wc -l; }

logged() { grep --quiet --fixed-strings -- "$2" "$site/$1.log" 2> /dev/null; }

# A request is on its way to the CRM.
is_sending() {
  [[ $(in_store "SELECT count(*) FROM batch_lead WHERE sent_at IS NOT NULL AND settled_at IS NULL") -gt 0 ]]
}

scenario_restarts() {
  # A store sends 100 requests at once and 100 a minute from then on: enough for the whole time.
  begin restarts $((10 * (100 + seconds * 3 / 2))) 30 10
  start_all
  need 'nothing was uploaded' await 30 has_created 50
  local times=0 end=$((SECONDS + seconds)) before during sessions
  before=$(created)
  while ((SECONDS < end)); do
    sleep 5
    stop_at_once store
    start_again store
    times=$((times + 1))
  done
  during=$(in_store 'SELECT sum(created) FROM daily_counter')
  claim 'nothing was uploaded meanwhile' test "$during" -gt "$before"
  claim 'not finished' await $((60 + seconds)) is_finished
  sessions=$(ask store leads "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'lead-queue%'")
  claim "$sessions sessions are left of 3 programs" test "$sessions" -le 15
  finish 5
  saw "$times restarts in $seconds s, $((during - before)) leads uploaded meanwhile, $limit in the end, each once; \
$sessions sessions of 3 programs; all programs went on by themselves"
}

scenario_kill() {
  begin kill 600 30 10
  start_all
  need 'nothing was uploaded' await 30 has_created 50
  local before
  before=$(created)
  kill_server store
  claim 'the server still answers' await 10 gone store
  sleep 15
  start_again store
  claim 'nothing was uploaded afterwards' await 30 has_created $((before + 10))
  finish 90
  saw "killed after $before leads, back after 15 s; $limit in the end, each once; all programs went on by themselves"
}

gone() { ! answers "$1"; }

scenario_full() {
  begin full 600 30 10
  start_all
  need 'nothing was uploaded' await 30 has_created 50
  local before complaints panics=0
  before=$(created)
  fill store tables
  claim 'nobody noticed that the disk of the tables is full' await 60 is_said 'No space left'
  sleep 5
  complaints=$(lines 'No space left')
  make_room store tables
  claim 'nothing was uploaded after there was room for tables again' await 30 has_created $((before + 50))
  # The server ends when it cannot write its log, and whoever runs it starts it when there is room.
  before=$(created)
  fill store wal
  claim 'the server did not notice that the disk of its log is full' await 120 has_panicked
  sleep 5
  make_room store wal
  panics=$(grep --count 'PANIC' "$folder/servers/store/log" || true)
  if ! await 5 answers store; then start_again store; fi
  claim 'nothing was uploaded after there was room for the log again' await 30 has_created $((before + 10))
  finish 90
  saw "tables without room: said $complaints times, gone on when there was some; write-ahead log without room: the server \
gave up (PANIC: $panics), gone on when there was some; $limit leads in the end, each once"
}

is_said() { (($(lines "$1") > 0)); }
has_panicked() { grep --quiet 'PANIC.*No space left' "$folder/servers/store/log"; }

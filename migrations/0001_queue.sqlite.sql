-- The job queue: docs/ARCHITECTURE.md, "The queue". Times are milliseconds since 1970 UTC.

CREATE TABLE queue (
  name TEXT PRIMARY KEY,
  -- How many jobs of this queue may be leased at once, over all processes; NULL: any number.
  concurrency_max INTEGER CHECK (concurrency_max > 0)
) STRICT;

CREATE TABLE worker (
  -- Random for each process; never a host name.
  id TEXT PRIMARY KEY,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  version TEXT NOT NULL,
  -- JSON arrays of text.
  kinds TEXT NOT NULL,
  queues TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  heartbeat_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;

CREATE TABLE job (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind <> ''),
  queue TEXT NOT NULL REFERENCES queue (name),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'available', 'leased', 'succeeded', 'dead', 'cancelled')),
  priority INTEGER NOT NULL DEFAULT 0,
  run_at INTEGER NOT NULL,
  -- run_at − priority · 60 s: one ordered index gives priorities that age.
  order_at INTEGER NOT NULL,
  payload TEXT NOT NULL,
  payload_version INTEGER NOT NULL DEFAULT 1 CHECK (payload_version > 0),
  -- Refuses a second equal job while one is unfinished.
  unique_key TEXT,
  -- The fencing token: one more at every lease, never less.
  attempt INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0 AND failures <= attempt),
  max_failures INTEGER NOT NULL CHECK (max_failures > 0),
  worker_id TEXT REFERENCES worker (id),
  lease_expires_at INTEGER,
  cancel_requested_at INTEGER,
  -- Why it is in its state, for people.
  reason TEXT,
  -- JSON left by a handler that succeeded.
  result TEXT,
  created_at INTEGER NOT NULL,
  settled_at INTEGER,
  CHECK (order_at = run_at - priority * 60000),
  CHECK ((state = 'leased') = (lease_expires_at IS NOT NULL)),
  CHECK (state <> 'leased' OR worker_id IS NOT NULL),
  CHECK ((state IN ('succeeded', 'dead', 'cancelled')) = (settled_at IS NOT NULL)),
  CHECK (state <> 'leased' OR attempt > 0),
  -- A job that does not run is cancelled at once.
  CHECK (cancel_requested_at IS NULL OR state NOT IN ('waiting', 'available'))
) STRICT;

CREATE INDEX job_available ON job (queue, order_at, id) WHERE state = 'available';
CREATE INDEX job_waiting ON job (run_at) WHERE state = 'waiting';
CREATE INDEX job_leased ON job (lease_expires_at, queue) WHERE state = 'leased';
CREATE UNIQUE INDEX job_unique_key ON job (unique_key)
  WHERE unique_key IS NOT NULL AND state IN ('waiting', 'available', 'leased');

CREATE TRIGGER job_attempt_never_falls BEFORE UPDATE OF attempt ON job
  WHEN new.attempt < old.attempt
BEGIN
  SELECT RAISE(ABORT, 'the attempt of a job never falls');
END;

CREATE TABLE job_event (
  id INTEGER PRIMARY KEY,
  job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  transition TEXT NOT NULL CHECK (transition IN (
    'enqueued', 'due', 'leased', 'succeeded', 'retried', 'snoozed', 'discarded', 'exhausted', 'returned', 'reclaimed',
    'cancel_requested', 'cancelled')),
  attempt INTEGER NOT NULL,
  worker_id TEXT,
  reason TEXT
) STRICT;

CREATE INDEX job_event_job ON job_event (job_id, id);

-- A token bucket for each destination, shared by all processes.
CREATE TABLE rate_limit (
  destination TEXT PRIMARY KEY,
  tokens REAL NOT NULL CHECK (tokens >= 0),
  refilled_at INTEGER NOT NULL,
  -- The destination asked for silence until then.
  held_until INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Who may do what only one process should do, for how long. The term grows at each change of holder.
CREATE TABLE leadership (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  term INTEGER NOT NULL CHECK (term > 0),
  expires_at INTEGER NOT NULL
) STRICT;

-- Limits by key and destination, pauses, schedules, retention, and a clock that jumps. Times are milliseconds since 1970 UTC.

-- How many jobs with one concurrency key may be leased or ready at once, over all processes; NULL: any number.
ALTER TABLE queue ADD COLUMN key_concurrency_max INTEGER CHECK (key_concurrency_max > 0);
-- Whom its jobs call (`rate_limit.destination`): while that asks for silence, no job of the queue is leased.
ALTER TABLE queue ADD COLUMN destination TEXT;
-- How many of its jobs may be started in any minute, over all processes; NULL: any number.
ALTER TABLE queue ADD COLUMN starts_per_minute INTEGER CHECK (starts_per_minute IS NULL OR
  (starts_per_minute > 0 AND destination IS NOT NULL));

-- Jobs of one queue with equal keys share the queue's limit for keys.
ALTER TABLE job ADD COLUMN concurrency_key TEXT;
-- Available, but its key has as many leased or ready as it may: leasing does not see it.
ALTER TABLE job ADD COLUMN is_held INTEGER NOT NULL DEFAULT 0
  CHECK (is_held = 0 OR (is_held = 1 AND state = 'available' AND concurrency_key IS NOT NULL));
-- Other tables refer to it: retention passes it over.
ALTER TABLE job ADD COLUMN is_permanent INTEGER NOT NULL DEFAULT 0 CHECK (is_permanent IN (0, 1));
-- When a wait of a certain length began, such as a backoff's; NULL: it waits for a date. Moves with a clock that is set.
ALTER TABLE job ADD COLUMN waits_from INTEGER CHECK (waits_from IS NULL OR state = 'waiting');

DROP INDEX job_available;
CREATE INDEX job_available ON job (queue, order_at, id) WHERE state = 'available' AND is_held = 0;
CREATE INDEX job_keyed ON job (queue, concurrency_key, is_held, order_at, id)
  WHERE concurrency_key IS NOT NULL AND state IN ('available', 'leased');
CREATE INDEX job_finished ON job (state, settled_at) WHERE settled_at IS NOT NULL AND is_permanent = 0;
CREATE INDEX job_kept ON job (state, settled_at) WHERE settled_at IS NOT NULL AND is_permanent = 1;
CREATE INDEX job_waiting_span ON job (waits_from) WHERE waits_from IS NOT NULL;

-- As before, with `revived`: made available again by hand.
CREATE TABLE job_event_new (
  id INTEGER PRIMARY KEY,
  job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  transition TEXT NOT NULL CHECK (transition IN (
    'enqueued', 'due', 'leased', 'succeeded', 'retried', 'snoozed', 'discarded', 'exhausted', 'returned', 'reclaimed',
    'cancel_requested', 'cancelled', 'revived')),
  attempt INTEGER NOT NULL,
  worker_id TEXT,
  reason TEXT
) STRICT;

INSERT INTO job_event_new (id, job_id, at, transition, attempt, worker_id, reason)
  SELECT id, job_id, at, transition, attempt, worker_id, reason FROM job_event;
DROP TABLE job_event;
ALTER TABLE job_event_new RENAME TO job_event;
CREATE INDEX job_event_job ON job_event (job_id, id);

-- What a person has stopped: no job of it is leased.
CREATE TABLE pause (
  scope TEXT NOT NULL CHECK (scope IN ('queue', 'kind')),
  name TEXT NOT NULL,
  paused_at INTEGER NOT NULL,
  paused_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (scope, name)
) STRICT, WITHOUT ROWID;

-- What is to happen at which times. Every time up to `accounted_until` is a row of `tick`, in so far as retention keeps it.
CREATE TABLE schedule (
  name TEXT PRIMARY KEY,
  -- A cron expression of five fields, or `every N ms`.
  timing TEXT NOT NULL,
  -- IANA name of the zone in which a cron expression is read.
  zone TEXT NOT NULL,
  -- Intervals are counted from here.
  anchor_at INTEGER NOT NULL,
  overlap TEXT NOT NULL CHECK (overlap IN ('skip', 'allow')),
  catch_up TEXT NOT NULL CHECK (catch_up IN ('none', 'latest', 'all')),
  accounted_until INTEGER NOT NULL
) STRICT;

CREATE TABLE tick (
  schedule TEXT NOT NULL REFERENCES schedule (name),
  at INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('enqueued', 'skipped', 'missed')),
  reason TEXT CHECK (reason IS NOT NULL OR outcome = 'enqueued'),
  -- No reference: the account outlives the job.
  job_id INTEGER CHECK ((job_id IS NOT NULL) = (outcome = 'enqueued')),
  -- The term of the leader that accounted for it.
  term INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (schedule, at)
) STRICT, WITHOUT ROWID;

-- One row: how far the wall clock was ahead of the time since boot when a worker last looked. Another distance in the same
-- boot means that the clock was set.
CREATE TABLE queue_clock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  boot_id TEXT NOT NULL,
  ahead_milliseconds INTEGER NOT NULL
) STRICT;

-- Catalog, cycles, plans, batches, ledger, counters, audit. Times are milliseconds since 1970 UTC.

-- One row: who this store is, and which CRM it serves.
CREATE TABLE store_identity (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  store_id TEXT NOT NULL,
  crm TEXT,
  bound_at INTEGER,
  CHECK ((crm IS NULL) = (bound_at IS NULL))
) STRICT;

-- Catalog ------------------------------------------------------------------------------------------------------------

CREATE TABLE source (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  path TEXT NOT NULL UNIQUE,
  -- Size, times and inode of the file that was read last; NULL: read it (again).
  fingerprint TEXT,
  -- One more at each reading.
  generation INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state IN ('new', 'read', 'missing', 'unreadable')),
  problem TEXT,
  records INTEGER NOT NULL DEFAULT 0,
  usable INTEGER NOT NULL DEFAULT 0,
  repeated INTEGER NOT NULL DEFAULT 0,
  rejected INTEGER NOT NULL DEFAULT 0,
  read_at INTEGER
) STRICT;

CREATE TABLE lead (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE CHECK (key <> ''),
  -- NULL: known from an imported tracking file only.
  source_id INTEGER REFERENCES source (id),
  line INTEGER NOT NULL,
  class TEXT NOT NULL CHECK (class IN ('A+', 'A', 'B', 'C')),
  score INTEGER NOT NULL,
  -- The CRM's row as JSON, without our marker.
  body TEXT NOT NULL,
  npi TEXT,
  state TEXT NOT NULL CHECK (state IN ('available', 'withdrawn', 'selected', 'created', 'duplicate', 'rejected')),
  reason TEXT,
  generation INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX lead_choice ON lead (source_id, class, score DESC, key) WHERE state = 'available';
CREATE INDEX lead_rejected ON lead (id) WHERE state = 'rejected';

CREATE TABLE rejected_record (
  source_id INTEGER NOT NULL REFERENCES source (id),
  position INTEGER NOT NULL,
  line INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (source_id, position)
) STRICT, WITHOUT ROWID;

-- Decisions ----------------------------------------------------------------------------------------------------------

CREATE TABLE cycle (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed')),
  scheduler TEXT NOT NULL,
  lease_expires_at INTEGER,
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  -- The line a person reads: what was decided, or why it failed.
  message TEXT,
  CHECK ((state = 'running') = (lease_expires_at IS NOT NULL)),
  CHECK ((state = 'running') = (finished_at IS NULL))
) STRICT;

-- Two schedulers never plan at the same time.
CREATE UNIQUE INDEX cycle_running ON cycle (state) WHERE state = 'running';

CREATE TABLE stock_snapshot (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  cycle_id INTEGER NOT NULL REFERENCES cycle (id),
  began_at INTEGER NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('unjudged', 'accepted', 'held', 'failed')),
  reason TEXT,
  total INTEGER,
  available INTEGER,
  -- The whole reading as JSON; NULL when it failed.
  reading TEXT,
  CHECK ((verdict = 'failed') = (reading IS NULL)),
  CHECK ((reading IS NULL) = (total IS NULL)),
  CHECK ((reading IS NULL) = (available IS NULL))
) STRICT;

CREATE INDEX stock_snapshot_cycle ON stock_snapshot (cycle_id);
CREATE INDEX stock_snapshot_accepted ON stock_snapshot (id) WHERE verdict = 'accepted';

CREATE TABLE plan (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  cycle_id INTEGER NOT NULL UNIQUE REFERENCES cycle (id),
  snapshot_id INTEGER NOT NULL REFERENCES stock_snapshot (id),
  created_at INTEGER NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('upload', 'sufficient', 'blocked')),
  message TEXT NOT NULL,
  selected INTEGER NOT NULL CHECK (selected >= 0),
  -- Every number and reason, as JSON.
  document TEXT NOT NULL
) STRICT;

CREATE TABLE batch (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  plan_id INTEGER NOT NULL REFERENCES plan (id),
  ordinal INTEGER NOT NULL CHECK (ordinal > 0),
  job_id INTEGER NOT NULL UNIQUE REFERENCES job (id),
  lead_count INTEGER NOT NULL CHECK (lead_count > 0),
  -- The highest lead id the CRM held when its stock was read: rows above it were created afterwards.
  newest_lead_id INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  settled_at INTEGER,
  UNIQUE (plan_id, ordinal)
) STRICT;

CREATE INDEX batch_open ON batch (id) WHERE settled_at IS NULL;

-- selected = pending + unresolved + created + duplicate + rejected + released, at every moment.
CREATE TABLE batch_lead (
  batch_id INTEGER NOT NULL REFERENCES batch (id),
  position INTEGER NOT NULL CHECK (position >= 0),
  lead_id INTEGER NOT NULL REFERENCES lead (id),
  class TEXT NOT NULL CHECK (class IN ('A+', 'A', 'B')),
  state TEXT NOT NULL CHECK (state IN ('pending', 'unresolved', 'created', 'duplicate', 'rejected', 'released')),
  -- The day whose limit it counts against: YYYY-MM-DD in the configured zone.
  day TEXT NOT NULL,
  -- How many requests carried it.
  requests INTEGER NOT NULL DEFAULT 0 CHECK (requests >= 0),
  sent_at INTEGER,
  -- Read-backs that did not find it, a grace period apart, since it was last sent.
  absences INTEGER NOT NULL DEFAULT 0 CHECK (absences >= 0),
  absent_at INTEGER,
  settled_at INTEGER,
  crm_id INTEGER,
  reason TEXT,
  PRIMARY KEY (batch_id, position),
  CHECK (state NOT IN ('pending', 'unresolved') OR settled_at IS NULL),
  CHECK (state <> 'unresolved' OR requests > 0)
) STRICT, WITHOUT ROWID;

-- No lead is ever selected twice, unless it was released.
CREATE UNIQUE INDEX batch_lead_once ON batch_lead (lead_id) WHERE state <> 'released';

-- A final state stays, and a lead that may be in the CRM is never given back to the catalog.
CREATE TRIGGER batch_lead_stays_final BEFORE UPDATE OF state ON batch_lead
  WHEN old.state IN ('created', 'duplicate', 'rejected', 'released') AND new.state <> old.state
BEGIN
  SELECT RAISE(ABORT, 'the final state of a selected lead never changes');
END;

CREATE TRIGGER batch_lead_in_doubt_stays BEFORE UPDATE OF state ON batch_lead
  WHEN old.state = 'unresolved' AND new.state = 'released'
BEGIN
  SELECT RAISE(ABORT, 'a lead that may be in the CRM is not released');
END;

CREATE INDEX batch_lead_lead ON batch_lead (lead_id);
CREATE INDEX batch_lead_live ON batch_lead (batch_id, position) WHERE state IN ('pending', 'unresolved');
CREATE INDEX batch_lead_created ON batch_lead (settled_at, class) WHERE state = 'created';

-- Record -------------------------------------------------------------------------------------------------------------

CREATE TABLE ledger (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  entry TEXT NOT NULL CHECK (entry IN (
    'reserved', 'moved', 'intended', 'not_sent', 'not_processed', 'unknown', 'absent', 'created', 'duplicate', 'rejected',
    'released', 'imported')),
  batch_id INTEGER REFERENCES batch (id),
  lead_id INTEGER REFERENCES lead (id),
  attempt INTEGER,
  -- Leads that the entry is about.
  amount INTEGER NOT NULL CHECK (amount > 0),
  day TEXT,
  detail TEXT
) STRICT;

CREATE INDEX ledger_lead ON ledger (lead_id) WHERE lead_id IS NOT NULL;
CREATE INDEX ledger_batch ON ledger (batch_id) WHERE batch_id IS NOT NULL;

CREATE TRIGGER ledger_never_changes BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_never_shrinks BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
-- INSERT OR REPLACE deletes without the trigger above.
CREATE TRIGGER ledger_never_replaced BEFORE INSERT ON ledger WHEN EXISTS (SELECT 1 FROM ledger WHERE id = new.id)
BEGIN
  SELECT RAISE(ABORT, 'the ledger is append-only');
END;

CREATE TABLE daily_counter (
  -- YYYY-MM-DD in the configured zone.
  day TEXT PRIMARY KEY,
  created INTEGER NOT NULL DEFAULT 0 CHECK (created >= 0),
  -- In flight, unknown, or planned.
  reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  duplicates INTEGER NOT NULL DEFAULT 0 CHECK (duplicates >= 0),
  rejected INTEGER NOT NULL DEFAULT 0 CHECK (rejected >= 0)
) STRICT;

-- One row: the last request that created a lead or may have.
CREATE TABLE cooldown (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  last_request_at INTEGER NOT NULL,
  -- The same moment on a clock that never jumps, valid during one boot of the machine; NULL: unknown.
  boot_id TEXT,
  boot_milliseconds INTEGER,
  CHECK ((boot_id IS NULL) = (boot_milliseconds IS NULL))
) STRICT;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY CHECK (id > 0),
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  -- JSON.
  detail TEXT NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE
) STRICT;

CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_never_shrinks BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_never_replaced BEFORE INSERT ON audit
  WHEN EXISTS (SELECT 1 FROM audit WHERE id = new.id OR hash = new.hash)
BEGIN
  SELECT RAISE(ABORT, 'the audit trail is append-only');
END;

-- One row, read and written in the transaction of each entry: the guard of the chain.
CREATE TABLE audit_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  entry_id INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;

INSERT INTO audit_head (id, entry_id, hash)
  VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

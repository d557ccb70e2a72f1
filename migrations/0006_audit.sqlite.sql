-- Drift and requeueing: a lead that a batch settled, and that goes back to the catalog all the same.

-- When the CRM was first found to hold the lead no more; NULL: it was there when last looked for.
ALTER TABLE batch_lead ADD COLUMN missing_at INTEGER
  CHECK (missing_at IS NULL OR state IN ('created', 'duplicate'));
-- When the lead went back to the catalog: its row in the CRM is gone, or it was rejected by mistake. The state stays what it
-- was, so that the sum of the states stays what was selected.
ALTER TABLE batch_lead ADD COLUMN requeued_at INTEGER
  CHECK (requeued_at IS NULL OR state IN ('created', 'duplicate', 'rejected'));

CREATE TRIGGER batch_lead_requeued_once BEFORE UPDATE OF requeued_at ON batch_lead
  WHEN old.requeued_at IS NOT NULL AND new.requeued_at IS NOT old.requeued_at
BEGIN
  SELECT RAISE(ABORT, 'a lead of a batch is requeued once');
END;

-- No lead is ever selected twice, unless it was released or requeued.
DROP INDEX batch_lead_once;
CREATE UNIQUE INDEX batch_lead_once ON batch_lead (lead_id) WHERE state <> 'released' AND requeued_at IS NULL;
CREATE INDEX batch_lead_missing ON batch_lead (missing_at) WHERE missing_at IS NOT NULL AND requeued_at IS NULL;

-- The ledger with one more kind of entry. Dropping a table fires no trigger, and no row refers to this one.
CREATE TABLE ledger_grown (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  entry TEXT NOT NULL CHECK (entry IN (
    'reserved', 'moved', 'intended', 'not_sent', 'not_processed', 'unknown', 'absent', 'created', 'duplicate', 'rejected',
    'released', 'imported', 'requeued')),
  batch_id INTEGER REFERENCES batch (id),
  lead_id INTEGER REFERENCES lead (id),
  attempt INTEGER,
  -- Leads that the entry is about.
  amount INTEGER NOT NULL CHECK (amount > 0),
  day TEXT,
  detail TEXT
) STRICT;

INSERT INTO ledger_grown (id, at, entry, batch_id, lead_id, attempt, amount, day, detail)
  SELECT id, at, entry, batch_id, lead_id, attempt, amount, day, detail FROM ledger ORDER BY id;
DROP TABLE ledger;
ALTER TABLE ledger_grown RENAME TO ledger;

CREATE INDEX ledger_lead ON ledger (lead_id) WHERE lead_id IS NOT NULL;
CREATE INDEX ledger_batch ON ledger (batch_id) WHERE batch_id IS NOT NULL;

CREATE TRIGGER ledger_never_changes BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_never_shrinks BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
-- INSERT OR REPLACE deletes without the trigger above.
CREATE TRIGGER ledger_never_replaced BEFORE INSERT ON ledger WHEN EXISTS (SELECT 1 FROM ledger WHERE id = new.id)
BEGIN
  SELECT RAISE(ABORT, 'the ledger is append-only');
END;

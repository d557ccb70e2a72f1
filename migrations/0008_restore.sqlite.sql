-- Set when the store was put back from a backup, until it has learnt from the CRM what it uploaded since: nothing is
-- planned or sent meanwhile.
ALTER TABLE store_identity ADD COLUMN restored_at INTEGER;

-- The numbers of batches that the store gave before it was put back from a backup, and has forgotten: the CRM may hold rows
-- with their marks. One row for each restore; how many there are is part of the audit trail's name.
CREATE TABLE forgotten_batch (
  first_id INTEGER PRIMARY KEY,
  last_id INTEGER NOT NULL,
  CHECK (last_id >= first_id)
) STRICT;

-- What was reserved, settled and given back on a day is read from the ledger. These indexes keep that as cheap as the day was
-- busy, however long the ledger grows.
CREATE INDEX ledger_day ON ledger (day, entry, amount) WHERE day IS NOT NULL;
-- By the day that a moved reservation left.
CREATE INDEX ledger_moved ON ledger (detail) WHERE entry = 'moved';

-- Plans that were saved, looked at, and carried out: each once, by whom.
CREATE TABLE applied_plan (
  saved_plan TEXT PRIMARY KEY NOT NULL,
  plan_id INTEGER NOT NULL UNIQUE REFERENCES plan(id),
  applied_at INTEGER NOT NULL,
  applied_by TEXT NOT NULL
) STRICT;

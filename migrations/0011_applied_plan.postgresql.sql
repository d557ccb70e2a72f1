-- Plans that were saved, looked at, and carried out: each once, by whom.
CREATE TABLE applied_plan (
  saved_plan text COLLATE "C" PRIMARY KEY NOT NULL,
  plan_id bigint NOT NULL UNIQUE REFERENCES plan(id),
  applied_at bigint NOT NULL,
  applied_by text COLLATE "C" NOT NULL
);

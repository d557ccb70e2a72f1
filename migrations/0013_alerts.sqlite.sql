-- What people are told: messages, and the alerts that most of them are about.
CREATE TABLE bulletin (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  made_at INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('alerts', 'digest')),
  title TEXT NOT NULL CHECK (title <> ''),
  -- Lines of plain text.
  body TEXT NOT NULL,
  -- When the first channel had taken it; NULL: none yet.
  sent_at INTEGER
) STRICT;

CREATE INDEX bulletin_made ON bulletin (made_at);

CREATE TABLE alert (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event TEXT NOT NULL CHECK (event IN (
    'stock_low', 'sources_low', 'cycle_failed', 'crm_down', 'drift', 'dead_letter', 'reading_held', 'audit_broken')),
  subject TEXT NOT NULL CHECK (subject <> ''),
  -- What is wrong, and how it was when it was over, for people.
  text TEXT NOT NULL,
  recovery_text TEXT,
  raised_at INTEGER NOT NULL,
  recovered_at INTEGER,
  -- Looks in a row that found nothing, and how often it came back soon after its end.
  calm_looks INTEGER NOT NULL DEFAULT 0 CHECK (calm_looks >= 0),
  relapses INTEGER NOT NULL DEFAULT 0 CHECK (relapses >= 0),
  -- The messages that tell of its beginning and of its end; NULL: not told.
  raise_bulletin_id INTEGER REFERENCES bulletin (id),
  recovery_bulletin_id INTEGER REFERENCES bulletin (id),
  -- When people were told of it first.
  notified_at INTEGER,
  -- Nobody wants to hear of such events any more: it ended untold.
  is_withdrawn INTEGER NOT NULL DEFAULT 0 CHECK (is_withdrawn IN (0, 1)),
  CHECK ((recovered_at IS NULL) = (recovery_text IS NULL)),
  CHECK (recovery_bulletin_id IS NULL OR recovered_at IS NOT NULL),
  CHECK (is_withdrawn = 0 OR recovered_at IS NOT NULL)
) STRICT;

-- One alert for each event and subject while it lasts.
CREATE UNIQUE INDEX alert_open_once ON alert (event, subject) WHERE recovered_at IS NULL;
CREATE INDEX alert_subject ON alert (event, subject, id);
CREATE INDEX alert_over ON alert (recovered_at) WHERE recovered_at IS NOT NULL;
CREATE INDEX alert_raise_bulletin ON alert (raise_bulletin_id) WHERE raise_bulletin_id IS NOT NULL;
CREATE INDEX alert_recovery_bulletin ON alert (recovery_bulletin_id) WHERE recovery_bulletin_id IS NOT NULL;

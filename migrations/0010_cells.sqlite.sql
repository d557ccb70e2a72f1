-- Where the supply stands: leads by region and segment, counted as they change, chosen from indexes alone.

-- A state of the United States by its two letters, '' unknown.
ALTER TABLE lead ADD COLUMN region TEXT NOT NULL DEFAULT '';
-- The client segment by the rules in force when the lead was read, '' none.
ALTER TABLE lead ADD COLUMN segment TEXT NOT NULL DEFAULT '';

-- Names and codes, for the leads that are here already; later ones get their region from the reader of their file.
CREATE TABLE state_name (name TEXT PRIMARY KEY, code TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO state_name (name, code) VALUES
  ('ALABAMA', 'AL'), ('ALASKA', 'AK'), ('AMERICAN SAMOA', 'AS'), ('ARIZONA', 'AZ'), ('ARKANSAS', 'AR'),
  ('ARMED FORCES AMERICAS', 'AA'), ('ARMED FORCES EUROPE', 'AE'), ('ARMED FORCES PACIFIC', 'AP'),
  ('CALIFORNIA', 'CA'), ('COLORADO', 'CO'), ('CONNECTICUT', 'CT'), ('DELAWARE', 'DE'),
  ('DISTRICT OF COLUMBIA', 'DC'), ('FLORIDA', 'FL'), ('GEORGIA', 'GA'), ('GUAM', 'GU'), ('HAWAII', 'HI'),
  ('IDAHO', 'ID'), ('ILLINOIS', 'IL'), ('INDIANA', 'IN'), ('IOWA', 'IA'), ('KANSAS', 'KS'), ('KENTUCKY', 'KY'),
  ('LOUISIANA', 'LA'), ('MAINE', 'ME'), ('MARYLAND', 'MD'), ('MASSACHUSETTS', 'MA'), ('MICHIGAN', 'MI'),
  ('MINNESOTA', 'MN'), ('MISSISSIPPI', 'MS'), ('MISSOURI', 'MO'), ('MONTANA', 'MT'), ('NEBRASKA', 'NE'),
  ('NEVADA', 'NV'), ('NEW HAMPSHIRE', 'NH'), ('NEW JERSEY', 'NJ'), ('NEW MEXICO', 'NM'), ('NEW YORK', 'NY'),
  ('NORTH CAROLINA', 'NC'), ('NORTH DAKOTA', 'ND'), ('NORTHERN MARIANA ISLANDS', 'MP'), ('OHIO', 'OH'),
  ('OKLAHOMA', 'OK'), ('OREGON', 'OR'), ('PENNSYLVANIA', 'PA'), ('PUERTO RICO', 'PR'), ('RHODE ISLAND', 'RI'),
  ('SOUTH CAROLINA', 'SC'), ('SOUTH DAKOTA', 'SD'), ('TENNESSEE', 'TN'), ('TEXAS', 'TX'), ('UTAH', 'UT'),
  ('VERMONT', 'VT'), ('VIRGIN ISLANDS', 'VI'), ('VIRGINIA', 'VA'), ('WASHINGTON', 'WA'), ('WEST VIRGINIA', 'WV'),
  ('WISCONSIN', 'WI'), ('WYOMING', 'WY'), ('AL', 'AL'), ('AK', 'AK'), ('AS', 'AS'), ('AZ', 'AZ'), ('AR', 'AR'),
  ('AA', 'AA'), ('AE', 'AE'), ('AP', 'AP'), ('CA', 'CA'), ('CO', 'CO'), ('CT', 'CT'), ('DE', 'DE'), ('DC', 'DC'),
  ('FL', 'FL'), ('GA', 'GA'), ('GU', 'GU'), ('HI', 'HI'), ('ID', 'ID'), ('IL', 'IL'), ('IN', 'IN'), ('IA', 'IA'),
  ('KS', 'KS'), ('KY', 'KY'), ('LA', 'LA'), ('ME', 'ME'), ('MD', 'MD'), ('MA', 'MA'), ('MI', 'MI'), ('MN', 'MN'),
  ('MS', 'MS'), ('MO', 'MO'), ('MT', 'MT'), ('NE', 'NE'), ('NV', 'NV'), ('NH', 'NH'), ('NJ', 'NJ'), ('NM', 'NM'),
  ('NY', 'NY'), ('NC', 'NC'), ('ND', 'ND'), ('MP', 'MP'), ('OH', 'OH'), ('OK', 'OK'), ('OR', 'OR'), ('PA', 'PA'),
  ('PR', 'PR'), ('RI', 'RI'), ('SC', 'SC'), ('SD', 'SD'), ('TN', 'TN'), ('TX', 'TX'), ('UT', 'UT'), ('VT', 'VT'),
  ('VI', 'VI'), ('VA', 'VA'), ('WA', 'WA'), ('WV', 'WV'), ('WI', 'WI'), ('WY', 'WY');
UPDATE lead SET region = coalesce((SELECT code FROM state_name WHERE name = upper(body ->> 'state')), '')
WHERE source_id IS NOT NULL AND json_valid(body);
DROP TABLE state_name;

-- The state comes along, the same in every entry, so that leads are chosen from the index alone: SQLite does not see that the
-- condition has said it already.
DROP INDEX lead_choice;
CREATE INDEX lead_choice ON lead (source_id, class, score DESC, key, state) WHERE state = 'available';
CREATE INDEX lead_cell ON lead (source_id, class, region, segment, score DESC, key, state) WHERE state = 'available';

-- How many leads of each cell are available, kept by the triggers below in the transaction of whatever changes a lead. A row
-- stays when its count falls to zero: there are no more of them than sources, classes, states and segments allow.
CREATE TABLE lead_supply (
  source_id INTEGER NOT NULL REFERENCES source (id),
  class TEXT NOT NULL CHECK (class IN ('A+', 'A', 'B', 'C')),
  region TEXT NOT NULL,
  segment TEXT NOT NULL,
  available INTEGER NOT NULL CHECK (available >= 0),
  PRIMARY KEY (source_id, class, region, segment)
) STRICT, WITHOUT ROWID;

INSERT INTO lead_supply (source_id, class, region, segment, available)
SELECT source_id, class, region, segment, count(*) FROM lead
WHERE state = 'available' AND source_id IS NOT NULL GROUP BY source_id, class, region, segment;

CREATE TRIGGER lead_supply_begins AFTER INSERT ON lead WHEN new.state = 'available' AND new.source_id IS NOT NULL
BEGIN
  INSERT INTO lead_supply (source_id, class, region, segment, available)
  VALUES (new.source_id, new.class, new.region, new.segment, 1)
  ON CONFLICT DO UPDATE SET available = available + 1;
END;

CREATE TRIGGER lead_supply_falls AFTER UPDATE OF state, source_id, class, region, segment ON lead
  WHEN old.state = 'available' AND (new.state <> 'available' OR new.source_id IS NOT old.source_id
    OR new.class <> old.class OR new.region <> old.region OR new.segment <> old.segment)
BEGIN
  UPDATE lead_supply SET available = available - 1
  WHERE source_id = old.source_id AND class = old.class AND region = old.region AND segment = old.segment;
END;

CREATE TRIGGER lead_supply_grows AFTER UPDATE OF state, source_id, class, region, segment ON lead
  WHEN new.state = 'available' AND new.source_id IS NOT NULL AND (old.state <> 'available'
    OR new.source_id IS NOT old.source_id OR new.class <> old.class OR new.region <> old.region
    OR new.segment <> old.segment)
BEGIN
  INSERT INTO lead_supply (source_id, class, region, segment, available)
  VALUES (new.source_id, new.class, new.region, new.segment, 1)
  ON CONFLICT DO UPDATE SET available = available + 1;
END;

CREATE TRIGGER lead_supply_ends AFTER DELETE ON lead WHEN old.state = 'available'
BEGIN
  UPDATE lead_supply SET available = available - 1
  WHERE source_id = old.source_id AND class = old.class AND region = old.region AND segment = old.segment;
END;

-- How far the copies of uploaded leads are written, a file for each day.
CREATE TABLE upload_copy (
  -- YYYY-MM-DD in the configured zone.
  day TEXT PRIMARY KEY,
  -- How much of the file is known to be right.
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  -- The last line of the ledger that is in it.
  ledger_id INTEGER NOT NULL
) STRICT;

-- 0: the rows that it sent, and the steps of its job, were let go.
ALTER TABLE batch ADD COLUMN has_details INTEGER NOT NULL DEFAULT 1 CHECK (has_details IN (0, 1));
CREATE INDEX batch_detailed ON batch (settled_at, id) WHERE settled_at IS NOT NULL AND has_details = 1;

-- Where the supply stands: leads by region and segment, counted as they change, chosen from indexes alone.

-- A state of the United States by its two letters, '' unknown.
ALTER TABLE lead ADD COLUMN region TEXT COLLATE "C" NOT NULL DEFAULT '';
-- The client segment by the rules in force when the lead was read, '' none.
ALTER TABLE lead ADD COLUMN segment TEXT COLLATE "C" NOT NULL DEFAULT '';

-- Names and codes, for the leads that are here already; later ones get their region from the reader of their file. A body that
-- is no JSON stands at leads of no source only.
CREATE TABLE state_name (name TEXT COLLATE "C" PRIMARY KEY, code TEXT COLLATE "C" NOT NULL);
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
UPDATE lead SET region = state_name.code FROM state_name
WHERE lead.source_id IS NOT NULL AND state_name.name = upper(CAST(lead.body AS json) ->> 'state');
DROP TABLE state_name;

-- The id comes along, so that leads are chosen from the index alone; on SQLite every index holds it.
DROP INDEX lead_choice;
CREATE INDEX lead_choice ON lead (source_id, class, score DESC, key, state) INCLUDE (id) WHERE state = 'available';
CREATE INDEX lead_cell ON lead (source_id, class, region, segment, score DESC, key, state) INCLUDE (id)
  WHERE state = 'available';

-- How many leads of each cell are available, kept by the triggers below in the transaction of whatever changes a lead. A row
-- stays when its count falls to zero: there are no more of them than sources, classes, states and segments allow.
CREATE TABLE lead_supply (
  source_id BIGINT NOT NULL REFERENCES source (id),
  class TEXT COLLATE "C" NOT NULL CHECK (class IN ('A+', 'A', 'B', 'C')),
  region TEXT COLLATE "C" NOT NULL,
  segment TEXT COLLATE "C" NOT NULL,
  available BIGINT NOT NULL CHECK (available >= 0),
  PRIMARY KEY (source_id, class, region, segment)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 200,
  autovacuum_vacuum_cost_delay = 0);

INSERT INTO lead_supply (source_id, class, region, segment, available)
SELECT source_id, class, region, segment, count(*) FROM lead
WHERE state = 'available' AND source_id IS NOT NULL GROUP BY source_id, class, region, segment;

-- Once a statement, not once a row as on SQLite, which knows no other triggers. Two transactions that change the supply take
-- turns from here to their commits, by the lock: each may touch many cells in any order, and would otherwise wait for the
-- other in a circle.
CREATE FUNCTION keep_lead_supply() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'DELETE' THEN
    IF EXISTS (SELECT 1 FROM gained WHERE state = 'available') THEN
      PERFORM pg_advisory_xact_lock(CAST(TG_RELID AS bigint));
      INSERT INTO lead_supply (source_id, class, region, segment, available)
      SELECT source_id, class, region, segment, 0 FROM gained WHERE state = 'available' AND source_id IS NOT NULL
      GROUP BY source_id, class, region, segment
      ON CONFLICT DO NOTHING;
      UPDATE lead_supply SET available = available + more.count
      FROM (SELECT source_id, class, region, segment, count(*) AS count FROM gained WHERE state = 'available'
        GROUP BY source_id, class, region, segment) more
      WHERE lead_supply.source_id = more.source_id AND lead_supply.class = more.class
        AND lead_supply.region = more.region AND lead_supply.segment = more.segment;
    END IF;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    IF EXISTS (SELECT 1 FROM lost WHERE state = 'available') THEN
      PERFORM pg_advisory_xact_lock(CAST(TG_RELID AS bigint));
      UPDATE lead_supply SET available = available - fewer.count
      FROM (SELECT source_id, class, region, segment, count(*) AS count FROM lost WHERE state = 'available'
        GROUP BY source_id, class, region, segment) fewer
      WHERE lead_supply.source_id = fewer.source_id AND lead_supply.class = fewer.class
        AND lead_supply.region = fewer.region AND lead_supply.segment = fewer.segment;
    END IF;
  END IF;
  RETURN NULL;
END;
$$;

CREATE TRIGGER lead_supply_begins AFTER INSERT ON lead REFERENCING NEW TABLE AS gained
  FOR EACH STATEMENT EXECUTE FUNCTION keep_lead_supply();
CREATE TRIGGER lead_supply_changes AFTER UPDATE ON lead REFERENCING OLD TABLE AS lost NEW TABLE AS gained
  FOR EACH STATEMENT EXECUTE FUNCTION keep_lead_supply();
CREATE TRIGGER lead_supply_ends AFTER DELETE ON lead REFERENCING OLD TABLE AS lost
  FOR EACH STATEMENT EXECUTE FUNCTION keep_lead_supply();

-- How far the copies of uploaded leads are written, a file for each day.
CREATE TABLE upload_copy (
  -- YYYY-MM-DD in the configured zone.
  day TEXT COLLATE "C" PRIMARY KEY,
  -- How much of the file is known to be right.
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  -- The last line of the ledger that is in it.
  ledger_id BIGINT NOT NULL
);

-- 0: the rows that it sent, and the steps of its job, were let go.
ALTER TABLE batch ADD COLUMN has_details BIGINT NOT NULL DEFAULT 1 CHECK (has_details IN (0, 1));
CREATE INDEX batch_detailed ON batch (settled_at, id) WHERE settled_at IS NOT NULL AND has_details = 1;

import Database

/// The tables of the CRM as measured (crm-contract.md, "Tables"), with equal names for both engines. They belong to the
/// CRM, so they are no migration of the store.
enum CRMSchema {
  static let statuses = [
    "new", "assigned", "contacted", "qualified", "demo_scheduled", "proposal_sent", "negotiation", "closed_won",
    "closed_lost", "recycled",
  ]

  /// Creates what is missing; an existing CRM keeps its rows.
  static func create(_ connection: any Connection) throws {
    switch connection.dialect {
    case .sqlite: try connection.execute(sqlite)
    case .postgresql: try connection.execute(postgresql)
    }
  }

  private static var statusList: String { statuses.map { "'\($0)'" }.joined(separator: ", ") }

  private static var sqlite: String {
    """
    CREATE TABLE IF NOT EXISTS users (
      id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE,
      role TEXT NOT NULL CHECK (role IN ('admin', 'agent', 'manager')), is_active INTEGER NOT NULL DEFAULT 1,
      manager_id INTEGER REFERENCES users (id), created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
      conversion_rate REAL NOT NULL DEFAULT 0, deals_closed INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE IF NOT EXISTS leads (
      id INTEGER PRIMARY KEY AUTOINCREMENT, npi TEXT UNIQUE, ein TEXT, practice_name TEXT NOT NULL, owner_name TEXT,
      practice_phone TEXT, owner_phone TEXT, specialties TEXT, category TEXT, providers INTEGER NOT NULL DEFAULT 1,
      city TEXT, state TEXT, zip_code TEXT, address TEXT, entity_type TEXT, is_sole_proprietor TEXT, score INTEGER,
      priority TEXT, status TEXT NOT NULL DEFAULT 'new' CHECK (status IN (\(statusList))), source TEXT,
      medicare_allograft_score INTEGER, overlooked_opportunity_score INTEGER, rural_verified_score INTEGER,
      scoring_breakdown TEXT, assigned_user_id INTEGER REFERENCES users (id), created_at TEXT, updated_at TEXT,
      assigned_at TEXT, times_recycled INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE IF NOT EXISTS activities (
      id INTEGER PRIMARY KEY AUTOINCREMENT, lead_id INTEGER REFERENCES leads (id),
      user_id INTEGER REFERENCES users (id), activity_type TEXT, outcome TEXT, created_at TEXT);
    """
  }

  private static var postgresql: String {
    """
    DO $$ BEGIN
      IF to_regtype('lead_status') IS NULL THEN CREATE TYPE lead_status AS ENUM (\(statusList)); END IF;
      IF to_regtype('user_role') IS NULL THEN CREATE TYPE user_role AS ENUM ('admin', 'agent', 'manager'); END IF;
    END $$;
    CREATE TABLE IF NOT EXISTS users (
      id serial PRIMARY KEY, username varchar NOT NULL UNIQUE, role user_role NOT NULL,
      is_active boolean NOT NULL DEFAULT true, manager_id integer REFERENCES users (id),
      created_at timestamp with time zone DEFAULT now(), conversion_rate double precision DEFAULT 0,
      deals_closed integer DEFAULT 0);
    CREATE TABLE IF NOT EXISTS leads (
      id serial PRIMARY KEY, npi varchar UNIQUE, ein varchar, practice_name varchar NOT NULL, owner_name varchar,
      practice_phone varchar, owner_phone varchar, specialties varchar, category varchar,
      providers integer NOT NULL DEFAULT 1, city varchar, state varchar, zip_code varchar, address varchar,
      entity_type varchar, is_sole_proprietor varchar, score integer, priority varchar,
      status lead_status NOT NULL DEFAULT 'new', source varchar, medicare_allograft_score integer,
      overlooked_opportunity_score integer, rural_verified_score integer, scoring_breakdown json,
      assigned_user_id integer REFERENCES users (id), created_at timestamp without time zone,
      updated_at timestamp without time zone, assigned_at timestamp without time zone,
      times_recycled integer NOT NULL DEFAULT 0);
    CREATE TABLE IF NOT EXISTS activities (
      id serial PRIMARY KEY, lead_id integer REFERENCES leads (id), user_id integer REFERENCES users (id),
      activity_type varchar, outcome varchar, created_at timestamp without time zone);
    """
  }
}

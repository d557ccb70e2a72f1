import Database
import Foundation

/// The CRM's tables as measured (crm-contract), in a database of their own that goes with this object.
final class MeasuredTables {
  let url: String
  let connection: PostgresConnection
  private let admin: PostgresConnection
  private let name: String

  /// `ddl` replaces the measured tables.
  init(ddl: String = MeasuredTables.ddl) throws {
    name = "connector_tests_\(UInt64.random(in: 0 ... .max))"
    admin = try TestPostgres.connect()
    try admin.execute("CREATE DATABASE \(name)")
    // libpq lets a later dbname in the query win over the path.
    let base = try TestPostgres.url()
    url = base + (base.contains("?") ? "&" : "?") + "dbname=\(name)"
    connection = try PostgresConnection(
      url: url, options: PostgresOptions(readOnly: false, applicationName: "test-crm"))
    try connection.execute(ddl)
  }

  deinit {
    // Tests fail by their own expectations; a leftover database goes with the temporary cluster.
    do { try admin.execute("DROP DATABASE \(name) WITH (FORCE)") } catch { print("not dropped: \(error)") }
  }

  static let ddl = """
    CREATE TYPE lead_status AS ENUM ('new', 'assigned', 'contacted', 'qualified', 'demo_scheduled', 'proposal_sent',
      'negotiation', 'closed_won', 'closed_lost', 'recycled');
    CREATE TYPE user_role AS ENUM ('admin', 'agent', 'manager');
    CREATE TABLE users (
      id serial PRIMARY KEY, username varchar UNIQUE, role user_role NOT NULL, is_active boolean NOT NULL,
      manager_id integer, created_at timestamptz DEFAULT now(), conversion_rate double precision, deals_closed integer);
    CREATE TABLE leads (
      id serial PRIMARY KEY, npi varchar UNIQUE, practice_name varchar, owner_name varchar, practice_phone varchar,
      zip_code varchar, priority varchar, score integer, status lead_status DEFAULT 'new', source varchar,
      assigned_user_id integer, state varchar, category varchar, created_at timestamp DEFAULT now(),
      updated_at timestamp DEFAULT now(), assigned_at timestamp, times_recycled integer DEFAULT 0,
      scoring_breakdown json);
    INSERT INTO users (username, role, is_active) VALUES
      ('boss', 'admin', true), ('m', 'manager', true), ('a1', 'agent', true), ('a2', 'agent', true),
      ('a3', 'agent', false);
    """
}

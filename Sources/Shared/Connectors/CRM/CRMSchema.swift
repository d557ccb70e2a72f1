import Database
import Leads

/// Which columns the CRM's tables have, and what follows from it for the statements.
struct CRMSchema: Sendable, Equatable {
  /// Column → type, as information_schema names it.
  private let leads: [String: String]
  private let users: [String: String]
  /// What is not taken into account, for people.
  private(set) var notes: [String] = []

  /// Looks the columns up in the tables that the search path finds. Throws `schemaUnsupported` naming what is missing.
  init(of connection: any Connection) throws {
    let leads = try Self.columns(of: "leads", connection)
    let users = try Self.columns(of: "users", connection)
    try self.init(leads: leads, users: users)
  }

  init(leads: [String: String], users: [String: String]) throws(CRMError) {
    self.leads = leads
    self.users = users
    try Self.require(["id", "npi", "status", "priority"], in: leads, of: "leads")
    try Self.require(["role", "is_active"], in: users, of: "users")
    guard leads["assigned_user_id"] != nil || leads["assigned_to"] != nil else {
      throw .schemaUnsupported("leads.assigned_user_id is missing (or not readable by this user)")
    }
    guard let type = leads["id"], ["smallint", "integer", "bigint"].contains(type) else {
      throw .schemaUnsupported("leads.id is not an integer")
    }
    if leads["times_recycled"] == nil {
      notes.append("leads.times_recycled is missing: exhausted leads count as available")
    }
    if leads["closed_at"] == nil && leads["updated_at"] == nil {
      notes.append("leads.closed_at and leads.updated_at are missing: no conversion rates")
    }
    if !hasTeams {
      notes.append("users.id or users.manager_id is missing: nothing is known of teams")
    } else if users["created_at"] == nil {
      notes.append("users.created_at is missing: nothing is known of the agents' tenure")
    }
    if !hasState {
      notes.append("leads.state is missing: nothing is known of regions")
    }
    if !hasMarker {
      notes.append("leads.scoring_breakdown is missing: our own leads are recognised by npi and contact data")
    }
  }

  /// Whether `scoring_breakdown`, which carries our marker, can be read.
  var hasMarker: Bool { leads["scoring_breakdown"] != nil }

  /// Throws `schemaUnsupported` unless leads can be recognised by their fields.
  func requireFields() throws(CRMError) {
    try Self.require(["owner_name", "practice_name", "practice_phone", "zip_code"], in: leads, of: "leads")
  }

  /// Whether users say who their manager is.
  var hasTeams: Bool { users["id"] != nil && users["manager_id"] != nil }

  /// Whether leads say where they are.
  var hasState: Bool { leads["state"] != nil }

  // MARK: Expressions

  var state: String { hasState ? "left(upper(btrim(COALESCE(CAST(state AS text), ''))), 40)" : "''" }

  /// What a team is called, of its manager's row `m`.
  var managerName: String { users["username"] != nil ? "CAST(m.username AS text)" : "CAST(NULL AS text)" }

  /// How old the account of the user `u` is, in days; NULL where the CRM does not tell.
  var daysOfTenure: String {
    switch users["created_at"] {
    case "timestamp with time zone", "date": "extract(epoch FROM now() - u.created_at) / 86400"
    case "timestamp without time zone": "extract(epoch FROM CAST(now() AS timestamp) - u.created_at) / 86400"
    default: "CAST(NULL AS double precision)"
    }
  }

  var assignment: String { leads["assigned_user_id"] != nil ? "assigned_user_id" : "assigned_to" }

  var timesRecycled: String { leads["times_recycled"] != nil ? "COALESCE(times_recycled, 0)" : "0" }

  /// Whether the lead last closed within `$1` seconds, by `closed_at`, else by `updated_at`.
  var isClosedInWindow: String {
    let span = "make_interval(secs => CAST($1 AS double precision))"
    // Without a zone, the CRM writes updated_at in its session's zone, which is the database's own as it is ours, and
    // all other times in UTC.
    let closed = within("closed_at", span: span, local: "timezone('UTC', now())")
    let updated = within("updated_at", span: span, local: "CAST(now() AS timestamp)")
    return switch (closed, updated) {
    case (let closed?, let updated?):
      "CASE WHEN closed_at IS NOT NULL THEN \(closed) ELSE COALESCE(\(updated), FALSE) END"
    case (let only?, nil), (nil, let only?): "COALESCE(\(only), FALSE)"
    // Names the parameter all the same: a bound parameter must occur.
    case (nil, nil): "CAST($1 AS double precision) < 0"
    }
  }

  /// How long ago a lead was created, in whole seconds; NULL where the CRM does not tell. `created_at` without a zone is in the
  /// session's, as `updated_at` is.
  var secondsSinceCreated: String {
    switch leads["created_at"] {
    case "timestamp without time zone":
      "CAST(extract(epoch FROM CAST(now() AS timestamp) - created_at) AS bigint)"
    case "timestamp with time zone": "CAST(extract(epoch FROM now() - created_at) AS bigint)"
    default: "CAST(NULL AS bigint)"
    }
  }

  private func within(_ column: String, span: String, local: String) -> String? {
    switch leads[column] {
    case "timestamp without time zone": "\(column) >= \(local) - \(span)"
    case "timestamp with time zone", "date": "\(column) >= now() - \(span)"
    default: nil
    }
  }

  // MARK: Probing

  private static func columns(of table: String, _ connection: any Connection) throws -> [String: String] {
    let rows = try connection.query(
      """
      SELECT CAST(column_name AS text), CAST(data_type AS text) FROM information_schema.columns
      WHERE (CAST(table_schema AS text), CAST(table_name AS text)) = (
        SELECT CAST(n.nspname AS text), CAST(c.relname AS text)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = to_regclass(CAST($1 AS text)))
      """, [.text(table)]
    ) { ($0.text(0), $0.text(1)) }
    guard !rows.isEmpty else {
      throw CRMError.schemaUnsupported("the table \(table) is missing (or not readable by this user)")
    }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }

  private static func require(_ names: [String], in columns: [String: String], of table: String) throws(CRMError) {
    for name in names where columns[name] == nil {
      throw .schemaUnsupported("\(table).\(name) is missing (or not readable by this user)")
    }
  }
}

import Database

/// A user of the CRM.
struct CRMUser: Sendable {
  enum Role: String, Sendable {
    case admin, agent, manager
  }

  var id: Int64
  var username: String
  var role: Role
  var isActive: Bool
  var managerID: Int64?
}

/// Statements on the CRM's `users`.
enum UsersTable {
  private static let selection = """
    SELECT id, username, CAST(role AS text), CASE WHEN is_active THEN 1 ELSE 0 END, manager_id FROM users
    """
  private static let byName = selection + " WHERE username = $1"
  private static let byID = selection + " WHERE id = CAST($1 AS bigint)"

  static func user(named name: String, _ connection: any Connection) throws -> CRMUser? {
    try connection.first(byName, [.text(name)], decode)
  }

  static func user(id: Int64, _ connection: any Connection) throws -> CRMUser? {
    try connection.first(byID, [.integer(id)], decode)
  }

  private static func decode(_ row: Row) throws -> CRMUser {
    guard let role = CRMUser.Role(rawValue: row.text(2)) else {
      throw DatabaseError.failed(code: "role", message: "a user has a role that the contract does not know")
    }
    return CRMUser(
      id: row.int64(0), username: row.text(1), role: role, isActive: row.bool(3), managerID: row.optionalInt64(4))
  }

  /// `created`: when the account was made.
  static func insert(_ user: CRMUser, created: CRMMoment, _ connection: any Connection) throws {
    try connection.run(
      """
      INSERT INTO users (id, username, role, is_active, manager_id, created_at)
      VALUES (CAST($1 AS integer), $2, \(roleParameter(connection.dialect)), $4, CAST($5 AS integer),
        \(createdParameter(connection.dialect)))
      """,
      [
        .integer(user.id), .text(user.username), .text(user.role.rawValue), .bool(user.isActive),
        .optional(user.managerID), created.local,
      ])
  }

  // An enum type exists in one engine only.
  private static func roleParameter(_ dialect: Dialect) -> String {
    dialect == .postgresql ? "CAST($3 AS user_role)" : "$3"
  }

  // In the session's zone, as the text is.
  private static func createdParameter(_ dialect: Dialect) -> String {
    dialect == .postgresql ? "CAST(CAST($6 AS text) AS timestamp)" : "$6"
  }

  static func counts(_ connection: any Connection) throws -> (total: Int64, activeAgents: Int64) {
    let counts = try connection.first(
      "SELECT COUNT(*), COUNT(*) FILTER (WHERE role = 'agent' AND is_active) FROM users"
    ) { (total: $0.int64(0), activeAgents: $0.int64(1)) }
    return counts ?? (0, 0)
  }
}

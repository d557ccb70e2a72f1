package import Database

/// Passes statements on to a store's file, and asks SQLite for the plan of each first. Nothing is committed together.
package final class PlanLog: Connection {
  private let connection: SQLiteConnection
  /// What ran, with its plan line by line, in order.
  package private(set) var plans: [(sql: String, plan: [String])] = []

  package var dialect: Dialect { connection.dialect }
  package var lastInsertedID: Int64? { connection.lastInsertedID }
  /// See `SQLiteConnection.instructions`; those that asked for plans count too.
  package var instructions: Int { connection.instructions }

  /// A statement that a test looks for did not run.
  package struct NotRun: Error {
    package let statement: String
  }

  package init(of store: Store) throws {
    connection = try SQLiteConnection(path: store.path, access: .readWrite)
  }

  /// The plans of the statements that hold this text.
  package func plans(of text: String) -> [[String]] { plans.filter { $0.sql.contains(text) }.map(\.plan) }

  /// The plan of the first statement that begins so. Throws `NotRun`.
  package func plan(of statement: String) throws -> [String] {
    guard let found = plans.first(where: { $0.sql.hasPrefix(statement) }) else { throw NotRun(statement: statement) }
    return found.plan
  }

  /// Everything run in it is recorded.
  package var transaction: Transaction { Transaction(connection: self) }

  /// Forgets what it saw.
  package func clear() { plans = [] }

  package func run(_ sql: String, _ binds: [SQLValue]) throws(DatabaseError) -> Int {
    record(sql, binds)
    return try connection.run(sql, binds)
  }

  package func forEachRow(_ sql: String, _ binds: [SQLValue], _ body: (Row) throws -> Void) throws {
    record(sql, binds)
    try connection.forEachRow(sql, binds, body)
  }

  package func execute(_ script: String) throws(DatabaseError) { try connection.execute(script) }

  /// A statement that cannot be explained cannot be run either, and says so itself.
  private func record(_ sql: String, _ binds: [SQLValue]) {
    let plan = try? connection.query("EXPLAIN QUERY PLAN " + sql, binds) { $0.text(3) }
    if let plan { plans.append((sql, plan)) }
  }
}

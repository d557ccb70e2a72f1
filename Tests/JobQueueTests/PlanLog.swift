import Testing

@testable import Database

/// Passes statements on, and asks SQLite for the plan of each first.
final class PlanLog: Connection {
  private let connection: SQLiteConnection
  private(set) var plans: [(sql: String, plan: [String])] = []
  var dialect: Dialect { connection.dialect }
  var lastInsertedID: Int64? { connection.lastInsertedID }

  init(of store: Store) throws {
    connection = try SQLiteConnection(path: store.path, access: .readWrite)
  }

  /// The plans of the statements that hold this text.
  func plans(of text: String) -> [[String]] { plans.filter { $0.sql.contains(text) }.map(\.plan) }

  /// The plan of the first statement that begins so.
  func plan(of statement: String) throws -> [String] {
    try #require(plans.first { $0.sql.hasPrefix(statement) }?.plan, "\(statement) did not run")
  }

  /// Everything run in it is recorded; nothing is committed together.
  var transaction: Transaction { Transaction(connection: self) }

  /// Forgets what it saw.
  func clear() { plans = [] }

  func run(_ sql: String, _ binds: [SQLValue]) throws(DatabaseError) -> Int {
    record(sql, binds)
    return try connection.run(sql, binds)
  }

  func forEachRow(_ sql: String, _ binds: [SQLValue], _ body: (Row) throws -> Void) throws {
    record(sql, binds)
    try connection.forEachRow(sql, binds, body)
  }

  func execute(_ script: String) throws(DatabaseError) { try connection.execute(script) }

  private func record(_ sql: String, _ binds: [SQLValue]) {
    do {
      plans.append((sql, try connection.query("EXPLAIN QUERY PLAN " + sql, binds) { $0.text(3) }))
    } catch {
      Issue.record(error)
    }
  }
}

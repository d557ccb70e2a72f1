/// One connection to a database, used by one thread at a time. Conformers: `SQLiteConnection`, `PostgresConnection`.
///
/// Statements are written once, with `$1` binds, for both engines; `Dialect` holds what differs. Prepared statements are
/// kept and reused by their text, so statements must be constant texts, never assembled from values.
public protocol Connection: AnyObject {
  var dialect: Dialect { get }

  /// Runs one statement to its end and returns how many rows it inserted, changed or deleted.
  @discardableResult
  func run(_ sql: String, _ binds: [SQLValue]) throws(DatabaseError) -> Int

  /// Runs one statement whose result nobody needs, not later than just before the next one of this connection. Should it fail, that
  /// one throws in its place.
  func post(_ sql: String, _ binds: [SQLValue]) throws(DatabaseError)

  /// Runs one statement and hands each row to `body`, in the order the engine returns them. A row must not be kept.
  func forEachRow(_ sql: String, _ binds: [SQLValue], _ body: (Row) throws -> Void) throws

  /// The id of the last row that this connection inserted; nil where the engine does not tell, and `returningID` is to be used.
  var lastInsertedID: Int64? { get }

  /// Runs several statements without binds: DDL and `BEGIN`/`COMMIT`.
  func execute(_ script: String) throws(DatabaseError)
}

extension Connection {
  /// At once: where there is no way to and fro, nothing is gained by waiting.
  public func post(_ sql: String, _ binds: [SQLValue]) throws(DatabaseError) { try run(sql, binds) }

  /// Runs one statement without binds.
  @discardableResult
  public func run(_ sql: String) throws(DatabaseError) -> Int { try run(sql, []) }

  /// All rows, decoded. Use only where the statement has a LIMIT or is bounded by its nature.
  public func query<Value>(
    _ sql: String, _ binds: [SQLValue] = [], _ decode: (Row) throws -> Value
  ) throws -> [Value] {
    var values: [Value] = []
    try forEachRow(sql, binds) { values.append(try decode($0)) }
    return values
  }

  /// The first row, decoded; nil when there is none.
  public func first<Value>(
    _ sql: String, _ binds: [SQLValue] = [], _ decode: (Row) throws -> Value
  ) throws -> Value? {
    var value: Value?
    try forEachRow(sql, binds) { row in
      if value == nil { value = try decode(row) }
    }
    return value
  }
}

/// What differs between the two engines beyond DDL.
public enum Dialect: String, Sendable {
  case sqlite
  case postgresql

  /// Appended to a SELECT whose rows are about to be changed, so that concurrent leases pass each other. SQLite has one
  /// writer at a time and needs (and knows) no row locks.
  public var skipLocked: String {
    switch self {
    case .sqlite: ""
    case .postgresql: " FOR NO KEY UPDATE SKIP LOCKED"
    }
  }

  /// Whether an UPDATE that returns rows may be a part of another statement.
  public var changesWithinStatements: Bool {
    switch self {
    case .sqlite: false
    case .postgresql: true
    }
  }

  /// `column` is among the rows that `choice` selects and that nobody else is about to change.
  ///
  /// PostgreSQL's planner may run a subquery behind IN anew for each row that it compares; with rows that are locked, and
  /// changed by the very statement, each run chooses others, and more than the LIMIT in all. An ARRAY is made once.
  public func isChosen(_ column: String, by choice: String) -> String {
    switch self {
    case .sqlite: "\(column) IN (\(choice))"
    case .postgresql: "\(column) = ANY (ARRAY(\(choice + skipLocked)))"
    }
  }

  /// Appended to an INSERT whose ids are asked for. SQLite tells the last one by itself, and gives the rows of one statement
  /// consecutive ids, since it has one writer at a time; RETURNING costs it a sixth of the time. PostgreSQL draws ids from a
  /// sequence that others draw from too.
  public var returningID: String {
    switch self {
    case .sqlite: ""
    case .postgresql: " RETURNING id"
    }
  }

  /// Appended to a SELECT that guards a rule over several rows: the row is locked until the transaction ends.
  public var lockRow: String {
    switch self {
    case .sqlite: ""
    // Keys never change: those who only refer to the row need not wait.
    case .postgresql: " FOR NO KEY UPDATE"
    }
  }
}

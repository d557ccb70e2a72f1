/// An open transaction, passed to every verb that reads or writes the store. It cannot leave the closure it was given to.
public struct Transaction {
  /// Where it runs. To be used through the transaction, except for a schema of one's own.
  public let connection: any Connection
  /// Who is to be woken once it is committed.
  let notices = Notices()

  /// Whether it writes nothing, and may lock nothing.
  private let isReading: Bool

  /// Over a connection in whatever state it is: for those who look at a store from outside.
  package init(connection: any Connection, isReading: Bool = false) {
    self.connection = connection
    self.isReading = isReading
  }

  /// What the engine wants said differently.
  public var dialect: Dialect { connection.dialect }

  /// `Dialect.lockRow`, in so far as this transaction may lock: what guards a rule for who writes only looks for who reads.
  public var lockRow: String { isReading ? "" : dialect.lockRow }

  /// See `Connection.lastInsertedID`.
  public var lastInsertedID: Int64? { connection.lastInsertedID }

  /// Wakes processes that listen (`Store.listen`), once this transaction is committed.
  public func announce(_ notice: Notice) {
    notices.all.insert(notice)
  }

  /// See `Connection.run(_:_:)`.
  @discardableResult
  public func run(_ sql: String, _ binds: [SQLValue] = []) throws(DatabaseError) -> Int {
    try connection.run(sql, binds)
  }

  /// Runs a statement whose result nobody needs. On a server it travels with the next statement, or with the COMMIT, and costs no
  /// way to and fro of its own; should it fail, that one throws in its place.
  public func post(_ sql: String, _ binds: [SQLValue] = []) throws(DatabaseError) {
    try connection.post(sql, binds)
  }

  /// See `Connection.query(_:_:_:)`.
  public func query<Value>(_ sql: String, _ binds: [SQLValue] = [], _ decode: (Row) throws -> Value) throws -> [Value] {
    try connection.query(sql, binds, decode)
  }

  /// See `Connection.first(_:_:_:)`.
  public func first<Value>(_ sql: String, _ binds: [SQLValue] = [], _ decode: (Row) throws -> Value) throws -> Value? {
    try connection.first(sql, binds, decode)
  }

  /// See `Connection.forEachRow(_:_:_:)`.
  public func forEachRow(_ sql: String, _ binds: [SQLValue] = [], _ body: (Row) throws -> Void) throws {
    try connection.forEachRow(sql, binds, body)
  }
}

/// The notices of one transaction, gathered by all who take part in it.
final class Notices {
  var all: Set<Notice> = []
}

/// What an acknowledged transaction survives.
public enum Durability: Sendable, Comparable {
  /// The death of any process. A power failure may take back the last commits, never tear one.
  case process
  /// A power failure too: synced to the disk before the call returns.
  case power
}

/// Which other write transactions may run at the same time. SQLite has one at a time, whatever is asked for.
public enum Company: Sendable {
  /// None, in any process: what it read stays true until it is committed.
  case alone
  /// Others of this kind, kept apart by the rows that they lock: for verbs that are made for it.
  case beside
}

import CPostgres
import Glibc
import Timekeeping

/// A connection to one PostgreSQL server, for one thread at a time.
///
/// Every call ends within its time-out, also when the server accepts and falls silent. Every statement is prepared once
/// and kept; parameters travel as text and the server infers their types, so statements say `CAST($1 AS bigint)` where
/// nothing else does. After `timedOut` or `connectionLost` the connection is closed and `isUsable` false: make another.
///
/// No error holds the URL, a password or a bound value.
public final class PostgresConnection: Connection {
  /// PostgreSQL's.
  public let dialect = Dialect.postgresql
  private let options: PostgresOptions
  private var session: PostgresSession?
  private var names: [String: String] = [:]

  /// Connects and sets the session up. `url` is libpq's: `postgresql://user:password@host:port/database?option=value`.
  ///
  /// Throws `cannotOpen`, `authenticationFailed`, `timedOut`.
  public init(url: String, options: PostgresOptions) throws(DatabaseError) {
    self.options = options
    let deadline = ContinuousClock.now + options.connectTimeout
    let session = try PostgresSession(url: url, applicationName: options.applicationName, deadline: deadline)
    try session.execute(
      """
      SET statement_timeout = \(options.serverTimeout.wholeMilliseconds);
      SET idle_in_transaction_session_timeout = \(PostgresOptions.idleInTransactionTimeout.wholeMilliseconds);
      SET default_transaction_read_only = \(options.readOnly ? "on" : "off");
      SET bytea_output = 'hex';
      """, deadline: deadline)
    self.session = session
  }

  /// Whether calls can still succeed: no call timed out, and the server has not closed the connection.
  public var isUsable: Bool { session != nil }

  /// Whether no transaction is open.
  public var isIdle: Bool { session?.isIdle ?? true }

  /// The library's version, such as 15.18.
  public static var libraryVersion: String {
    let version = PQlibVersion()
    return "\(version / 10_000).\(version % 10_000)"
  }

  /// See `Connection.run(_:_:)`. Throws `connectionLost` and `timedOut` too.
  @discardableResult
  public func run(_ sql: String, _ binds: [SQLValue]) throws(DatabaseError) -> Int {
    try result(sql, binds).changedRows
  }

  /// The whole result is held in memory, so that `body` may use the connection too.
  public func forEachRow(_ sql: String, _ binds: [SQLValue], _ body: (Row) throws -> Void) throws {
    let result = try result(sql, binds)
    for row in 0..<result.rowCount {
      try withExtendedLifetime(result) { try body(Row(storage: .postgres(result.pointer, row: row))) }
    }
  }

  /// Nil: ids are returned by `Dialect.returningID`.
  public var lastInsertedID: Int64? { nil }

  /// See `Connection.execute(_:)`. Throws `connectionLost` and `timedOut` too.
  public func execute(_ script: String) throws(DatabaseError) {
    try withSession { (session, deadline) throws(DatabaseError) in
      try session.execute(script, deadline: deadline)
    }
  }

  private func result(_ sql: String, _ binds: [SQLValue]) throws(DatabaseError) -> PostgresResult {
    let texts = try binds.map { (value) throws(DatabaseError) in try Self.text(of: value) }
    return try withSession { (session, deadline) throws(DatabaseError) in
      let name = try prepared(sql, session, deadline)
      let outcome = texts.withCStrings { parameters in
        Result { () throws(DatabaseError) in try session.run(prepared: name, parameters, deadline: deadline) }
      }
      return try outcome.get()
    }
  }

  private func prepared(
    _ sql: String, _ session: PostgresSession, _ deadline: PostgresSession.Deadline
  ) throws(DatabaseError) -> String {
    if let name = names[sql] { return name }
    let name = "s\(names.count + 1)"
    try session.prepare(sql, as: name, deadline: deadline)
    names[sql] = name
    return name
  }

  /// Runs `body` with the deadline of one call, and gives the connection up when it broke or fell silent: the answer of
  /// the call before would be taken for that of the next.
  private func withSession<Value>(
    _ body: (PostgresSession, PostgresSession.Deadline) throws(DatabaseError) -> Value
  ) throws(DatabaseError) -> Value {
    guard let session else { throw .connectionLost(reason: "closed after an earlier failure") }
    do {
      return try body(session, .now + options.statementTimeout)
    } catch {
      switch error {
      case .timedOut, .connectionLost: self.session = nil
      default: break
      }
      throw error
    }
  }

  /// PostgreSQL's text format of a bound value. libpq takes C strings, and PostgreSQL's text has no NUL either.
  private static func text(of value: SQLValue) throws(DatabaseError) -> String? {
    switch value {
    case .null: return nil
    case .integer(let integer): return String(integer)
    case .real(let real): return String(real)
    case .text(let text):
      guard !text.holdsNUL else { throw .failed(code: "22021", message: "a text holds a NUL character") }
      return text
    case .blob(let bytes): return PostgresBytes.encode(bytes)
    }
  }
}

extension String {
  fileprivate var holdsNUL: Bool {
    var text = self
    return text.withUTF8 { bytes in bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false }
  }
}

extension Duration {
  /// At least 1, since 0 turns PostgreSQL's time-outs off.
  fileprivate var wholeMilliseconds: Int64 {
    max(1, milliseconds)
  }
}

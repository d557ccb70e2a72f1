import CPostgres
import Glibc
import Timekeeping

/// A connection to one PostgreSQL server, for one thread at a time.
///
/// Every call ends within its time-out, also when the server accepts and falls silent. Every statement is prepared once
/// and kept, unless the session is shared; parameters travel as text and the server infers their types, so statements say `CAST($1 AS bigint)` where
/// nothing else does. After `timedOut` or `connectionLost` the connection is closed and `isUsable` false: make another.
///
/// No error holds the URL, a password or a bound value.
public final class PostgresConnection: Connection {
  /// PostgreSQL's.
  public let dialect = Dialect.postgresql
  /// How many statements are posted at the most before they are sent.
  private static let postedMax = 100

  private let options: PostgresOptions
  private var session: PostgresSession?
  /// Of the statements that are prepared, by their texts.
  private var names: [String: String] = [:]
  /// A name is never given twice.
  private var namesGiven = 0
  /// What travels with the next statement.
  private var posted: [PostgresSession.Request] = []

  /// Connects and sets the session up, if it is its own. `url` is libpq's: `postgresql://user:password@host:port/database?option=value`.
  ///
  /// Throws `cannotOpen`, `authenticationFailed`, `timedOut`.
  public convenience init(url: String, options: PostgresOptions) throws(DatabaseError) {
    try self.init(url: url, options: options, limit: WaitLimit())
  }

  /// As above; no call waits past `limit`.
  init(url: String, options: PostgresOptions, limit: WaitLimit) throws(DatabaseError) {
    self.options = options
    let deadline = ContinuousClock.now + options.connectTimeout
    let session = try PostgresSession(
      url: url, applicationName: options.applicationName, deadline: deadline, limit: limit)
    if options.ownsSession { _ = try session.execute(options.settings("SET"), deadline: deadline) }
    self.session = session
  }

  /// Whether calls can still succeed: no call timed out, and the server has not closed the connection.
  public var isUsable: Bool { session != nil }

  /// Whether no transaction is open.
  public var isIdle: Bool { session?.isIdle ?? true }

  /// Whether a statement of the open transaction failed, so that nothing but a rollback is left.
  var isTransactionFailed: Bool { session?.isTransactionFailed ?? false }

  /// Such as 150018 for 15.18.
  var serverVersion: Int { session?.serverVersion ?? 0 }

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

  /// See `Connection.post(_:_:)`: it travels with the next statement, or with the COMMIT.
  public func post(_ sql: String, _ binds: [SQLValue]) throws(DatabaseError) {
    posted.append(try request(sql, binds))
    // A pipeline whose answers nobody reads must stay small.
    if posted.count == Self.postedMax { try send() }
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
    try send()
    try withSession { (session, deadline) throws(DatabaseError) in
      _ = try session.execute(script, deadline: deadline)
    }
  }

  /// Ends the transaction with what was posted. Not prepared: there is nothing in it to be planned.
  func commit() throws(DatabaseError) {
    _ = try result(of: [PostgresSession.Request(sql: "COMMIT", name: nil, isNew: false, parameters: [])])
  }

  /// Forgets what was posted and not sent, and ends the transaction.
  func rollBack() throws(DatabaseError) {
    forgetNames(of: posted)
    posted = []
    try execute("ROLLBACK")
  }

  /// Sends what was posted.
  private func send() throws(DatabaseError) {
    guard !posted.isEmpty else { return }
    _ = try result(of: [])
  }

  /// Waits for notifications of other sessions (LISTEN) and returns their payloads; none after `time`. Throws `connectionLost`.
  func notifications(within time: Duration) throws(DatabaseError) -> [String] {
    guard let session else { throw .connectionLost(reason: "closed after an earlier failure") }
    do {
      return try session.notifications(until: .now + time)
    } catch {
      self.session = nil
      throw error
    }
  }

  private func result(_ sql: String, _ binds: [SQLValue]) throws(DatabaseError) -> PostgresResult {
    try result(of: [request(sql, binds)])
  }

  /// Runs what was posted and then these; returns the result of the last.
  private func result(of requests: [PostgresSession.Request]) throws(DatabaseError) -> PostgresResult {
    let all = posted + requests
    posted = []
    do {
      return try withSession { (session, deadline) throws(DatabaseError) in
        try session.run(all, deadline: deadline)
      }
    } catch {
      // Which of them were prepared before one failed is not known.
      forgetNames(of: all)
      throw error
    }
  }

  private func forgetNames(of requests: [PostgresSession.Request]) {
    for request in requests where request.isNew { names[request.sql] = nil }
  }

  private func request(_ sql: String, _ binds: [SQLValue]) throws(DatabaseError) -> PostgresSession.Request {
    let parameters = try binds.map { (value) throws(DatabaseError) in try Self.text(of: value) }
    guard options.ownsSession else {
      return PostgresSession.Request(sql: sql, name: nil, isNew: false, parameters: parameters)
    }
    if let name = names[sql] {
      return PostgresSession.Request(sql: sql, name: name, isNew: false, parameters: parameters)
    }
    namesGiven += 1
    let name = "s\(namesGiven)"
    names[sql] = name
    return PostgresSession.Request(sql: sql, name: name, isNew: true, parameters: parameters)
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

package import Timekeeping

/// Looks into a store without making it, bringing its schema up to date or writing to it: for those who examine one that may be
/// missing, old or broken. Of one thread at a time, which it blocks for some seconds at most.
package final class StoreLook {
  private let connection: any Connection
  private let begin: String

  /// How long a server may take to connect, and for one statement.
  private static let patience = Duration.seconds(4)

  /// Opens what is there. Nil: there is no store yet. Throws every `DatabaseError` of opening.
  package static func open(_ address: StoreAddress, name: String) throws -> StoreLook? {
    switch address {
    case .file(let path): try file(path)
    case .server(let server): try schema(server, name: name)
    }
  }

  private static func file(_ path: String) throws -> StoreLook? {
    try MoveMark.refuse(path)
    let file = StoreFile(path: path)
    guard file.identity != nil else { return nil }
    try file.refuseNetworkFileSystem()
    let connection = try SQLiteConnection(path: path, access: .readOnly)
    let tables = "SELECT count(*) FROM sqlite_master WHERE name = 'migration'"
    guard try connection.first(tables, [], { $0.int(0) }) == 1 else { return nil }
    return StoreLook(connection, begin: "BEGIN")
  }

  private static func schema(_ server: ServerAddress, name: String) throws -> StoreLook? {
    var options = options(name)
    options.schema = server.schema
    options.ownsSession = server.isNotifying
    let connection: PostgresConnection
    do {
      connection = try PostgresConnection(url: server.url, options: options)
    } catch {
      guard case .cannotOpen(_, let reason) = error else { throw error }
      throw DatabaseError.unreachable(server.name, reason: reason)
    }
    // A pooler may hand each transaction to another session, so that each brings its settings along.
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; " + options.settings("SET LOCAL")
    let look = StoreLook(connection, begin: begin)
    let isThere = try look.read { try $0.first("SELECT to_regclass('migration') IS NOT NULL") { $0.bool(0) } }
    return isThere == true ? look : nil
  }

  private static func options(_ name: String) -> PostgresOptions {
    PostgresOptions(connectTimeout: patience, statementTimeout: patience, readOnly: true, applicationName: name)
  }

  private init(_ connection: any Connection, begin: String) {
    self.connection = connection
    self.begin = begin
  }

  /// Runs `body` on one consistent state.
  package func read<Value>(_ body: (Transaction) throws -> Value) throws -> Value {
    try connection.execute(begin)
    do {
      let value = try body(Transaction(connection: connection, isReading: true))
      try connection.execute("COMMIT")
      return value
    } catch {
      // What went wrong says more than a connection that broke with it.
      try? connection.execute("ROLLBACK")
      throw error
    }
  }

  /// What the server's clock shows; nil for a file, which has none.
  package func serverTime() throws -> Timestamp? {
    guard connection.dialect == .postgresql else { return nil }
    return try read { try Self.time(in: $0) }
  }

  /// What the clock of a PostgreSQL server shows. `url` is libpq's. Throws as `PostgresConnection` does.
  package static func time(ofServer url: String, name: String) throws -> Timestamp? {
    var options = options(name)
    options.ownsSession = false
    let connection = try PostgresConnection(url: url, options: options)
    return try time(in: Transaction(connection: connection, isReading: true))
  }

  private static func time(in transaction: Transaction) throws -> Timestamp? {
    try transaction.first("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)") { $0.time(0) }
  }
}

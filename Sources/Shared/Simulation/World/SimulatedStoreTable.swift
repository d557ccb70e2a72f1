import Database

/// Where a world's store is: a file in the working directory, or a schema on a server.
enum SimulatedStoreTable {
  /// The file's name is the same in each process, as everything else that the seed decides.
  static let file = StoreAddress.file("store.db")

  /// Leaves nothing of a former world there. A file is not touched: the working directory is empty.
  static func clear(_ address: StoreAddress) throws {
    guard case .server(let server) = address else { return }
    try PostgresConnection(url: server.url, options: PostgresOptions(readOnly: false, applicationName: "simulate"))
      .execute("DROP SCHEMA IF EXISTS \(server.schema) CASCADE")
  }

  /// A connection that only looks.
  static func look(at address: StoreAddress) throws -> any Connection {
    switch address {
    case .file(let path): return try SQLiteConnection(path: path, access: .readOnly)
    case .server(let server):
      var options = PostgresOptions(statementTimeout: .seconds(60), readOnly: true, applicationName: "simulate")
      options.schema = server.schema
      return try PostgresConnection(url: server.url, options: options)
    }
  }

  /// Begins a transaction that sees one state of the store.
  static func begin(_ connection: any Connection) throws {
    switch connection.dialect {
    case .sqlite: try connection.run("BEGIN")
    case .postgresql: try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }
  }
}

import Database
import Foundation
import Synchronization

/// The CRM's own database: one connection on a thread of its own, made anew after it broke.
final class CRMDatabase: Sendable {
  /// Where the rows are kept.
  enum Location: Sendable, Equatable {
    case file(String)
    case server(url: String)
  }

  /// Write-ahead log pages are moved into the SQLite file after about this many rows.
  private static let rowsPerCheckpoint = 5_000

  private let location: Location
  private let lane = ConnectionLane<any Connection>(name: "crm-database")
  private let isBroken = Mutex(false)
  private let rowsSinceCheckpoint = Mutex(0)

  /// Opens it, creating file and tables that are missing. Throws `DatabaseError`.
  static func open(_ location: Location) async throws -> CRMDatabase {
    let database = CRMDatabase(location: location)
    if case .file(let path) = location, !FileManager.default.fileExists(atPath: path) {
      guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
        throw DatabaseError.cannotOpen(path, reason: "it cannot be created")
      }
    }
    try await database.connect()
    try await database.transaction { try CRMSchema.create($0) }
    return database
  }

  private init(location: Location) {
    self.location = location
  }

  /// Runs `body` in one transaction: committed when it returns, rolled back when it throws.
  func transaction<Value: Sendable>(_ body: @escaping @Sendable (any Connection) throws -> Value) async throws -> Value
  {
    if isBroken.withLock({ $0 }) { try await connect() }
    do {
      return try await lane.run { connection in
        try connection.execute(connection.dialect == .sqlite ? "BEGIN IMMEDIATE" : "BEGIN")
        do {
          let value = try body(connection)
          try connection.execute("COMMIT")
          return value
        } catch {
          do { try connection.execute("ROLLBACK") } catch {
            // A broken connection rolls back by itself; the first error says what happened.
          }
          throw error
        }
      }
    } catch let error as DatabaseError {
      switch error {
      case .connectionLost, .timedOut: isBroken.withLock { $0 = true }
      default: break
      }
      throw error
    }
  }

  /// To be told of committed rows; now and then empties SQLite's write-ahead log, which nothing else does.
  func noteCommitted(rows: Int) async throws {
    guard case .file = location else { return }
    let isDue = rowsSinceCheckpoint.withLock { count in
      count += rows
      guard count >= Self.rowsPerCheckpoint else { return false }
      count = 0
      return true
    }
    if isDue {
      try await lane.run { connection in
        _ = try connection.first("PRAGMA wal_checkpoint(PASSIVE)") { $0.int(0) }
      }
    }
  }

  private func connect() async throws {
    try await lane.start { [location] in
      switch location {
      case .file(let path):
        return try SQLiteConnection(path: path, access: .readWrite)
      case .server(let url):
        // A minute, because statements over a hundred thousand seeded rows take their time.
        return try PostgresConnection(
          url: url,
          options: PostgresOptions(statementTimeout: .seconds(60), readOnly: false, applicationName: "demo-crm"))
      }
    }
    isBroken.withLock { $0 = false }
  }
}

/// Why the database did not do what was asked. Texts are free of bound values.
public enum DatabaseError: Error, Sendable, Equatable {
  /// The file or server cannot be opened or reached. `reason` is the system's own word for it.
  case cannotOpen(String, reason: String)
  case notADatabase(String)
  case corrupt(String)
  case readOnly(String)
  case diskFull(String)
  /// On a network file system, where SQLite's locks cannot be relied on.
  case networkFileSystem(String, type: String)
  /// The file was moved, deleted or replaced while it was open.
  case replaced(String)
  /// The content of the file was moved to a server; the file is closed.
  case moved(String, to: String)
  /// It was about to be, and whether it was, the server alone can tell.
  case beingMoved(String, to: String)
  /// Another process held the write lock for the whole waiting time.
  case busy(String, waited: Duration)
  /// A constraint of the schema refused the statement.
  case constraint(Constraint, message: String)
  case newerSchema(String, found: Int, known: Int)
  /// A migration that this store went through is not the one this program knows under its number.
  case alteredMigration(String, version: Int)
  /// The server closed the connection or fell silent; whether a running COMMIT took effect is unknown.
  case connectionLost(reason: String)
  /// No server answers there, or none that takes the connection; nothing was asked of it yet.
  case unreachable(String, reason: String)
  /// The server refused name or password.
  case authenticationFailed(reason: String)
  /// Only a store in a file can do that.
  case notAFile(String)
  /// Longer than the time-out given for it.
  case timedOut(reason: String)
  /// Anything else: the engine's code (SQLite's extended result code, PostgreSQL's SQLSTATE) and message.
  case failed(code: String, message: String)

  /// Which rule of the schema refused a row.
  public enum Constraint: String, Sendable {
    case unique, check, notNull, foreignKey, trigger, other
  }
}

extension DatabaseError: CustomStringConvertible {
  /// What happened, where, and what to do next; free of bound values.
  public var description: String {
    switch self {
    case .cannotOpen(let path, let reason): "Cannot open the store \(path): \(reason)"
    case .notADatabase(let path):
      "\(path) is not a SQLite database. Name another file with --store, or move this one away."
    case .corrupt(let path): "The store \(path) is damaged. Stop all programs and restore a backup."
    case .readOnly(let path): "The store \(path) is read-only. Check the file's and its folder's permissions."
    case .diskFull(let path): "No space left for the store \(path). Nothing was lost; free space and start again."
    case .networkFileSystem(let path, let type):
      "The store \(path) is on a network file system (\(type)), where SQLite's locks are not reliable. "
        + "Keep it on a local disk."
    case .replaced(let path):
      "The store \(path) was moved, deleted or replaced while in use. Stop all programs, put the right file back, start again."
    case .moved(let path, let address):
      "The store \(path) was moved to \(address), and the file is closed. Set LEAD_STORE to that address."
    case .beingMoved(let path, let address):
      "The store \(path) was about to be moved to \(address) when `lead-queue promote` ended; whether it arrived is known "
        + "there only. Run the same `lead-queue promote` again: it looks, and finishes."
    case .busy(let path, let waited):
      "The store \(path) was held by another process for \(waited.components.seconds) s. Is a program stopped or suspended? "
        + "Try again."
    case .constraint(let kind, let message): "The store refused a row (\(kind.rawValue)): \(message)"
    case .newerSchema(let path, let found, let known):
      "The store \(path) has schema version \(found); this program knows up to \(known). Use the newer program."
    case .alteredMigration(let path, let version):
      "Schema version \(version) of the store \(path) is not the one this program knows. It belongs to another build."
    case .unreachable(let store, let reason):
      "The store \(store) is not reachable: \(reason). Start its server, or correct the address."
    case .connectionLost(let reason): "Connection to the database lost: \(reason)"
    case .authenticationFailed(let reason): "The database refused the login: \(reason)"
    case .notAFile(let store):
      "The store \(store) is not a file: back up its schema by PostgreSQL's pg_dump. After pg_restore, and before any program "
        + "is started, run `lead-queue restore --put-back --reason …`."
    case .timedOut(let reason): "The database did not answer in time: \(reason)"
    case .failed(let code, let message): "Database error \(code): \(message)"
    }
  }
}

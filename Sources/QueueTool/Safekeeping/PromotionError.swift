import Database
import Operations

/// Why a store was not moved to a server. Nothing was changed then, but for `inDoubt`.
enum PromotionError: Error, Sendable, Equatable {
  /// Processes have it open. `isAsked`: they were asked to end, and did not within the time given.
  case inUse(path: String, users: [StoreUser], isAsked: Bool)
  /// The server holds another store.
  case anotherStore(server: String)
  /// It holds this store as it was at another time.
  case anotherState(server: String)
  /// It holds something that is no store of these programs.
  case occupied(server: String, tables: [String])
  /// The file itself is not whole.
  case damaged(path: String, reason: String)
  /// What arrived is not what left.
  case differs(server: String, what: String)
  /// The server did not answer the commit, and cannot be asked.
  case inDoubt(path: String, server: String, reason: String)

  var exitStatus: ExitStatus {
    switch self {
    case .inUse: .busy
    case .anotherStore, .anotherState, .occupied: .configuration
    case .damaged, .differs: .failed
    case .inDoubt: .unavailable
    }
  }
}

extension PromotionError: CustomStringConvertible {
  var description: String {
    switch self {
    case .inUse(let path, let users, let isAsked):
      "The store \(path) is in use by \(Self.names(users))"
        + (isAsked
          ? ", which did not end in time." : ". Stop them, or add --drain, which asks schedulers and workers to end.")
        + " Nothing was moved."
    case .anotherStore(let server):
      "\(server) holds another store. Name another database, or another schema by LEAD_STORE_SCHEMA. Nothing was moved."
    case .anotherState(let server):
      "\(server) holds this store as it was at another time: it was moved there before, and the file went on since. If the "
        + "file is the right one, drop that schema, and begin anew. Nothing was moved."
    case .occupied(let server, let tables):
      "\(server) is not empty: there are rows in \(tables.prefix(5).joined(separator: ", ")). Name another schema by "
        + "LEAD_STORE_SCHEMA. Nothing was moved."
    case .damaged(let path, let reason): "The store \(path) is damaged: \(reason). Nothing was moved."
    case .differs(let server, let what):
      "What arrived at \(server) is not what left: \(what). It was taken back; the file is as it was."
    case .inDoubt(let path, let server, let reason):
      "Whether the store arrived at \(server) is not known: \(reason). The file \(path) is closed until then. Run the same "
        + "command again when the server answers: it looks, and finishes."
    }
  }

  private static func names(_ users: [StoreUser]) -> String {
    users.map { user in
      let number = user.pid > 0 ? "process \(user.pid)" : "a process of another container"
      return user.name.isEmpty ? number : "\(number) (\(user.name))"
    }.joined(separator: ", ")
  }
}

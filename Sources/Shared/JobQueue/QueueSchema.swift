public import Database
import Migrations
public import Timekeeping

extension Store {
  /// Versions below this are the queue's own and its siblings'.
  public static let firstOwnVersion = 1000

  /// Opens a SQLite file as a job queue: creates it (mode 0600) when missing, brings the queue's schema up to date under a
  /// lock, and declares `queues` with these limits. Any number of processes may open it; open it once in each.
  ///
  /// `own`: the schema of your own tables, which live in the same file and take part in the same transactions; versions from
  /// `firstOwnVersion` up, ascending, never changed once released. Names that the queue uses itself (`job`, `queue`, `worker`
  /// and so on) are taken.
  ///
  /// A file that `lead-scheduler` made is such a queue too, and one made here may grow into such a store.
  ///
  /// Throws every `DatabaseError` of opening; `newerSchema` for a store whose queue is newer than this library, or with steps
  /// of its own that `own` does not name; `alteredMigration`.
  public static func openQueue(
    path: String, queues: [String: QueueSettings] = [Store.defaultQueueName: QueueSettings()], own: [SchemaStep] = [],
    clock: WallClock = .system
  ) async throws -> Store {
    try await openQueue(.file(path), queues: queues, own: own, clock: clock)
  }

  /// As `openQueue(path:queues:own:clock:)`, for a SQLite file (`.file`) or a schema on a PostgreSQL server (`.server`), in whose
  /// SQL `own` is then written.
  public static func openQueue(
    _ address: StoreAddress, queues: [String: QueueSettings] = [Store.defaultQueueName: QueueSettings()],
    own: [SchemaStep] = [], clock: WallClock = .system
  ) async throws -> Store {
    precondition(own.allSatisfy { $0.version >= firstOwnVersion }, "own versions begin at \(firstOwnVersion)")
    let store = try await open(address, steps: queueSteps(on: address.dialect) + own, now: clock.now())
    try await store.write { transaction in
      for (name, settings) in queues { try JobTable.declareQueue(name, settings, in: transaction) }
    }
    return store
  }

  /// The queue of jobs that name no other.
  public static let defaultQueueName = "default"

  /// All steps are known, so that a store with leads in it is recognised; only the queue's are applied.
  private static func queueSteps(on dialect: Dialect) -> [SchemaStep] {
    let history =
      switch dialect {
      case .sqlite: Migration.sqlite
      case .postgresql: Migration.postgresql
      }
    return history.map {
      SchemaStep(version: $0.version, name: $0.name, sql: $0.sql, isNeeded: $0.part == .queue)
    }
  }
}

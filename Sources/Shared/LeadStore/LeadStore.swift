package import Database
import JobQueue
import Migrations
package import Timekeeping

/// The store with the schema of `migrations/`: queue, catalog, decisions and record in one database.
package enum LeadStore {
  /// Opens the store, creating it and bringing its schema up to date. See `Store.open`; `host` runs it.
  package static func open(
    _ address: StoreAddress, now: Timestamp, host: StoreHost = StoreHost()
  ) async throws -> Store {
    try await Store.open(address, steps: steps(on: address.dialect), now: now, host: host)
  }

  /// The schema's history on this engine, as this program knows it.
  package static func steps(on dialect: Dialect) -> [SchemaStep] {
    let history =
      switch dialect {
      case .sqlite: Migration.sqlite
      case .postgresql: Migration.postgresql
      }
    return history.map { SchemaStep(version: $0.version, name: $0.name, sql: $0.sql) }
  }
}

/// What the store refuses by its own rules.
package enum LeadStoreError: Error, Sendable, Equatable {
  /// The store serves another CRM.
  case boundToAnotherCRM(bound: String, asked: String)
  /// The store was put back from a backup and does not know yet what it uploaded since.
  case notReconciled
  /// Another scheduler is in the middle of a cycle.
  case cycleRunning(cycle: Int64, scheduler: String)
  /// The cycle was taken from this scheduler, which was suspended or cut off for too long.
  case cycleLost(Int64)
  /// A stored value that this program cannot read.
  case unreadable(String)
}

extension LeadStoreError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .boundToAnotherCRM(let bound, let asked):
      "This store serves the CRM \(bound), not \(asked). Use another store, or run "
        + "`lead-queue rebind-crm \(asked) --reason …` if it is the same CRM at a new address."
    case .notReconciled:
      "This store was put back from a backup and has not asked the CRM yet what was uploaded since. Run "
        + "`lead-queue restore --finish --reason …`; until then nothing is planned or sent, so that no lead goes up twice."
    case .cycleRunning(let cycle, let scheduler):
      "Scheduler \(ProcessIdentity.shortName(of: scheduler)) is in the middle of cycle \(cycle). Try again when it has ended."
    case .cycleLost(let cycle): "Cycle \(cycle) was taken from this scheduler, which did not show up in time"
    case .unreadable(let what): "The store holds \(what) that this program cannot read"
    }
  }
}

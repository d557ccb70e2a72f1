import Database
import JobQueue
import LeadStore
import Timekeeping

/// The workers that a scheduler may start inside its own process.
package struct Crew: Sendable {
  /// Starts them, once; told why.
  package var start: @Sendable (_ reason: String) async throws -> Void

  package init(start: @escaping @Sendable (_ reason: String) async throws -> Void) {
    self.start = start
  }

  /// Nobody: all work is left to other processes.
  package static let none = Crew(start: { _ in })

  func help(_ reason: String) async throws {
    try await start(reason)
  }

  func helpUnlessServed(_ kind: JobKind, _ workplace: Workplace) async throws {
    let isServed = try await workplace.store.read {
      try WorkerTable.isServed(kind: kind.rawValue, now: workplace.clock.now(), in: $0)
    }
    if !isServed { try await help("no worker is alive") }
  }
}

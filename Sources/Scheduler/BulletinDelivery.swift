import Database
import JobQueue
import Operations
import Replenishment
import Timekeeping

/// Sees messages to people on their way before a program ends that runs once: where no worker serves them, it brings them
/// itself.
struct BulletinDelivery: Sendable {
  private static let limit = Duration.seconds(30)
  private static let lookInterval = Duration.milliseconds(50)

  let program: Program

  /// Returns when each message that was due has been tried once, or after half a minute: what does not go out now stays in the
  /// queue.
  func run() async throws {
    guard try await isAnyDue() else { return }
    let isServed = try await program.store.read { [now = program.clock.now()] in
      try WorkerTable.isServed(kind: JobKind.notify.rawValue, now: now, in: $0)
    }
    let pool = isServed ? nil : program.bulletinPool()
    guard isServed || pool != nil else { return }
    let work = Task { try await pool?.run() }
    let start = program.clock.elapsed()
    while try await isAnyDue(), program.clock.elapsed() - start < Self.limit {
      try await program.clock.sleep(for: Self.lookInterval)
    }
    pool?.drain()
    try await work.value
  }

  /// Where somebody has paused them, none is.
  private func isAnyDue() async throws -> Bool {
    var filter = JobTable.Filter(kind: JobKind.notify.rawValue, limit: 1)
    filter.states = [.available, .leased]
    return try await program.store.read { [filter] transaction in
      let names = [JobKind.notify.rawValue, JobKind.notify.queue]
      guard try !PauseTable.list(in: transaction).contains(where: { names.contains($0.name) }) else { return false }
      return try !JobTable.list(filter, in: transaction).isEmpty
    }
  }
}

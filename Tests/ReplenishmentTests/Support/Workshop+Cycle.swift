import Foundation
import JobQueue
import Synchronization
import Timekeeping

@testable import Replenishment

extension Workshop {
  /// Runs a cycle with one worker beside it.
  func runCycle(isDryRun: Bool = false) async throws -> (report: CycleReport, lines: [String]) {
    let workplace = workplace
    var settings = WorkerPool.Settings(queues: JobKind.workerQueues)
    settings.pollInterval = .milliseconds(5)
    settings.backoff = Backoff(initial: .milliseconds(10), max: .milliseconds(20))
    let now = workplace.clock.now()
    let pool = WorkerPool(
      store: store,
      worker: WorkerRecord(
        id: UUID().uuidString, host: "h", pid: 1, version: "0", kinds: JobKind.workerKinds.map(\.rawValue),
        queues: JobKind.workerQueues, startedAt: now, heartbeatAt: now),
      handlers: Handlers.all { workplace }, settings: settings, clock: workplace.clock, logger: workplace.logger,
      randomness: { SystemRandomNumberGenerator() }, describe: { "\($0)" })
    let working = Task { try await pool.run() }
    let events = Mutex<[CycleEvent]>([])
    let report = await Result.catching {
      try await ReplenishmentCycle(
        workplace: workplace, scheduler: "s", crew: Crew { _ in }, isDryRun: isDryRun,
        tell: { event in events.withLock { $0.append(event) } }
      ).run()
    }
    pool.drain()
    try await working.value
    return (try report.get(), events.withLock { $0 }.flatMap(\.lines))
  }
}

extension Result where Failure == any Error {
  fileprivate static func catching(_ body: () async throws -> Success) async -> Result {
    do {
      return .success(try await body())
    } catch {
      return .failure(error)
    }
  }
}

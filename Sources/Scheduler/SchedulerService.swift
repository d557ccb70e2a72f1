import Connectors
import Database
import Foundation
import JobQueue
import LeadStore
import Leads
import Logging
import Operations
import Replenishment
import Synchronization
import Timekeeping

/// The life of a scheduler process.
struct SchedulerService: Sendable {
  /// How long `--mode once` waits for another scheduler's cycle.
  private static let waitForOthers = Duration.seconds(60)

  let program: Program
  /// Workers to run in this process from the start; nil: only when nobody else takes the jobs.
  let embeddedWorkers: Int?

  // MARK: Once

  func runOnce() async throws -> ExitStatus {
    let teller = CycleTeller(program: program)
    let crm = try await openCRM()
    let workers = EmbeddedWorkers(program: program, crm: crm, concurrency: embeddedWorkers, tell: teller.tell)
    if embeddedWorkers != nil { workers.start(because: nil) }
    let cycle = Task {
      try await retryingWhileBusy {
        try await ReplenishmentCycle(
          workplace: program.workplace(crm: crm), scheduler: program.processID,
          crew: workers.crew, tell: teller.tell
        ).run()
      }
    }
    let signals = Signals.handle([SIGTERM, SIGINT]) { _ in
      if cycle.isCancelled { _exit(130) }
      cycle.cancel()
    }
    defer { signals.forEach { $0.cancel() } }
    let result = await cycle.result
    teller.end()
    do {
      try await workers.stop()
      try await BulletinDelivery(program: program).run()
      try await program.maintenance().pass()
    } catch {
      // What the cycle did is what counts; the rest is done by whoever starts next.
      program.logger.warning("could not tidy up", metadata: ["reason": "\(ErrorText.describe(error))"])
    }
    return try ExitStatus(of: result.get())
  }

  /// People are told of a CRM that cannot be found.
  private func openCRM() async throws -> CRMClient {
    do {
      return try await CRMConnection.open(for: program)
    } catch let error as ProgramError {
      await program.alert([CycleFindings.failure("\(error)", ofCRM: true)])
      try await BulletinDelivery(program: program).run()
      throw error
    }
  }

  /// Another scheduler in the middle of its cycle is waited for.
  private func retryingWhileBusy(_ body: () async throws -> CycleReport) async throws -> CycleReport {
    let deadline = ContinuousClock.now + Self.waitForOthers
    while true {
      do {
        return try await body()
      } catch let error as LeadStoreError {
        guard case .cycleRunning = error, ContinuousClock.now < deadline else { throw error }
        try await Task.sleep(for: .milliseconds(200))
      }
    }
  }

  // MARK: Continuous

  /// Keeps the schedule of cycles, and runs those that come due, until the first signal: a cycle at work is closed then, and
  /// its job handed back. Of several schedulers on one store the one that holds the role keeps the schedule; each may run
  /// the cycle that came due, so that a tick does not wait for a scheduler that has died since.
  func runContinuously() async throws -> ExitStatus {
    let runner = CycleRunner(program: program, embeddedWorkers: embeddedWorkers, teller: CycleTeller(program: program))
    let pool = program.cyclePool { try await runner.run($0, $1) }
    let ticker = Ticker(
      holder: program.processID, store: program.store, clock: program.clock, logger: program.logger,
      describe: ErrorText.describe,
      duties: { [program] in
        [CycleTick.duty(every: program.configuration.monitoring.checkInterval)]
          + BulletinDuties.all(program.alertBook, program.digest)
      })
    let work = Task { try await self.work(ticker, pool) }
    let isStopped = Mutex(false)
    let signals = Signals.handle([SIGTERM, SIGINT]) { [program] _ in
      let isSecond = isStopped.withLock { isStopped in
        defer { isStopped = true }
        return isStopped
      }
      if isSecond { _exit(130) }
      program.supervisor.stopping()
      work.cancel()
      program.endWaiting()
    }
    let reload = Signals.handle([SIGHUP]) { [program] _ in
      program.reload()
      ticker.nudge()
    }
    defer { (signals + reload).forEach { $0.cancel() } }
    try await program.supervisor.attended(program.store) { try await work.value }
    program.logger.info("scheduler ended")
    return .done
  }

  private func work(_ ticker: Ticker, _ pool: WorkerPool) async throws {
    program.logger.info("scheduler started", metadata: ["store": "\(program.store.path)"])
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await program.maintenance().run() }
      group.addTask { await ticker.run() }
      // With workers of its own it may be the only program there is.
      if embeddedWorkers != nil, let bulletins = program.bulletinPool() {
        group.addTask { try await bulletins.run() }
      }
      // The group's own task: cancelled, the pool hands back what it runs before this returns.
      try await pool.run()
      group.cancelAll()
    }
  }
}

extension ExitStatus {
  /// How `--mode once` and `apply` end.
  init(of report: CycleReport) {
    self =
      switch report.ending {
      case .sufficient, .blocked, .held, .postponed: .done
      case .uploaded(let count): count.created + count.duplicates == 0 && count.errors > 0 ? .failed : .done
      case .sourcesBroken, .unresolved, .failed(.work): .failed
      case .refused(let refusal): refusal.isTemporary ? .busy : .failed
      case .failed(.crm): .unavailable
      }
  }
}

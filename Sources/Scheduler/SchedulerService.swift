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
  /// Of several schedulers on one store only the one that holds this role runs cycles by the clock.
  private static let role = "scheduler"
  private static let roleDuration = Duration.seconds(20)
  private static let tick = Duration.seconds(1)
  /// How long `--mode once` waits for another scheduler's cycle.
  private static let waitForOthers = Duration.seconds(60)

  let program: Program
  /// Workers to run in this process from the start; nil: only when nobody else takes the jobs.
  let embeddedWorkers: Int?

  // MARK: Once

  func runOnce() async throws -> ExitStatus {
    let teller = CycleTeller(program: program)
    let crm = try await CRMConnection.open(for: program)
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
      try await Maintenance(program: program).pass()
    } catch {
      // What the cycle did is what counts; the rest is done by whoever starts next.
      program.logger.warning("could not tidy up", metadata: ["reason": "\(ErrorText.describe(error))"])
    }
    return try ExitStatus(of: result.get())
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

  func runContinuously() async throws -> ExitStatus {
    let teller = CycleTeller(program: program)
    let stop = Mutex(false)
    let loop = Task { try await self.loop(teller, isStopped: { stop.withLock { $0 } }) }
    let signals = Signals.handle([SIGTERM, SIGINT]) { _ in
      let isSecond = stop.withLock { isStopped in
        defer { isStopped = true }
        return isStopped
      }
      if isSecond { _exit(130) }
      loop.cancel()
    }
    let reload = Signals.handle([SIGHUP]) { [program] _ in program.reload() }
    defer { (signals + reload).forEach { $0.cancel() } }
    do {
      try await loop.value
    } catch is CancellationError {
      program.logger.info("scheduler ended")
    }
    return .done
  }

  private func loop(_ teller: CycleTeller, isStopped: @escaping @Sendable () -> Bool) async throws {
    program.logger.info("scheduler started", metadata: ["store": "\(program.store.path)"])
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await Maintenance(program: program).run() }
      group.addTask { try await keepRole() }
      var lastCycle: ContinuousClock.Instant?
      while !isStopped() {
        try Task.checkCancellation()
        let interval = program.configuration.monitoring.checkInterval
        let isDue = lastCycle.map { ContinuousClock.now - $0 >= interval } ?? true
        if isDue, await isLeader() {
          lastCycle = .now
          await runCycle(teller)
        }
        try await Task.sleep(for: min(Self.tick, interval))
      }
      group.cancelAll()
    }
  }

  /// Keeps the role, if it is ours, while a long cycle is at work; runs until cancelled.
  private func keepRole() async throws {
    while true {
      try await Task.sleep(for: Self.roleDuration / 4)
      _ = await isLeader()
    }
  }

  /// Takes or keeps the role of the one scheduler that runs by the clock.
  private func isLeader() async -> Bool {
    do {
      return try await program.store.write { [program] in
        try LeadershipTable.claim(
          Self.role, holder: program.processID, duration: Self.roleDuration, now: program.clock.now(), in: $0) != nil
      }
    } catch {
      program.logger.error("the store cannot be used", metadata: ["reason": "\(ErrorText.describe(error))"])
      return false
    }
  }

  /// A cycle that fails is told and logged; the next one begins afresh.
  private func runCycle(_ teller: CycleTeller) async {
    do {
      let crm = try await CRMConnection.open(for: program)
      let workers = EmbeddedWorkers(program: program, crm: crm, concurrency: embeddedWorkers, tell: teller.tell)
      if embeddedWorkers != nil { workers.start(because: nil) }
      let cycle = ReplenishmentCycle(
        workplace: program.workplace(crm: crm), scheduler: program.processID,
        crew: embeddedWorkers == nil ? .none : workers.crew, tell: teller.tell)
      do {
        _ = try await cycle.run()
        try await workers.stop()
      } catch {
        try await workers.stop()
        throw error
      }
    } catch {
      if error is CancellationError { return }
      program.logger.error("the cycle failed", metadata: ["reason": "\(ErrorText.describe(error))"])
    }
    teller.end()
  }
}

extension ExitStatus {
  /// How `--mode once` ends.
  fileprivate init(of report: CycleReport) {
    self =
      switch report.ending {
      case .sufficient, .blocked, .held: .done
      case .uploaded(let count): count.created + count.duplicates == 0 && count.errors > 0 ? .failed : .done
      case .sourcesBroken, .unresolved, .failed(.work): .failed
      case .failed(.crm): .unavailable
      }
  }
}

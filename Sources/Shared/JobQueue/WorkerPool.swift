public import Database
public import Logging
import Synchronization
public import Timekeeping

/// A worker process's pool: leases jobs, runs the handlers of their kinds, keeps the leases alive, settles.
///
/// A job keeps its slot and its heartbeat until its settle is committed or refused. `drain()` stops leasing and lets what
/// runs finish until the deadline; what is left is handed back without a failure.
public final class WorkerPool: Sendable {
  public struct Settings: Sendable {
    /// Jobs at once, > 0.
    public var concurrency = 4
    public var leaseDuration = Duration.seconds(120)
    public var drainTimeout = Duration.seconds(25)
    public var backoff = Backoff(initial: .seconds(2), max: .seconds(600))
    /// The longest that an available job waits for an idle worker.
    public var pollInterval = Duration.milliseconds(100)
    /// In this order.
    public var queues: [String]

    public init(queues: [String]) {
      self.queues = queues
    }
  }

  private struct State {
    var running: [Lease: JobContext] = [:]
    var isDraining = false
    var isOver = false
    var lastBurial = ContinuousClock.now
  }

  public let worker: WorkerRecord
  private let store: Store
  private let settings: Settings
  private let handlers: [String: JobHandler]
  private let clock: WallClock
  private let logger: Logger
  private let describe: @Sendable (any Error) -> String
  private let randomness: @Sendable () -> any RandomNumberGenerator
  private let state = Mutex(State())
  private let leaseBell = Wakeup()
  private let heartBell = Wakeup()

  /// `randomness` spreads the backoffs. `describe` turns a handler's error into the reason kept with the job: free of
  /// personal data and secrets.
  public init(
    store: Store, worker: WorkerRecord, handlers: [JobHandler], settings: Settings, clock: WallClock, logger: Logger,
    randomness: @escaping @Sendable () -> any RandomNumberGenerator, describe: @escaping @Sendable (any Error) -> String
  ) {
    precondition(
      Set(worker.kinds).isSubset(of: handlers.map(\.kind)), "a worker takes only kinds that it has handlers for")
    self.store = store
    self.worker = worker
    self.settings = settings
    self.handlers = Dictionary(uniqueKeysWithValues: handlers.map { ($0.kind, $0) })
    self.clock = clock
    self.logger = logger
    self.describe = describe
    self.randomness = randomness
  }

  /// Registers the worker and works until drained. Throws only when it cannot register.
  public func run() async throws {
    try await store.write { [worker] in try WorkerTable.register(worker, in: $0) }
    // Not a child: when this task is cancelled, what runs still needs its leases until it is settled or handed back.
    let heart = Task { await keepLeases() }
    await withTaskCancellationHandler {
      await work()
    } onCancel: {
      drain()
    }
    state.withLock { $0.isOver = true }
    heartBell.ring()
    await heart.value
    do {
      try await store.write { [worker, clock] in try WorkerTable.end(worker.id, now: clock.now(), in: $0) }
    } catch {
      logger.warning("could not sign off", metadata: ["worker": "\(worker.id)", "reason": "\(error)"])
    }
  }

  /// Lets the pool look for jobs at once, when somebody in this process has enqueued some.
  public func nudge() {
    leaseBell.ring()
  }

  /// Stops leasing; `run` returns when what runs has ended or the drain's deadline has passed.
  public func drain() {
    state.withLock { $0.isDraining = true }
    leaseBell.ring()
  }

  // MARK: Leasing

  private func work() async {
    await withDiscardingTaskGroup { jobs in
      while !state.withLock({ $0.isDraining }) && !Task.isCancelled {
        let free = settings.concurrency - state.withLock { $0.running.count }
        let leased = free > 0 ? await lease(atMost: free) : []
        for (job, context) in leased {
          jobs.addTask { await self.perform(job, context) }
        }
        if leased.isEmpty {
          await buryTheDead()
          await leaseBell.wait(upTo: settings.pollInterval)
        }
      }
      await finishRunning()
      jobs.cancelAll()
    }
  }

  /// Waits for what runs, until the drain's deadline.
  private func finishRunning() async {
    let deadline = ContinuousClock.now + settings.drainTimeout
    while ContinuousClock.now < deadline && !Task.isCancelled && state.withLock({ !$0.running.isEmpty }) {
      await leaseBell.wait(upTo: min(.milliseconds(200), deadline - ContinuousClock.now))
    }
  }

  /// Frees the jobs of workers that have died on this machine, without waiting for their leases to run out; at most once a
  /// second.
  private func buryTheDead() async {
    let isDue = state.withLock { state in
      guard ContinuousClock.now - state.lastBurial >= .seconds(1) else { return false }
      state.lastBurial = .now
      return true
    }
    guard isDue else { return }
    do {
      let holders = try await store.read { try JobTable.leaseHolders(in: $0) }
      let dead = holders.filter { ProcessIdentity($0)?.isKnownDead == true }
      guard !dead.isEmpty else { return }
      let count = try await store.write { [clock] in
        try JobTable.expireLeases(ofWorkers: dead, now: clock.now(), in: $0)
      }
      logger.warning("a worker died; its jobs run again", metadata: ["jobs": "\(count)"])
    } catch {
      logger.error("could not look after dead workers", metadata: ["reason": "\(describe(error))"])
    }
  }

  private func lease(atMost count: Int) async -> [(LeasedJob, JobContext)] {
    let asked = ContinuousClock.now
    let request = JobTable.LeaseRequest(
      worker: worker.id, kinds: worker.kinds, queues: settings.queues, count: count, duration: settings.leaseDuration)
    do {
      let hasWork = try await store.read { [clock] in
        try JobTable.hasWork(kinds: request.kinds, queues: request.queues, now: clock.now(), in: $0)
      }
      guard hasWork else { return [] }
      let jobs = try await store.write { [self] transaction in
        // A job that was just handed back is not for this worker to lease again.
        guard !state.withLock({ $0.isDraining }) else { return [LeasedJob]() }
        return try JobTable.lease(request, now: clock.now(), in: transaction)
      }
      return state.withLock { state in
        jobs.map { job in
          let context = JobContext(lease: job.lease, deadline: asked + settings.leaseDuration)
          state.running[job.lease] = context
          return (job, context)
        }
      }
    } catch {
      logger.error("could not lease jobs", metadata: ["reason": "\(describe(error))"])
      await leaseBell.wait(upTo: .seconds(1))
      return []
    }
  }

  // MARK: Heartbeat

  private func keepLeases() async {
    let interval = min(.seconds(5), settings.leaseDuration / 4)
    while !state.withLock({ $0.isOver }) {
      await heartBell.wait(upTo: interval)
      if state.withLock({ $0.isOver }) { return }
      await beat()
    }
  }

  private func beat() async {
    let running = state.withLock { $0.running }
    let asked = ContinuousClock.now
    let leases = Array(running.keys)
    do {
      let (lost, cancelling) = try await store.write { [worker, clock, settings] transaction in
        let now = clock.now()
        try WorkerTable.beat(worker.id, now: now, in: transaction)
        return try JobTable.extend(leases, until: now + settings.leaseDuration, in: transaction)
      }
      for (lease, context) in running where !lost.contains(lease) {
        context.extend(to: asked + settings.leaseDuration)
      }
      for lease in lost { running[lease]?.expire() }
      for lease in cancelling { running[lease]?.requestCancel() }
    } catch {
      logger.error("heartbeat failed", metadata: ["worker": "\(worker.id)", "reason": "\(describe(error))"])
    }
  }

  // MARK: Running and settling

  private func perform(_ job: LeasedJob, _ context: JobContext) async {
    defer {
      state.withLock { $0.running[job.lease] = nil }
      leaseBell.ring()
    }
    guard let handler = handlers[job.kind] else { preconditionFailure("leased a kind without a handler") }
    var logger = logger
    logger[metadataKey: "job_id"] = "\(job.id)"
    logger[metadataKey: "attempt"] = "\(job.attempt)"
    logger[metadataKey: "kind"] = "\(job.kind)"
    do {
      try await settle(job, context, try await handler.run(job, context), logger)
    } catch JobQueueError.leaseLost {
      logger.warning("the lease was lost; the attempt is dropped")
    } catch  where Task.isCancelled {
      await giveBack(job, logger)
    } catch {
      let reason = describe(error)
      logger.warning("the attempt failed", metadata: ["reason": "\(reason)"])
      await settleFailure(job, context, because: reason, logger)
    }
  }

  private func settle(_ job: LeasedJob, _ context: JobContext, _ settlement: Settlement, _ logger: Logger) async throws
  {
    var generator = randomness()
    let backoff = settings.backoff.wait(afterFailures: job.failures + 1, using: &generator)
    while true {
      do {
        // `Store.write` does not look at cancellation: a settle is never cut off.
        let state = try await store.write(settlement.durability) { [clock] transaction in
          try JobTable.requireLease(job.lease, in: transaction)
          try settlement.effects?(transaction)
          return try JobTable.settle(job.lease, settlement.outcome, backoff: backoff, now: clock.now(), in: transaction)
        }
        logger.info("settled", metadata: ["state": "\(state.rawValue)"])
        return
      } catch let error as DatabaseError where error.isPassing {
        // The work is done; only its result cannot be written yet.
        logger.warning("could not settle yet", metadata: ["reason": "\(error)"])
        try context.requireTime(.seconds(1))
        await Wakeup.pause(for: .milliseconds(500))
      }
    }
  }

  private func settleFailure(_ job: LeasedJob, _ context: JobContext, because reason: String, _ logger: Logger) async {
    do {
      try await settle(job, context, Settlement(.retry(after: .zero, because: reason)), logger)
    } catch {
      logger.error("could not settle; the lease will expire", metadata: ["reason": "\(describe(error))"])
    }
  }

  private func giveBack(_ job: LeasedJob, _ logger: Logger) async {
    do {
      try await store.write { [clock] in try JobTable.giveBack([job.lease], now: clock.now(), in: $0) }
      logger.info("handed back unfinished")
    } catch {
      logger.error("could not hand back; the lease will expire", metadata: ["reason": "\(describe(error))"])
    }
  }
}

extension DatabaseError {
  /// Whether the same write may succeed a little later.
  fileprivate var isPassing: Bool {
    switch self {
    case .busy, .diskFull, .connectionLost, .timedOut: true
    default: false
    }
  }
}

public import Database
public import Logging
public import ServiceLifecycle
import Synchronization
public import Timekeeping

/// A worker process's pool: leases jobs, runs the handlers of their kinds, keeps the leases alive, settles.
///
/// One transaction settles what has ended and leases for the free slots; whatever ends while it runs goes into the next one.
/// A job keeps its slot and its heartbeat until its settle is committed or refused. `drain()` stops leasing and lets what
/// runs finish until the deadline; what is left is handed back without a failure.
public final class WorkerPool: Service {
  /// How a pool works.
  public struct Settings: Sendable {
    /// Jobs at once, > 0.
    public var concurrency = 4
    /// Jobs leased by one transaction, > 0.
    public var leaseBatch = 100
    /// Jobs settled by one transaction, > 0. None waits for others to fill it: what ends while a transaction runs goes
    /// into the next.
    public var settleBatch = 100
    /// How long a job stays with a worker that has fallen silent; extended while it runs. > 0, at most an hour.
    public var leaseDuration = Duration.seconds(120)
    /// How long a drain lets jobs run on, ≥ 0; what has not ended by then goes back to the queue.
    public var drainTimeout = Duration.seconds(25)
    /// The wait after a failure.
    public var backoff = Backoff(initial: .seconds(2), max: .seconds(600))
    /// How often an idle pool looks for jobs that no doorbell told it of.
    public var pollInterval = Duration.seconds(1)
    /// How often a worker shows that it lives, > 0; while jobs run at least four times a lease.
    public var heartbeat = Duration.seconds(5)
    /// Where it takes jobs from, in this order.
    public var queues: [String]

    /// The defaults, for these queues.
    public init(queues: [String]) {
      self.queues = queues
    }
  }

  /// As it is registered in the store.
  public let worker: WorkerRecord
  let store: Store
  /// How it works.
  public let settings: Settings
  let handlers: [String: JobHandler]
  let kinds: [ServedKind]
  let clock: WallClock
  let logger: Logger
  let describe: @Sendable (any Error) -> String
  let randomness: @Sendable () -> any RandomNumberGenerator
  let state: Mutex<PoolState>
  /// Rung when there may be something to lease or to settle: one for each lane, so that none takes another's ring.
  let lanes: [Wakeup]
  let heartBell: Wakeup
  /// Nil when nobody measures.
  let meters: PoolMeters?

  /// Turns on their way at once. In a file the writer joins them in one transaction; on a server each is a session's own, and
  /// where several workers are at work more of them only wait for each other's rows and pages.
  private static func laneCount(of dialect: Dialect) -> Int {
    switch dialect {
    case .sqlite: 4
    case .postgresql: 2
    }
  }

  /// `randomness` spreads the backoffs. `describe` turns a handler's error into the reason kept with the job: free of
  /// personal data and secrets.
  public init(
    store: Store, worker: WorkerRecord, handlers: [JobHandler], settings: Settings, clock: WallClock, logger: Logger,
    randomness: @escaping @Sendable () -> any RandomNumberGenerator, describe: @escaping @Sendable (any Error) -> String
  ) {
    precondition(
      Set(worker.kinds).isSubset(of: handlers.map(\.kind.name)), "a worker takes only kinds that it has handlers for")
    precondition(
      settings.concurrency > 0 && settings.leaseBatch > 0 && settings.settleBatch > 0, "a pool has slots")
    self.store = store
    self.worker = worker
    self.settings = settings
    self.handlers = Dictionary(uniqueKeysWithValues: handlers.map { ($0.kind.name, $0) })
    kinds = handlers.map(\.kind).filter { worker.kinds.contains($0.name) }
    self.clock = clock
    state = Mutex(PoolState(looksFirst: store.dialect == .sqlite))
    lanes = (0..<Self.laneCount(of: store.dialect)).map { _ in Wakeup(clock: clock) }
    heartBell = Wakeup(clock: clock)
    meters = PoolMeters(kinds: kinds)
    self.logger = logger
    self.describe = describe
    self.randomness = randomness
  }

  /// Registers the worker and works until drained: by `drain()`, a graceful shutdown of its service group, or, without a
  /// time to finish, cancellation. Throws only when it cannot register.
  public func run() async throws {
    try await store.write { [self] transaction in
      try QueueClockTable.observe(clock.moment(), in: transaction)
      try WorkerTable.register(worker.serving(kinds), in: transaction)
    }
    let listening = store.listen { [self] in hear($0) }
    // Not children: when this task is cancelled, what runs still needs its leases until it is settled or handed back.
    let heart = Task { await keepLeases() }
    let working = Task { await work() }
    await withTaskCancellationHandler {
      await withGracefulShutdownHandler {
        await working.value
      } onGracefulShutdown: { [self] in
        drain()
      }
    } onCancel: {
      drain(within: .zero)
    }
    state.withLock { $0.isOver = true }
    heartBell.ring()
    await heart.value
    withExtendedLifetime(listening) {}
    await signOff()
  }

  /// Stops leasing; `run` returns when what runs has ended, or soon after the drain's deadline.
  public func drain() {
    drain(within: settings.drainTimeout)
  }

  private func drain(within time: Duration) {
    state.withLock { state in
      let deadline = clock.elapsed() + time
      state.drainDeadline = min(state.drainDeadline ?? deadline, deadline)
    }
    ringAll()
  }

  private func hear(_ notices: Set<Notice>) {
    if notices.contains(.work) {
      state.withLock { $0.rings += 1 }
      // The lane that looks for work.
      lanes[0].ring()
    }
    if notices.contains(.cancellation) { heartBell.ring() }
  }

  private func signOff() async {
    do {
      try await store.write { [worker, clock] in try WorkerTable.end(worker.id, now: clock.now(), in: $0) }
    } catch {
      logger.warning("could not sign off", metadata: ["worker": "\(worker.id)", "reason": "\(describe(error))"])
    }
  }
}

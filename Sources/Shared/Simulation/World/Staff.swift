import Connectors
import Database
import JobQueue
import LeadStore
import Leads
import Logging
import Replenishment
import Timekeeping

/// What the processes of a world run: the programs' own parts, put together as the programs do.
struct Staff {
  enum Role: String { case scheduler, worker }

  let world: World
  let process: SimulatedProcess

  /// Works until it is stopped or dies.
  func run(_ role: Role) async {
    do {
      let store = try await open()
      switch role {
      case .scheduler: try await schedule(store)
      case .worker: try await work(store)
      }
    } catch {
      // A program that cannot start ends, and is started again by whoever looks after it.
      world.trace.note("\(process.name) ended: \(Self.describe(error))")
    }
  }

  func open() async throws -> Store {
    try await process.pass()
    let store = try await LeadStore.open(world.store, now: world.moment.wall, host: process.host)
    try await store.write { [world] transaction in
      try StoreIdentityTable.make("world-\(world.seed)", in: transaction)
      try JobKind.declareQueues(in: transaction)
    }
    return store
  }

  private func schedule(_ store: Store) async throws {
    var pace = Ticker.Pace()
    pace.roleDuration = .seconds(4 * 3600)
    pace.sleepMax = .seconds(6 * 3600)
    pace.standByInterval = .seconds(2 * 3600)
    let ticker = Ticker(
      holder: process.name, store: store, pace: pace, clock: process.clock, logger: logger, describe: Self.describe,
      duties: { [self] in [CycleTick.duty(every: world.scenario.interval)] + bulletinDuties })
    let crm = client(store)
    let cycles = pool(
      store,
      [
        JobHandler(kind: ServedKind(JobKind.cycle.rawValue)) { [self] _, _ in
          try await CycleTick.settlement(describe: Self.describe, logger: logger) {
            try await ReplenishmentCycle(
              workplace: workplace(store, crm), scheduler: process.name, crew: .none, tell: tell
            ).run()
          }
        }
      ], queues: [JobKind.cycle.queue], concurrency: 1)
    try await runTogether(cycles, store) { await ticker.run() }
  }

  private func work(_ store: Store) async throws {
    let crm = client(store)
    let notify = NotifyHandler(store: store, clock: process.clock) { [world, process] channel, letter in
      try await world.post.bring(letter, by: channel, from: process)
    }
    let jobs = pool(
      store, Handlers.all { [self] in workplace(store, crm) } + [notify.handler],
      queues: JobKind.workerQueues + [JobKind.notify.queue], concurrency: 2)
    try await runTogether(jobs, store) {}
  }

  private var bulletinDuties: [Ticker.Duty] {
    let policy = world.scenario.policy
    let forecast = ForecastReading(
      calendar: world.calendar, policy: policy, rules: Policy.Forecasting(), sourcePaths: world.shelf.paths)
    return BulletinDuties.all(
      AlertBook(rules: world.scenario.alerts, calendar: world.calendar),
      Digest(policy: policy, calendar: world.calendar, forecast: forecast))
  }

  /// The pool and what stands beside it, until the pool ends.
  private func runTogether(_ pool: WorkerPool, _ store: Store, _ beside: @escaping @Sendable () async -> Void)
    async throws
  {
    process.stop = { pool.drain() }
    let maintenance = QueueMaintenance(
      store: store, holder: process.name, settings: Self.maintenance, clock: process.clock, logger: logger,
      describe: Self.describe)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await beside() }
      group.addTask { await maintenance.run() }
      try await pool.run()
      group.cancelAll()
    }
  }

  private static var maintenance: QueueMaintenance.Settings {
    var settings = QueueMaintenance.Settings()
    settings.interval = .seconds(12 * 3600)
    settings.pruningInterval = .seconds(24 * 3600)
    settings.succeeded = Retention(age: .seconds(86_400), count: 1000)
    settings.cancelled = settings.succeeded
    return settings
  }

  private func pool(_ store: Store, _ handlers: [JobHandler], queues: [String], concurrency: Int) -> WorkerPool {
    var settings = WorkerPool.Settings(queues: queues)
    settings.concurrency = concurrency
    settings.leaseDuration = .seconds(240)
    settings.drainTimeout = .seconds(25)
    settings.backoff = Backoff(initial: .seconds(2), max: .seconds(600))
    settings.pollInterval = .seconds(1800)
    settings.heartbeat = .seconds(6 * 3600)
    let now = world.moment.wall
    let record = WorkerRecord(
      id: process.name, host: "simulated", pid: 1, version: "0", kinds: handlers.map(\.kind.name), queues: queues,
      startedAt: now, heartbeatAt: now)
    return WorkerPool(
      store: store, worker: record, handlers: handlers, settings: settings, clock: process.clock, logger: logger,
      randomness: { [world] in SeededRandom(seed: world.random.next()) }, describe: Self.describe)
  }

  private func client(_ store: Store) -> CRMClient {
    guard let address = CRMAddress(SimulatedCRM.address) else { preconditionFailure("a CRM's address is one") }
    let budget = RequestBudget(
      store: store, limit: RateLimit(destination: address.text, perMinute: world.scenario.requestsPerMinute),
      clock: process.clock)
    var settings = CRMClientSettings(address: address, login: CRMLogin(username: "u", password: "p"))
    settings.metrics = world.scenario.metrics == .sql ? .postgres : .api
    return CRMClient(
      settings: settings,
      database: world.scenario.metrics == .sql ? SimulatedCRMDatabase(world: world, process: process) : nil,
      makeTransport: { [world, process] _ in SimulatedNetwork(world: world, process: process) },
      requestPermit: { try await budget.take() },
      onRateLimited: { [world, process] time in
        do {
          try await budget.hold(for: time)
        } catch {
          world.trace.note("\(process.name) could not hold: \(error)")
        }
      })
  }

  private func workplace(_ store: Store, _ crm: CRMClient) -> Workplace {
    process.learnDailyLimit(world.scenario.policy.maxDailyUploads)
    var workplace = Workplace(
      store: store, crm: crm, policy: world.scenario.policy, sourcePaths: world.shelf.paths, calendar: world.calendar,
      upload: world.scenario.upload, clock: process.clock, logger: logger, actor: process.name)
    workplace.alerts = world.scenario.alerts
    workplace.watchInterval = .seconds(20)
    return workplace
  }

  private var logger: Logger { world.trace.logger(process.name) }

  @Sendable private func tell(_ event: CycleEvent) {
    if case .progress = event { return }
    world.trace.note("\(process.name): \(event.lines.joined(separator: " · "))")
  }

  @Sendable static func describe(_ error: any Error) -> String { "\(error)" }
}

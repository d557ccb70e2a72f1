import Database
import JobQueue
import Logging
import Synchronization
import TestSupport
import Testing
import Timekeeping

/// What a pool does beside running a handler: batches, doorbell, time-outs, requests to cancel.
@Suite(.serialized, .timeLimit(.minutes(4)), .onEachEngine) struct PoolLaneTests {
  private let queue: QueueStore

  init() async throws {
    queue = try await QueueStore()
  }

  private func pool(
    _ id: String = "pool", timeout: Duration? = nil, clock: WallClock = .system,
    settings change: (inout WorkerPool.Settings) -> Void = { _ in },
    run: @escaping @Sendable (LeasedJob, JobContext) async throws -> Settlement
  ) -> WorkerPool {
    var settings = WorkerPool.Settings(queues: ["q"])
    settings.backoff = Backoff(initial: .milliseconds(1), max: .milliseconds(1))
    // Nothing here may depend on the poll.
    settings.pollInterval = .seconds(3600)
    change(&settings)
    return WorkerPool(
      store: queue.store, worker: .named(id, at: WallClock.system.now()),
      handlers: [JobHandler(kind: "k", timeout: timeout, run: run)], settings: settings, clock: clock,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, randomness: { SeededGenerator(seed: 1) },
      describe: { "\($0)" })
  }

  private func enqueue(_ count: Int, maxFailures: Int = 3) async throws -> [Int64] {
    try await queue.write { transaction in
      let jobs = (0..<count).map { _ in NewJob.plain(maxFailures: maxFailures) }
      return try JobTable.enqueue(jobs, now: start, in: transaction).compactMap(\.self)
    }
  }

  @Test(
    "However leases and settles are batched, each job runs once, and no more at once than there are slots",
    arguments: [(1, 1, 1), (4, 1, 1), (8, 3, 2), (40, 10, 10), (5, 100, 100)])
  func batches(concurrency: Int, leaseBatch: Int, settleBatch: Int) async throws {
    let ids = try await enqueue(400)
    let counts = Mutex((running: 0, most: 0, runs: [Int64: Int]()))
    let isDone = Signal()
    let pool = pool { settings in
      (settings.concurrency, settings.leaseBatch, settings.settleBatch) = (concurrency, leaseBatch, settleBatch)
    } run: { job, _ in
      counts.withLock { counts in
        counts.running += 1
        counts.most = max(counts.most, counts.running)
        counts.runs[job.id, default: 0] += 1
      }
      await Task.yield()
      let isLast = counts.withLock { counts in
        counts.running -= 1
        return counts.runs.count == 400 && counts.running == 0
      }
      if isLast { isDone.give() }
      return Settlement(.succeeded(result: nil))
    }
    let running = Task { try await pool.run() }
    await isDone.wait()
    pool.drain()
    try await running.value
    #expect(counts.withLock { $0.runs } == Dictionary(uniqueKeysWithValues: ids.map { ($0, 1) }))
    #expect(counts.withLock { $0.most } <= concurrency)
    let states = try await queue.store.read { try JobTable.counts(in: $0) }
    #expect(states.map(\.state) == [.succeeded] && states.map(\.count) == [400])
  }

  @Test("An idle pool is woken by a commit of another process, and by the moment at which a job falls due")
  func woken() async throws {
    let started = Mutex<[Int64]>([])
    let (first, second) = (Signal(), Signal())
    let pool = pool { job, _ in
      let count = started.withLock { started in
        started.append(job.id)
        return started.count
      }
      (count == 1 ? first : second).give()
      return Settlement(.succeeded(result: nil))
    }
    let running = Task { try await pool.run() }
    // Idle by now, or soon: the poll would find the job after an hour.
    _ = try await queue.store.read { try WorkerTable.list(limit: 9, in: $0) }
    let steps = queue.steps
    let other = try await Store.open(queue.store.address, steps: steps, now: start)
    try await other.write { _ = try JobTable.enqueue(.plain(), now: WallClock.system.now(), in: $0) }
    await first.wait()
    try await other.write { transaction in
      let now = WallClock.system.now()
      _ = try JobTable.enqueue(.plain(runAt: now + .milliseconds(150)), now: now, in: transaction)
    }
    await second.wait()
    pool.drain()
    try await running.value
    let jobs = try await queue.store.read { transaction in
      try started.withLock { $0 }.map { id in try JobTable.events(of: id, in: transaction) }
    }
    let leasedAt = try #require(jobs[1].first { $0.transition == .leased }?.at)
    let dueAt = try #require(jobs[1].first?.at) + .milliseconds(150)
    #expect(leasedAt >= dueAt)
  }

  @Test("An attempt that takes longer than its kind may is stopped and counts as failed; one that finishes does not")
  func timeout() async throws {
    let ids = try await enqueue(1, maxFailures: 1)
    let pool = pool(timeout: .milliseconds(20)) { _, _ in
      try await Task.sleep(for: .seconds(86_400))
      return Settlement(.succeeded(result: nil))
    }
    let running = Task { try await pool.run() }
    let job = try await ended(ids[0])
    pool.drain()
    try await running.value
    #expect(job.state == .dead && job.failures == 1 && job.reason == "it ran longer than 20 ms")
  }

  @Test("A request to cancel stops the running handler at once, long before its next heartbeat")
  func cancellation() async throws {
    let ids = try await enqueue(1)
    let isRunning = Signal()
    let wasCancelled = Mutex(false)
    let pool = pool { settings in
      settings.leaseDuration = .seconds(3600)
    } run: { _, context in
      isRunning.give()
      do {
        try await Task.sleep(for: .seconds(86_400))
      } catch {
        wasCancelled.withLock { $0 = context.isCancelRequested }
        throw error
      }
      return Settlement(.succeeded(result: nil))
    }
    let running = Task { try await pool.run() }
    await isRunning.wait()
    let began = ContinuousClock.now
    let isAsked = try await queue.write {
      try JobTable.cancel(ids[0], because: "not needed", now: WallClock.system.now(), in: $0)
    }
    #expect(isAsked)
    let job = try await ended(ids[0])
    // A heartbeat comes every five seconds.
    #expect(ContinuousClock.now - began < .seconds(4))
    pool.drain()
    try await running.value
    #expect(job.state == .cancelled && job.reason == "not needed" && job.failures == 0)
    #expect(wasCancelled.withLock { $0 })
  }

  @Test("A drain with a turn under way loses no job and leaves none leased", arguments: 0..<10)
  func drainUnderLoad(round: Int) async throws {
    _ = try await enqueue(300)
    let ran = Mutex(0)
    let isBusy = Signal()
    let pool = pool { settings in
      (settings.concurrency, settings.leaseBatch, settings.settleBatch) = (20, 5, 5)
      settings.drainTimeout = round % 2 == 0 ? .seconds(20) : .zero
    } run: { _, _ in
      let count = ran.withLock { ran in
        ran += 1
        return ran
      }
      if count == 20 + 10 * round { isBusy.give() }
      await Task.yield()
      return Settlement(.succeeded(result: nil))
    }
    let running = Task { try await pool.run() }
    await isBusy.wait()
    if round % 3 == 0 { running.cancel() } else { pool.drain() }
    try await running.value
    let counts = try await queue.store.read { try JobTable.counts(in: $0) }
    let byState = Dictionary(uniqueKeysWithValues: counts.map { ($0.state, $0.count) })
    #expect(byState[.leased] == nil && byState[.dead] == nil)
    #expect((byState[.succeeded] ?? 0) + (byState[.available] ?? 0) == 300)
    let failures = try await queue.store.read { try $0.first("SELECT sum(failures) FROM job") { $0.int(0) } }
    #expect(failures == 0)
  }

  @Test(
    "When the clock is set while a job runs, a transaction that is rolled back does not lose the move of the leases")
  func clockSetInRolledBackTransaction() async throws {
    let ids = try await enqueue(2)
    let ahead = Mutex(Duration.zero)
    let clock = WallClock { [machine = WallClock.system] in
      let moment = machine.moment()
      return Moment(
        wall: moment.wall + ahead.withLock { $0 }, bootID: moment.bootID ?? "boot", sinceBoot: moment.sinceBoot)
    }
    struct Refused: Error {}
    let (isRunning, isRetried, release) = (Signal(), Signal(), Signal())
    let pool = pool(clock: clock) { job, _ in
      if job.id == ids[0] {
        isRunning.give()
        await release.wait()
      } else if job.attempt == 1 {
        await isRunning.wait()
        ahead.withLock { $0 = .seconds(3600) }
        return Settlement(.succeeded(result: nil)) { _ in throw Refused() }
      } else {
        isRetried.give()
      }
      return Settlement(.succeeded(result: nil))
    }
    let running = Task { try await pool.run() }
    await isRetried.wait()
    release.give()
    pool.drain()
    try await running.value
    let transitions = try await queue.store.read { transaction in try ids.map { try transaction.transitions($0) } }
    #expect(transitions[0] == [.enqueued, .leased, .succeeded])
    #expect(transitions[1] == [.enqueued, .leased, .retried, .due, .leased, .succeeded])
  }

  @Test("An attempt whose lease is lost is stopped, not only refused at its end")
  func lostLeaseStops() async throws {
    let ids = try await enqueue(1)
    let (isRunning, isStopped) = (Signal(), Signal())
    let pool = pool { settings in
      settings.leaseDuration = .seconds(2)
    } run: { _, _ in
      isRunning.give()
      do {
        try await Task.sleep(for: .seconds(86_400))
      } catch {
        isStopped.give()
        throw error
      }
      return Settlement(.succeeded(result: nil))
    }
    let running = Task { try await pool.run() }
    await isRunning.wait()
    try await queue.write { transaction in
      _ = try transaction.leaseOne(worker: "w2", at: WallClock.system.now() + .seconds(120))
    }
    await isStopped.wait()
    pool.drain()
    try await running.value
    let job = try await queue.store.read { try $0.job(ids[0]) }
    #expect(job.state == .leased && job.workerID == "w2" && job.attempt == 2)
  }

  @Test("Jobs that a rate holds back are waited for, not asked for again and again")
  func rateIsNoHotLoop() async throws {
    try await queue.write { transaction in
      let settings = QueueSettings(destination: "d", startsPerMinute: 1)
      try JobTable.declareQueue("q", settings, in: transaction)
    }
    _ = try await enqueue(3)
    let isRun = Signal()
    let asked = Mutex(0)
    let clock = WallClock { [machine = WallClock.system] in
      asked.withLock { $0 += 1 }
      return machine.moment()
    }
    let pool = pool(clock: clock) { _, _ in
      isRun.give()
      return Settlement(.succeeded(result: nil))
    }
    let running = Task { try await pool.run() }
    await isRun.wait()
    let before = asked.withLock { $0 }
    try await Task.sleep(for: .milliseconds(500))
    // Two looks at the clock every 100 ms; a hot loop takes thousands.
    #expect(asked.withLock { $0 } - before < 60)
    pool.drain()
    try await running.value
  }

  private func ended(_ id: Int64) async throws -> JobRecord {
    while true {
      let job = try await queue.store.read { try $0.job(id) }
      if !job.state.isUnfinished { return job }
      try await Task.sleep(for: .milliseconds(1))
    }
  }
}

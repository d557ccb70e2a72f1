import Database
import JobQueue
import Logging
import Synchronization
import TestSupport
import Testing
import Timekeeping

@Suite(.serialized, .timeLimit(.minutes(3)), .onEachEngine) struct WorkerPoolTests {
  private struct Broken: Error {}

  private let queue: QueueStore

  init() async throws {
    queue = try await QueueStore()
  }

  private func pool(
    _ id: String = "pool", concurrency: Int = 4, lease: Duration = .seconds(60), drainTimeout: Duration = .seconds(20),
    run: @escaping @Sendable (LeasedJob, JobContext) async throws -> Settlement
  ) -> WorkerPool {
    var settings = WorkerPool.Settings(queues: ["q"])
    settings.concurrency = concurrency
    settings.leaseDuration = lease
    settings.drainTimeout = drainTimeout
    settings.pollInterval = .milliseconds(1)
    settings.backoff = Backoff(initial: .seconds(8), max: .seconds(8))
    let now = WallClock.system.now()
    return WorkerPool(
      store: queue.store, worker: .named(id, at: now), handlers: [JobHandler(kind: "k", run: run)], settings: settings,
      clock: .system, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
      randomness: { SeededGenerator(seed: 1) }, describe: { "described: \(type(of: $0))" })
  }

  /// Enqueues as if long ago, so that the system's clock finds the jobs due.
  private func enqueue(_ count: Int = 1, maxFailures: Int = 3) async throws -> [Int64] {
    try await queue.write { transaction in
      try (0..<count).map { try transaction.enqueue(.plain("\($0)", maxFailures: maxFailures)) }
    }
  }

  private func job(_ id: Int64) async throws -> JobRecord {
    try await queue.store.read { try $0.job(id) }
  }

  private func transitions(_ id: Int64) async throws -> [JobTransition] {
    try await queue.store.read { try $0.transitions(id) }
  }

  /// Looks at a job until `isDone`: its settle is committed some time after its handler returned.
  private func job(_ id: Int64, when isDone: (JobRecord) -> Bool) async throws -> JobRecord {
    while true {
      let job = try await job(id)
      if isDone(job) { return job }
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  @Test("Every job is run once and settled with its result and its effects; the worker signs on and off")
  func runs() async throws {
    let ids = try await enqueue(25)
    let runs = Mutex<[String]>([])
    let allRun = Signal()
    let pool = pool { job, _ in
      let count = runs.withLock { runs in
        runs.append(job.payload)
        return runs.count
      }
      if count == 25 { allRun.give() }
      return Settlement(.succeeded(result: job.payload)) { try $0.run("UPDATE worker SET version = 'touched'") }
    }
    let running = Task { try await pool.run() }
    await allRun.wait()
    pool.drain()
    try await running.value
    #expect(runs.withLock { $0.sorted() } == (0..<25).map(String.init).sorted())
    for (number, id) in ids.enumerated() {
      let job = try await job(id)
      #expect(job.state == .succeeded && job.result == "\(number)" && job.attempt == 1 && job.workerID == "pool")
    }
    let worker = try await queue.store.read { try WorkerTable.list(limit: 9, in: $0).first { $0.id == "pool" } }
    #expect(worker?.endedAt != nil && worker?.version == "touched")
  }

  @Test("No more jobs run at once than the pool has slots, and all slots are used")
  func concurrency() async throws {
    _ = try await enqueue(30)
    let counts = Mutex((now: 0, most: 0, done: 0))
    let (allBusy, allDone) = (Signal(), Signal())
    let pool = pool(concurrency: 3) { _, _ in
      let now = counts.withLock { counts in
        counts.now += 1
        counts.most = max(counts.most, counts.now)
        return counts.now
      }
      if now == 3 { allBusy.give() }
      await allBusy.wait()
      let done = counts.withLock { counts in
        counts.now -= 1
        counts.done += 1
        return counts.done
      }
      if done == 30 { allDone.give() }
      return Settlement(.succeeded(result: nil))
    }
    let running = Task { try await pool.run() }
    await allDone.wait()
    pool.drain()
    try await running.value
    #expect(counts.withLock { $0.most } == 3)
  }

  @Test("A thrown error is a failure with its description, to be run again after the backoff")
  func thrownError() async throws {
    let id = try await enqueue()[0]
    let pool = pool { _, _ in throw Broken() }
    let running = Task { try await pool.run() }
    let settled = try await job(id) { $0.failures == 1 }
    pool.drain()
    try await running.value
    #expect(settled.state == .waiting && settled.reason == "described: Broken" && settled.attempt == 1)
    // Full jitter of at most 8 s.
    let failedAt = try await queue.store.read { try #require(try JobTable.events(of: id, in: $0).last).at }
    #expect((Duration.zero...(.seconds(8))).contains(settled.runAt - failedAt))
  }

  @Test("An effect that fails takes the settle back with it, and the attempt counts as failed")
  func failingEffect() async throws {
    let id = try await enqueue(maxFailures: 1)[0]
    let pool = pool { _, _ in
      Settlement(.succeeded(result: nil)) { transaction in
        try transaction.run("UPDATE worker SET version = 'half'")
        throw Broken()
      }
    }
    let running = Task { try await pool.run() }
    let settled = try await job(id) { !$0.state.isUnfinished }
    pool.drain()
    try await running.value
    #expect(settled.state == .dead && settled.reason == "described: Broken")
    let versions = try await queue.store.read { try WorkerTable.list(limit: 9, in: $0).map(\.version) }
    #expect(!versions.contains("half"))
  }

  @Test("A drain leases nothing more and lets what runs finish")
  func drainFinishes() async throws {
    let ids = try await enqueue(2)
    let (isRunning, release) = (Signal(), Signal())
    let pool = pool(concurrency: 1) { _, _ in
      isRunning.give()
      await release.wait()
      return Settlement(.succeeded(result: nil))
    }
    let running = Task { try await pool.run() }
    await isRunning.wait()
    pool.drain()
    release.give()
    try await running.value
    #expect(try await job(ids[0]).state == .succeeded)
    #expect(try await job(ids[1]).state == .available)
    #expect(try await transitions(ids[1]) == [.enqueued])
  }

  @Test("What does not finish before the deadline is handed back without a failure")
  func drainGivesBack() async throws {
    let id = try await enqueue(maxFailures: 1)[0]
    let isRunning = Signal()
    let pool = pool(drainTimeout: .milliseconds(1)) { _, _ in
      isRunning.give()
      try await Task.sleep(for: .seconds(86_400))
      return Settlement(.succeeded(result: nil))
    }
    let running = Task { try await pool.run() }
    await isRunning.wait()
    pool.drain()
    try await running.value
    let job = try await job(id)
    #expect(job.state == .available && job.failures == 0)
    #expect(try await transitions(id) == [.enqueued, .leased, .returned])
  }

  @Test("A second signal, the cancelled pool, ends at once and hands everything back")
  func cancelledPool() async throws {
    let ids = try await enqueue(3)
    let started = Mutex(0)
    let allStarted = Signal()
    let pool = pool { _, _ in
      if started.withLock({
        $0 += 1
        return $0
      }) == 3 {
        allStarted.give()
      }
      try await Task.sleep(for: .seconds(86_400))
      return Settlement(.succeeded(result: nil))
    }
    let running = Task { try await pool.run() }
    await allStarted.wait()
    running.cancel()
    try await running.value
    for id in ids {
      let job = try await job(id)
      #expect(job.state == .available && job.failures == 0)
      #expect(try await transitions(id).last == .returned)
    }
  }

  @Test("A result that is there is settled, even when the task was cancelled meanwhile")
  func settleSurvivesCancellation() async throws {
    let id = try await enqueue()[0]
    let (isRunning, release) = (Signal(), Signal())
    let pool = pool { _, _ in
      isRunning.give()
      await release.wait()
      while !Task.isCancelled { await Task.yield() }
      return Settlement(.succeeded(result: "\"done\""), durability: .power)
    }
    let running = Task { try await pool.run() }
    await isRunning.wait()
    running.cancel()
    release.give()
    try await running.value
    let job = try await job(id)
    #expect(job.state == .succeeded && job.result == "\"done\"")
  }

  @Test("The heartbeat extends the leases of what runs, also after the pool was cancelled, and does not run hot")
  func heartbeat() async throws {
    let id = try await enqueue()[0]
    let (isRunning, release) = (Signal(), Signal())
    let pool = pool(lease: .seconds(2)) { _, _ in
      isRunning.give()
      await release.wait()
      return Settlement(.succeeded(result: nil))
    }
    let running = Task { try await pool.run() }
    await isRunning.wait()
    let first = try #require(try await job(id).leaseExpiresAt)
    running.cancel()
    let beats = Mutex<Set<Timestamp>>([])
    _ = try await job(id) { job in
      guard let expiry = job.leaseExpiresAt else { return true }
      return beats.withLock { beats in
        beats.insert(expiry)
        return expiry >= first + .milliseconds(600)
      }
    }
    release.give()
    try await running.value
    #expect(try await job(id).attempt == 1)
    // One every 500 ms; without a pause there would be hundreds.
    #expect(beats.withLock { $0.count } <= 12)
  }

  @Test("An attempt that lost its lease is told so, and its result is dropped")
  func lostLease() async throws {
    let id = try await enqueue()[0]
    let (isRunning, release) = (Signal(), Signal())
    let heldTime = Mutex<[Bool]>([])
    let pool = pool { _, context in
      heldTime.withLock { $0.append((try? context.requireTime(.seconds(1))) != nil) }
      isRunning.give()
      await release.wait()
      return Settlement(.succeeded(result: "\"stale\"")) { try $0.run("UPDATE worker SET version = 'stale'") }
    }
    let running = Task { try await pool.run() }
    await isRunning.wait()
    // Another worker takes the job over, as after a suspension of this one.
    let other = try await queue.write { transaction in
      let later = WallClock.system.now() + .seconds(120)
      let lease = try transaction.leaseOne(worker: "w2", at: later)
      try transaction.settle(lease, .succeeded(result: "\"fresh\""), at: later)
      return lease
    }
    release.give()
    pool.drain()
    try await running.value
    let job = try await job(id)
    #expect(other.attempt == 2 && job.attempt == 2 && job.result == "\"fresh\"" && job.workerID == "w2")
    #expect(heldTime.withLock { $0 } == [true])
    let versions = try await queue.store.read { try WorkerTable.list(limit: 9, in: $0).map(\.version) }
    #expect(!versions.contains("stale"))
    #expect(try await transitions(id) == [.enqueued, .leased, .reclaimed, .leased, .succeeded])
  }

  @Test(
    "A running attempt notices that its lease is gone, and that somebody asked to cancel", arguments: [true, false])
  func contextIsTold(isCancel: Bool) async throws {
    let id = try await enqueue()[0]
    let isRunning = Signal()
    let told = Signal()
    let pool = pool(lease: .seconds(4)) { _, context in
      isRunning.give()
      while !context.isCancelRequested {
        do {
          try context.requireTime(.zero)
        } catch {
          told.give()
          throw error
        }
        await Task.yield()
      }
      told.give()
      return Settlement(.snooze(until: start, because: "stopped"))
    }
    let running = Task { try await pool.run() }
    await isRunning.wait()
    try await queue.write { transaction in
      if isCancel {
        #expect(try JobTable.cancel(id, because: "by hand", now: start, in: transaction))
      } else {
        _ = try transaction.leaseOne(worker: "w2", at: WallClock.system.now() + .seconds(120))
      }
    }
    await told.wait()
    pool.drain()
    try await running.value
    let job = try await job(id)
    #expect(isCancel ? job.state == .cancelled : job.workerID == "w2" && job.state == .leased)
  }

  @Test("A worker that claims a kind without a handler stops the program before it leases anything")
  func missingHandler() async {
    await #expect(processExitsWith: .failure) {
      let queue = try await QueueStore()
      _ = WorkerPool(
        store: queue.store, worker: .named("pool", kinds: ["k", "other"]), handlers: [], settings: .init(queues: ["q"]),
        clock: .system, logger: Logger(label: "test"), randomness: { SystemRandomNumberGenerator() },
        describe: { _ in "" })
    }
  }
}

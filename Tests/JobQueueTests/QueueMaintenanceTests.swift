import Database
import JobQueue
import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Timekeeping

private let day = Duration.seconds(86_400)

@Suite(.serialized, .timeLimit(.minutes(4)), .onEachEngine) struct QueueMaintenanceTests {
  private let queue: QueueStore
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  init() async throws {
    queue = try await QueueStore()
  }

  private func maintenance(
    _ holder: String = "one", _ change: (inout QueueMaintenance.Settings) -> Void = { _ in }
  ) -> QueueMaintenance {
    var settings = QueueMaintenance.Settings()
    change(&settings)
    return QueueMaintenance(
      store: queue.store, holder: holder, settings: settings, clock: WallClock(startingAt: start), logger: logger,
      describe: { "\($0)" })
  }

  /// Makes jobs and ends them at `time` in the same proportions each time: of ten, seven succeed, two die, one is cancelled.
  private func finish(_ count: Int, at time: Timestamp) async throws {
    try await queue.write { transaction in
      let jobs = Array(repeating: NewJob.plain(), count: count)
      let ids = try JobTable.enqueue(jobs, now: time, in: transaction).compactMap(\.self)
      for id in ids where id % 10 == 0 { _ = try JobTable.cancel(id, because: "test", now: time, in: transaction) }
      let endings = try transaction.lease(count, at: time).map { job in
        JobTable.Ending(
          job.lease, job.id % 10 < 3 ? .discard(because: "test") : .succeeded(result: "1"), backoff: .zero)
      }
      _ = try JobTable.settle(endings, by: "w1", now: time, in: transaction)
    }
  }

  private func counts() async throws -> [JobState: Int] {
    let counts = try await queue.store.read { try JobTable.counts(in: $0) }
    return Dictionary(uniqueKeysWithValues: counts.map { ($0.state, $0.count) })
  }

  private func events() async throws -> Int {
    try await queue.store.read { try $0.first("SELECT count(*) FROM job_event") { $0.int(0) } } ?? 0
  }

  @Test("By default succeeded and cancelled jobs are kept 30 days, dead ones 90, and a million of each")
  func defaults() async throws {
    let settings = QueueMaintenance.Settings()
    #expect(
      [settings.succeeded, settings.cancelled, settings.dead] == [
        Retention(age: day * 30, count: 1_000_000), Retention(age: day * 30, count: 1_000_000),
        Retention(age: day * 90, count: 1_000_000),
      ])
    try await finish(20, at: start)
    let maintenance = maintenance { $0.pruningInterval = .nanoseconds(1) }
    #expect(try await maintenance.pass(now: start + day * 30)?.pruned == [:])
    // Ids 1 to 20: 1, 2, 11, 12 die; 10 and 20 are cancelled.
    let month = try await maintenance.pass(now: start + day * 30 + .seconds(1))
    #expect(month?.pruned == [.succeeded: 14, .cancelled: 2] && month?.hasMore == false)
    #expect(try await counts() == [.dead: 4])
    #expect(try await maintenance.pass(now: start + day * 90 + .seconds(1))?.pruned == [.dead: 4])
    #expect(try await counts() == [:])
    #expect(try await events() == 0)
  }

  @Test("Only one process does the work; another one takes over when the role runs out")
  func oneHolder() async throws {
    try await finish(10, at: start)
    let retention = Retention(age: .seconds(1), count: 0)
    let (one, two) = (maintenance("one"), maintenance("two") { $0.succeeded = retention })
    #expect(try await one.pass(now: start + .seconds(10)) != nil)
    #expect(try await two.pass(now: start + .seconds(29)) == nil)
    #expect(try await counts()[.succeeded] == 7)
    // Long after it, since a role that is held counts from the end of the work.
    #expect(try await two.pass(now: start + .seconds(90))?.pruned == [.succeeded: 7])
    #expect(try await one.pass(now: start + .seconds(91)) == nil)
  }

  @Test("A long backlog goes in small portions, a few a pass, and the pass says that there is more")
  func portions() async throws {
    try await finish(100, at: start)
    let maintenance = maintenance {
      ($0.portion, $0.portionsPerPass) = (10, 3)
      $0.succeeded = Retention(age: .seconds(1), count: 0)
    }
    let now = start + .seconds(2)
    let reports = [
      try await maintenance.pass(now: now), try await maintenance.pass(now: now), try await maintenance.pass(now: now),
    ]
    #expect(reports.map { $0?.pruned } == [[.succeeded: 30], [.succeeded: 30], [.succeeded: 10]])
    #expect(reports.map { $0?.hasMore } == [true, true, false])
    #expect(try await counts() == [.dead: 20, .cancelled: 10])
  }

  @Test("Nothing is searched for again before its time, unless there was more")
  func pruningInterval() async throws {
    let maintenance = maintenance { $0.succeeded = Retention(age: .seconds(1), count: 0) }
    #expect(try await maintenance.pass(now: start)?.pruned == [:])
    try await finish(10, at: start)
    #expect(try await maintenance.pass(now: start + .seconds(10))?.pruned == [:])
    #expect(try await counts()[.succeeded] == 7)
  }

  @Test("The account of ticks goes in portions too, but for the newest tick of each schedule")
  func ticks() async throws {
    let schedule = Schedule(name: "s", timing: .every(.seconds(60)), overlap: .allow, catchUp: .none)
    try await queue.write { transaction in
      _ = try ScheduleTable.declare(schedule, now: start, in: transaction)
      let leader = try transaction.lead("a", for: .seconds(9999))
      for minutes in [0, 13] { _ = try transaction.tick(schedule, by: leader, at: start + .seconds(60 * minutes)) }
    }
    let maintenance = maintenance {
      ($0.portion, $0.portionsPerPass, $0.pruningInterval) = (5, 2, .nanoseconds(1))
      $0.ticksKept = .seconds(60)
    }
    let count: @Sendable (Transaction) throws -> Int? = { try $0.first("SELECT count(*) FROM tick") { $0.int(0) } }
    let before = try await queue.store.read(count) ?? 0
    #expect(before > 11)
    #expect(try await maintenance.pass(now: start + .seconds(7200))?.hasMore == true)
    #expect(try await queue.store.read(count) == before - 10)
    #expect(try await maintenance.pass(now: start + .seconds(7200))?.hasMore == false)
    #expect(try await queue.store.read(count) == 1)
  }

  @Test("A month of growing history: the table stays within its bounds every day, and keeps the newest")
  func month() async throws {
    let maintenance = maintenance {
      $0.pruningInterval = .nanoseconds(1)
      $0.portion = 100
      $0.succeeded = Retention(age: day * 7, count: 600)
      $0.cancelled = Retention(age: day * 7, count: 1000)
      $0.dead = Retention(age: day * 14, count: 200)
    }
    var made: [Int] = []
    for number in 1...30 {
      let time = start + day * number
      made.append(number * 10)
      try await finish(number * 10, at: time)
      while try await maintenance.pass(now: time)?.hasMore == true {}
      let counts = try await counts()
      // Settled exactly seven (fourteen) days ago is not yet older than that.
      #expect(counts[.succeeded] == min(600, made.suffix(8).reduce(0, +) / 10 * 7))
      #expect(counts[.cancelled] == made.suffix(8).reduce(0, +) / 10)
      #expect(counts[.dead] == min(200, made.suffix(15).reduce(0, +) / 10 * 2))
    }
    let kept = try await queue.store.read { try JobTable.list(.init(state: .succeeded, limit: 1000), in: $0) }
    #expect(kept.count == 600 && kept.allSatisfy { $0.settledAt ?? start >= start + day * 27 })
    // Each kept job has its events: enqueued, leased, ended; a cancelled one was never leased.
    #expect(try await events() == 600 * 3 + 200 * 3 + made.suffix(8).reduce(0, +) / 10 * 2)
  }

  @Test("The write-ahead log is moved into the file, at every pass", .onFileOnly("a server sees to its own"))
  func checkpoint() async throws {
    try await finish(100, at: start)
    let maintenance = maintenance()
    #expect(try await maintenance.pass(now: start)?.isCheckpointed == true)
    // Zero frames are left in the log.
    let frames = try await queue.store.read { try $0.first("PRAGMA wal_checkpoint(PASSIVE)") { $0.int(1) } }
    #expect(frames ?? 0 <= 0)
  }

  @Test("As a service it works by itself, and ends at a graceful shutdown and when it is cancelled")
  func service() async throws {
    try await finish(10, at: start - day * 40)
    let maintenance = maintenance { $0.interval = .milliseconds(1) }
    let group = ServiceGroup(services: [maintenance], logger: logger)
    let running = Task { try await group.run() }
    while try await counts() != [.dead: 2] { try await Task.sleep(for: .milliseconds(1)) }
    await group.triggerGracefulShutdown()
    try await running.value

    let other = self.maintenance { $0.interval = .seconds(3600) }
    let alone = Task { await other.run() }
    alone.cancel()
    await alone.value
  }
}

import Database
import JobQueue
import TestSupport
import Testing
import Timekeeping

private let day = Duration.seconds(86_400)

@Suite(.serialized, .onEachEngine) struct RetentionTests {
  /// Finishes one job in `state` at `time` and returns its id.
  private func finish(
    _ state: JobState, at time: Timestamp, isPermanent: Bool = false, in transaction: Transaction
  ) throws -> Int64 {
    let job = NewJob(kind: "k", queue: "q", payload: "{}", isPermanent: isPermanent)
    let id = try transaction.enqueue(job, at: time)
    switch state {
    case .cancelled: #expect(try JobTable.cancel(id, because: "test", now: time, in: transaction))
    case .dead: try transaction.settle(transaction.leaseOne(at: time), .discard(because: "test"), at: time)
    default: try transaction.settle(transaction.leaseOne(at: time), .succeeded(result: nil), at: time)
    }
    return id
  }

  private func ids(in transaction: Transaction) throws -> [Int64] {
    try JobTable.list(.init(limit: 1000), in: transaction).map(\.id).reversed()
  }

  @Test(
    "Jobs go when they are older than they are kept, and not before",
    arguments: [JobState.succeeded, .dead, .cancelled])
  func age(state: JobState) async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      let ids = try (0..<3).map { try finish(state, at: start + .milliseconds($0), in: transaction) }
      let retention = Retention(age: day, count: 100)
      #expect(try JobTable.prune(state, retention, limit: 10, now: start + day, in: transaction) == 0)
      #expect(
        try JobTable.prune(state, retention, limit: 10, now: start + day + .milliseconds(2), in: transaction) == 2)
      #expect(try self.ids(in: transaction) == [ids[2]])
    }
  }

  @Test("Of more than may be kept the oldest go, also among those settled in one millisecond")
  func count() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      let old = try (0..<2).map { _ in try finish(.succeeded, at: start, in: transaction) }
      let new = try (0..<5).map { _ in try finish(.succeeded, at: start + .seconds(1), in: transaction) }
      let now = start + .seconds(2)
      func prune(_ count: Int, limit: Int = 10) throws -> Int {
        try JobTable.prune(.succeeded, Retention(age: day, count: count), limit: limit, now: now, in: transaction)
      }
      #expect(try prune(7) == 0)
      #expect(try prune(6) == 1)
      #expect(try ids(in: transaction) == [old[1]] + new)
      #expect(try prune(3) == 3)
      #expect(try ids(in: transaction) == new.suffix(3))
      #expect(try prune(0, limit: 2) == 2, "no more than asked for")
      #expect(try ids(in: transaction) == [new[4]])
    }
  }

  @Test("Each state is pruned alone; unfinished and permanent jobs stay, and events go with their job")
  func apart() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      let dead = try finish(.dead, at: start, in: transaction)
      let permanent = try finish(.succeeded, at: start, isPermanent: true, in: transaction)
      let gone = try finish(.succeeded, at: start, in: transaction)
      let waiting = try transaction.enqueue(.plain(runAt: start + day))
      let retention = Retention(age: .seconds(1), count: 0)
      let now = start + day
      #expect(try JobTable.prune(.succeeded, retention, limit: 10, now: now, in: transaction) == 1)
      #expect(try ids(in: transaction) == [dead, permanent, waiting])
      #expect(try transaction.transitions(gone) == [])
      #expect(try transaction.transitions(permanent) == [.enqueued, .leased, .succeeded])
      let orphans = try transaction.first("SELECT count(*) FROM job_event WHERE job_id NOT IN (SELECT id FROM job)") {
        $0.int(0)
      }
      #expect(orphans == 0)
    }
  }

  @Test("What is kept is always the newest: no older job outlives a younger one", arguments: 0..<20)
  func newestStay(seed: UInt64) async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      var generator = SeededGenerator(seed: seed)
      var time = start
      var settled: [(id: Int64, at: Timestamp)] = []
      for _ in 0..<40 {
        if generator.oneIn(3) { time = time + .seconds(Int.random(in: 1...100, using: &generator)) }
        settled.append((try finish(.succeeded, at: time, in: transaction), time))
      }
      let retention = Retention(
        age: .seconds(Int.random(in: 1...1500, using: &generator)), count: Int.random(in: 0...45, using: &generator))
      let expected = settled.suffix(retention.count).filter { time - $0.at <= retention.age }.map(\.id)
      let portion = Int.random(in: 1...15, using: &generator)
      while try JobTable.prune(.succeeded, retention, limit: portion, now: time, in: transaction) == portion {}
      #expect(try ids(in: transaction) == expected)
    }
  }
}

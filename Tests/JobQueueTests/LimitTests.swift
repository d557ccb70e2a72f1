import Database
import JobQueue
import TestSupport
import Testing
import Timekeeping

/// Limits of a queue by key, by rate and by a destination's word.
@Suite(.serialized, .onEachEngine) struct LimitTests {
  private static func keyed(_ key: String?, priority: Int = 0, runAt: Timestamp? = nil) -> NewJob {
    NewJob(kind: "k", queue: "q", payload: "{}", priority: priority, runAt: runAt, concurrencyKey: key)
  }

  @Test("Jobs of one key run as many at once as the queue allows, others pass them, and the next follows when one ends")
  func keys() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      try JobTable.declareQueue("q", QueueSettings(keyConcurrencyMax: 1), in: transaction)
      let ids = try JobTable.enqueue(
        ["a", "a", "b", nil, "a"].map { Self.keyed($0) }, now: start, in: transaction
      ).compactMap(\.self)
      #expect(try ids.map { try transaction.job($0).isHeld } == [false, true, false, false, true])
      let first = try transaction.lease(9)
      #expect(first.map(\.id) == [ids[0], ids[2], ids[3]])
      #expect(try transaction.lease(9).isEmpty)
      // A failed one waits, and leaves its place to the next of its key.
      try transaction.settle(first[0].lease, .retry(after: .zero, because: "x"), backoff: .seconds(5))
      let second = try transaction.lease(9)
      #expect(second.map(\.id) == [ids[1]])
      // When its time has come it stands behind, though it is older.
      #expect(try transaction.lease(9, at: start + .seconds(5)).isEmpty)
      #expect(try transaction.job(ids[0]).isHeld)
      #expect(try JobTable.cancel(ids[4], because: "x", now: start, in: transaction))
      try transaction.settle(second[0].lease, .succeeded(result: nil), at: start + .seconds(5))
      #expect(try transaction.lease(9, at: start + .seconds(5)).map(\.id) == [ids[0]])
    }
  }

  @Test("A limit for keys that is raised or taken away lets in those who waited for it")
  func raised() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      try JobTable.declareQueue("q", QueueSettings(keyConcurrencyMax: 1), in: transaction)
      _ = try JobTable.enqueue((0..<5).map { _ in Self.keyed("a") }, now: start, in: transaction)
      #expect(try transaction.lease(9).count == 1)
      try JobTable.declareQueue("q", QueueSettings(keyConcurrencyMax: 3), in: transaction)
      #expect(try transaction.lease(9).count == 2)
      try JobTable.declareQueue("q", in: transaction)
      #expect(try transaction.lease(9).count == 2)
    }
  }

  @Test("A limit for keys that is introduced or lowered holds back those that are ready already")
  func lowered() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      _ = try JobTable.enqueue((0..<4).map { _ in Self.keyed("a") }, now: start, in: transaction)
      try JobTable.declareQueue("q", QueueSettings(keyConcurrencyMax: 2), in: transaction)
      let first = try transaction.lease(9).map(\.lease)
      #expect(first.count == 2)
      try JobTable.declareQueue("q", QueueSettings(keyConcurrencyMax: 1), in: transaction)
      try transaction.settle(first[0], .succeeded(result: nil))
      #expect(try transaction.lease(9).isEmpty)
      try transaction.settle(first[1], .succeeded(result: nil))
      #expect(try transaction.lease(9).count == 1)
    }
  }

  @Test(
    "Whatever happens, no key has more ready or running than it may, and none is held while there is room",
    arguments: 0..<8)
  func keyLaw(seed: UInt64) async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      var random = SeededGenerator(seed: seed)
      let limit = Int.random(in: 1...3, using: &random)
      try JobTable.declareQueue("q", QueueSettings(keyConcurrencyMax: limit), in: transaction)
      var (time, leases) = (ManualTime(), [Lease]())
      for _ in 0..<150 {
        time.advance(.seconds(Int.random(in: 0...20, using: &random)))
        switch Int.random(in: 0..<6, using: &random) {
        case 0, 1:
          let jobs = (0..<Int.random(in: 1...4, using: &random)).map { _ in
            Self.keyed(
              ["a", "b", nil].randomElement(using: &random) ?? nil, priority: Int.random(in: 0...2, using: &random),
              runAt: random.oneIn(3) ? time.now + .seconds(10) : nil)
          }
          _ = try JobTable.enqueue(jobs, now: time.now, in: transaction)
        case 2, 3: leases += try transaction.lease(2, for: .seconds(60), at: time.now).map(\.lease)
        case 4:
          guard !leases.isEmpty else { continue }
          let lease = leases.removeFirst()
          let outcome: Outcome = random.oneIn(2) ? .succeeded(result: nil) : .retry(after: .zero, because: "x")
          _ = try JobTable.settle(
            [.init(lease, outcome, backoff: .seconds(5))], by: nil, now: time.now, in: transaction)
        default:
          if random.oneIn(2), let lease = leases.popLast() {
            try JobTable.giveBack([lease], now: time.now, in: transaction)
          } else {
            let id = Int64.random(in: 1...30, using: &random)
            _ = try JobTable.cancel(id, because: "x", now: time.now, in: transaction)
          }
        }
        try Self.check(limit, in: transaction)
      }
    }
  }

  private static func check(_ limit: Int, in transaction: Transaction) throws {
    let keys = try transaction.query(
      """
      SELECT concurrency_key, count(*) FILTER (WHERE is_held = 0), count(*) FILTER (WHERE is_held = 1) FROM job
      WHERE concurrency_key IS NOT NULL AND state IN ('available', 'leased') GROUP BY concurrency_key
      """
    ) { (key: $0.text(0), taken: $0.int(1), held: $0.int(2)) }
    for key in keys {
      #expect(key.taken <= limit, "\(key)")
      #expect(key.held == 0 || key.taken == limit, "\(key)")
    }
  }

  @Test("No more jobs of a queue start in any minute than its rate allows, whoever leases them")
  func rate() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      try JobTable.declareQueue("q", QueueSettings(destination: "d", startsPerMinute: 30), in: transaction)
      _ = try JobTable.enqueue((0..<200).map { _ in Self.keyed(nil) }, now: start, in: transaction)
      var starts: [Int] = []
      for second in 0..<240 {
        let now = start + .seconds(second)
        starts.append(try transaction.lease(7, worker: second % 2 == 0 ? "w1" : "w2", at: now).count)
      }
      for first in 0..<180 { #expect(starts[first..<first + 60].reduce(0, +) <= 30) }
      #expect(starts.reduce(0, +) >= 85, "10 at once and 20 a minute")
    }
  }

  @Test("A destination that asks for silence holds back all queues that call it, for all workers, at no failure")
  func holdOff() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      try JobTable.declareQueue("q", QueueSettings(destination: "crm"), in: transaction)
      try JobTable.declareQueue("r", QueueSettings(destination: "crm"), in: transaction)
      try JobTable.declareQueue("s", in: transaction)
      let asked = try transaction.enqueue()
      for name in ["q", "r", "s"] { _ = try transaction.enqueue(NewJob(kind: "k", queue: name, payload: "{}")) }
      let lease = try transaction.leaseOne()
      try transaction.settle(
        lease, .holdOff(destination: "crm", for: .seconds(30), because: "429"), backoff: .seconds(2))
      let job = try transaction.job(asked)
      #expect(job.failures == 0 && job.state == .waiting && job.runAt == start + .seconds(30))
      func leasable(_ seconds: Int) throws -> [String] {
        let now = start + .seconds(seconds)
        let jobs = try transaction.lease(9, worker: "w2", queues: ["q", "r", "s"], at: now)
        try JobTable.giveBack(jobs.map(\.lease), now: now, in: transaction)
        return jobs.map(\.queue).sorted()
      }
      #expect(try leasable(29) == ["s"])
      let outlook = try JobTable.outlook(kinds: ["k"], queues: ["q", "r"], now: start, in: transaction)
      #expect(!outlook.hasWork && outlook.nextChangeAt == start + .seconds(30))
      #expect(try leasable(30) == ["q", "q", "r", "s"])
    }
  }

  @Test("What is paused is not leased, and goes on when it is resumed")
  func pause() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      try JobTable.declareQueue("r", in: transaction)
      let jobs = [("k", "q"), ("l", "q"), ("k", "r"), ("l", "r")].map { NewJob(kind: $0, queue: $1, payload: "{}") }
      _ = try JobTable.enqueue(jobs, now: start, in: transaction)
      func leasable() throws -> [String] {
        let jobs = try transaction.lease(9, kinds: ["k", "l"], queues: ["q", "r"])
        try JobTable.giveBack(jobs.map(\.lease), now: start, in: transaction)
        return jobs.map { $0.kind + $0.queue }.sorted()
      }
      func pause(_ scope: String, _ name: String) throws {
        try transaction.run(
          "INSERT INTO pause (scope, name, paused_at, paused_by, reason) VALUES ($1, $2, 0, 'me', 'x')",
          [.text(scope), .text(name)])
      }
      #expect(try leasable() == ["kq", "kr", "lq", "lr"])
      try pause("kind", "k")
      #expect(try leasable() == ["lq", "lr"])
      try pause("queue", "q")
      #expect(try leasable() == ["lr"])
      #expect(try !JobTable.outlook(kinds: ["k", "l"], queues: ["q"], now: start, in: transaction).hasWork)
      try transaction.run("DELETE FROM pause")
      #expect(try leasable() == ["kq", "kr", "lq", "lr"])
    }
  }
}

import Database
import JobQueue
import TestSupport
import Testing
import Timekeeping

@Suite("Looking jobs up", .serialized, .onEachEngine)
struct LookTests {
  @Test("Each state is listed in the order that matters: next to start, next due, latest ended")
  func orders() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      try JobTable.declareQueue("p", in: transaction)
      let dead = try (0..<3).map { second in
        let id = try transaction.enqueue()
        try transaction.settle(transaction.leaseOne(), .discard(because: "x"), at: start + .seconds(second))
        return id
      }
      let waiting = try [30, 10, 20].map { try transaction.enqueue(.plain(runAt: start + .seconds($0))) }
      let plain = try transaction.enqueue()
      let elsewhere = try transaction.enqueue(NewJob(kind: "k", queue: "p", payload: "{}", priority: 1))
      let urgent = try transaction.enqueue(.plain(priority: 2))
      func ids(_ states: [JobState], limit: Int = 50) throws -> [Int64] {
        var filter = JobTable.Filter(limit: limit)
        filter.states = states
        return try JobTable.list(filter, in: transaction).map(\.id)
      }
      #expect(try ids([.dead]) == dead.reversed())
      #expect(try ids([.dead], limit: 2) == [dead[2], dead[1]])
      #expect(try ids([.waiting]) == [waiting[1], waiting[2], waiting[0]])
      #expect(try ids([.available]) == [urgent, elsewhere, plain])
      #expect(try ids([.available], limit: 2) == [urgent, elsewhere])
      #expect(try ids([.waiting, .available], limit: 4) == [urgent, elsewhere, plain, waiting[1]])
      #expect(try ids([]) == [urgent, elsewhere, plain] + waiting.reversed() + dead.reversed())
    }
  }

  @Test("Held jobs are listed behind the ready ones, and permanent ones among the finished")
  func heldAndPermanent() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      var permanent = NewJob.plain()
      permanent.isPermanent = true
      var ids: [Int64] = []
      for (second, job) in [NewJob.plain(), permanent, .plain()].enumerated() {
        ids.append(try transaction.enqueue(job))
        try transaction.settle(transaction.leaseOne(), .discard(because: "x"), at: start + .seconds(second))
      }
      #expect(try JobTable.list(.init(state: .dead), in: transaction).map(\.id) == ids.reversed())
      var keyed = NewJob.plain(priority: 5)
      keyed.concurrencyKey = "a"
      let held = try transaction.enqueue(keyed)
      try transaction.run("UPDATE job SET is_held = 1 WHERE id = $1", [.integer(held)])
      let ready = try transaction.enqueue()
      #expect(try JobTable.list(.init(state: .available), in: transaction).map(\.id) == [ready, held])
      #expect(try JobTable.list(.init(state: .available, limit: 1), in: transaction).map(\.id) == [ready])
    }
  }

  @Test("A filter means the same jobs in the list, in the portions and in Swift")
  func filterAgrees() async throws {
    for seed in UInt64(1)...10 {
      let queue = try await QueueStore()
      try await queue.write { transaction in
        var random = SeededGenerator(seed: seed)
        try JobTable.declareQueue("p", in: transaction)
        let words = ["The CRM", "50% done", "a_b", "back\\slash", "crm"]
        for number in 0..<60 {
          let kind = Bool.random(using: &random) ? "k" : "l"
          let name = Bool.random(using: &random) ? "q" : "p"
          let now = start + .seconds(number)
          let job = NewJob(kind: kind, queue: name, payload: "{}", runAt: now + .seconds(number % 2))
          _ = try transaction.enqueue(job, at: now)
          guard Bool.random(using: &random) else { continue }
          let word = words[Int.random(in: words.indices, using: &random)]
          for leased in try transaction.lease(
            worker: Bool.random(using: &random) ? "w1" : "w2", kinds: ["k", "l"], queues: ["q", "p"], at: now)
          where Bool.random(using: &random) {
            try transaction.settle(
              leased.lease, Bool.random(using: &random) ? .discard(because: word) : .succeeded(result: nil), at: now)
          }
        }
        let all = try JobTable.list(JobTable.Filter(limit: 100), in: transaction)
        #expect(all.count == 60)
        for _ in 0..<40 {
          let filter = Self.filter(&random)
          let expected = Set(all.filter(filter.matches).map(\.id))
          #expect(Set(try JobTable.list(filter, in: transaction).map(\.id)) == expected, "seed \(seed): \(filter)")
          #expect(
            try JobTable.portion(of: filter, after: 0, in: transaction).ids == expected.sorted(), "seed \(seed)")
          let (tallies, _) = try JobTable.tally(of: filter, after: 0, in: transaction)
          #expect(tallies.reduce(0) { $0 + $1.count } == expected.count, "seed \(seed)")
        }
      }
    }
  }

  private static func filter(_ random: inout SeededGenerator) -> JobTable.Filter {
    func maybe<Value>(_ value: Value) -> Value? { Int.random(in: 0..<3, using: &random) == 0 ? value : nil }
    var filter = JobTable.Filter(limit: 100)
    filter.states = JobState.allCases.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
    filter.kinds = ["k", "l"].filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
    filter.queue = maybe("q")
    filter.reasonText = maybe(["crm", "%", "_", "\\", "50% D", "absent"][Int.random(in: 0..<6, using: &random)])
    filter.createdSince = maybe(start + .seconds(20))
    filter.createdBefore = maybe(start + .seconds(40))
    filter.workerPrefix = maybe(["w", "w1", "W1"][Int.random(in: 0..<3, using: &random)])
    filter.idMax = maybe(45)
    return filter
  }

  @Test(
    "A list of one state uses the index of that state and sorts nothing, so that other jobs cost it nothing",
    .onFileOnly("the plan is SQLite's; ServerPlanTests asks the other planner"))
  func stateIndexes() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      for number in 0..<30 { _ = try transaction.enqueue(.plain(runAt: start + .seconds(number - 15))) }
    }
    let log = try PlanLog(of: queue.store)
    let transaction = log.transaction
    for (state, texts) in [
      (JobState.leased, [("state = 'leased'", "job_leased")]), (.waiting, [("state = 'waiting'", "job_waiting")]),
      (.available, [("is_held = 0", "job_available"), ("is_held > 0", "job_keyed")]),
      (.dead, [("state = 'dead' AND settled_at IS NOT NULL AND is_permanent = 0", "job_finished")]),
      (.succeeded, [("state = 'succeeded' AND settled_at IS NOT NULL AND is_permanent = 0", "job_finished")]),
      (.cancelled, [("state = 'cancelled' AND settled_at IS NOT NULL AND is_permanent = 0", "job_finished")]),
    ] {
      log.clear()
      var filter = JobTable.Filter(state: state)
      filter.kinds = ["k", "l"]
      _ = try JobTable.list(filter, in: transaction)
      for (text, index) in texts {
        let plan = try #require(log.plans(of: text).first, "\(state) did not ask with \(text)")
        #expect(plan.contains { $0.contains("INDEX \(index)") }, "\(state): \(plan)")
        #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(state): \(plan)")
      }
    }
  }

  @Test(
    "Why, cancel and retry look nothing up by walking the job table",
    .onFileOnly("the plan is SQLite's; ServerPlanTests asks the other planner"))
  func verbsWalkNothing() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      try JobTable.declareQueue(
        "q", QueueSettings(concurrencyMax: 1, keyConcurrencyMax: 1, destination: "d", startsPerMinute: 9),
        in: transaction)
    }
    let log = try PlanLog(of: queue.store)
    let transaction = log.transaction
    var job = NewJob.plain()
    (job.concurrencyKey, job.uniqueKey) = ("a", "u")
    let id = try transaction.enqueue(job)
    let lease = try transaction.leaseOne()
    (job.uniqueKey, job.priority) = (nil, 1)
    let held = try transaction.enqueue(job)
    _ = try transaction.run("UPDATE job SET is_held = 1 WHERE id = $1", [.integer(held)])
    log.clear()
    for id in [id, held] { _ = try JobTable.standing(of: id, now: start, in: transaction) }
    _ = try transaction.run("UPDATE job SET is_held = 0 WHERE id = $1", [.integer(held)])
    _ = try JobTable.standing(of: held, now: start, in: transaction)
    try transaction.settle(lease, .discard(because: "x"))
    try JobTable.declareQueue("q", QueueSettings(keyConcurrencyMax: 2), in: transaction)
    #expect(try JobTable.retry([id], because: "x", now: start, in: transaction).allSatisfy(\.outcome.isChange))
    #expect(try JobTable.cancel([id], because: "x", now: start, in: transaction).allSatisfy(\.outcome.isChange))
    for (statement, plan) in log.plans {
      #expect(!plan.contains { $0.hasPrefix("SCAN job") && !$0.contains("INDEX") }, "\(statement): \(plan)")
    }
    let ahead = try #require(log.plans(of: "AS earlier").first)
    for range in ["order_at<?", "order_at=? AND id<?"] {
      #expect(ahead.contains { $0.contains("INDEX job_available (queue=? AND \(range))") }, "\(ahead)")
    }
    let keyed = log.plans(of: "concurrency_key = $2")
    #expect(keyed.count >= 3 && keyed.allSatisfy { $0.contains { $0.contains("job_keyed") } }, "\(keyed)")
  }

  @Test(
    "A portion walks a stretch of the primary key, and no more than it may",
    .onFileOnly("the plan is SQLite's; ServerPlanTests asks the other planner"))
  func portionsWalkTheKey() async throws {
    let queue = try await QueueStore()
    let log = try PlanLog(of: queue.store)
    let transaction = log.transaction
    for state in JobState.allCases {
      log.clear()
      let filter = JobTable.Filter(state: state, kind: "k")
      _ = try transaction.enqueue()
      _ = try JobTable.portion(of: filter, after: 0, in: transaction)
      _ = try JobTable.tally(of: filter, after: 0, in: transaction)
      let plans = log.plans(of: "FROM job WHERE id > $1 ORDER BY id LIMIT 20000")
      #expect(plans.count == 4)
      for plan in plans {
        #expect(plan.contains { $0.contains("SEARCH job USING INTEGER PRIMARY KEY (rowid>?)") }, "\(state): \(plan)")
      }
    }
  }
}

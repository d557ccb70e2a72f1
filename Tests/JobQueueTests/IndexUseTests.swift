import JobQueue
import TestSupport
import Testing
import Timekeeping

/// A wrong index costs a factor of 60: the plan of each statement in a hot path names the partial index meant for it.
@Suite(.serialized) struct IndexUseTests {
  @Test("Leasing, reclaiming and moving what is due each use their partial index, and never walk the job table")
  func hotPaths() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      for number in 0..<50 { _ = try transaction.enqueue(.plain(runAt: start + .seconds(number - 25))) }
    }
    let recorder = try PlanLog(of: queue.store)
    let transaction = recorder.transaction
    let later = start + .seconds(100)
    let early = start - .seconds(9)
    #expect(try JobTable.outlook(kinds: ["k", "l"], queues: ["q"], now: early, in: transaction).hasWork)
    #expect(try transaction.lease(10, kinds: ["k", "l"], at: start).count == 10)
    #expect(try transaction.lease(50, at: later).count == 50)
    #expect(try !JobTable.outlook(kinds: ["k"], queues: ["q"], now: later, in: transaction).hasWork)
    try JobTable.declareQueue("q", QueueSettings(concurrencyMax: 50), in: transaction)
    _ = try transaction.enqueue()
    #expect(try !JobTable.outlook(kinds: ["k"], queues: ["q"], now: later, in: transaction).hasWork)
    #expect(try transaction.lease(5, at: later).isEmpty)

    for (statement, indexes) in [
      ("SELECT EXISTS (SELECT 1 FROM job WHERE state = 'leased'", ["job_leased", "job_waiting", "job_available"]),
      ("SELECT 1 FROM job\nWHERE state = 'available'", ["job_available"]),
      ("SELECT (SELECT lease_expires_at FROM job", ["job_leased", "job_waiting", "job_available"]),
      ("SELECT id, attempt, failures + 1", ["job_leased"]),
      ("UPDATE job SET state = 'available'", ["job_waiting"]),
      ("UPDATE job SET state = 'leased'", ["job_available"]),
      ("SELECT count(*) FROM job WHERE state = 'leased'", ["job_leased"]),
    ] {
      let plan = try recorder.plan(of: statement)
      for index in indexes { #expect(plan.contains { $0.contains("INDEX \(index)") }, "\(statement): \(plan)") }
      // "SCAN job USING INDEX …" walks a partial index, which holds nothing but candidates; a bare scan walks all jobs.
      #expect(!plan.contains { $0.hasPrefix("SCAN job") && !$0.contains("INDEX") }, "\(statement): \(plan)")
    }
    let lease = try recorder.plan(of: "UPDATE job SET state = 'leased'")
    #expect(!lease.contains { $0.contains("TEMP B-TREE") }, "the order comes from the index: \(lease)")
  }

  @Test("Letting in the jobs of a key, pruning, and moving what waits with the clock use the indexes meant for them")
  func slowPaths() async throws {
    let queue = try await QueueStore()
    let recorder = try PlanLog(of: queue.store)
    let transaction = recorder.transaction
    try JobTable.declareQueue("q", QueueSettings(keyConcurrencyMax: 1), in: transaction)
    for _ in 0..<5 {
      _ = try JobTable.enqueue(
        NewJob(kind: "k", queue: "q", payload: "{}", concurrencyKey: "key"), now: start, in: transaction)
    }
    let retention = Retention(age: .seconds(1), count: 0)
    _ = try JobTable.prune(.succeeded, retention, limit: 10, now: start, in: transaction)
    for hour in [0, 1] {
      let wall = start + .seconds(3600 * hour)
      try QueueClockTable.observe(Moment(wall: wall, bootID: "boot", sinceBoot: .seconds(9)), in: transaction)
    }
    for (statement, index) in [
      ("SELECT count(*) FROM job\nWHERE queue = $1 AND concurrency_key = $2", "job_keyed"),
      ("UPDATE job SET is_held = 0", "job_keyed"),
      ("SELECT DISTINCT concurrency_key", "job_keyed"),
      ("SELECT settled_at, id FROM job", "job_finished"),
      ("DELETE FROM job", "job_finished"),
      ("UPDATE job SET lease_expires_at = lease_expires_at", "job_leased"),
      ("UPDATE job SET run_at = run_at", "job_waiting_span"),
    ] {
      let plan = try recorder.plan(of: statement)
      #expect(plan.contains { $0.contains("INDEX \(index)") }, "\(statement): \(plan)")
      #expect(!plan.contains { $0.contains("TEMP B-TREE FOR ORDER") }, "\(statement): \(plan)")
    }
  }

  @Test("Looking up a unique key, a lease and a job's events walks nothing")
  func lookUps() async throws {
    let queue = try await QueueStore()
    let recorder = try PlanLog(of: queue.store)
    let transaction = recorder.transaction
    let id = try transaction.enqueue()
    let lease = try transaction.leaseOne()
    _ = try JobTable.unfinished(uniqueKey: "x", in: transaction)
    _ = try JobTable.extend([lease], until: start, in: transaction)
    try JobTable.requireLease(lease, in: transaction)
    _ = try JobTable.events(of: id, in: transaction)
    try JobTable.giveBack([lease], now: start, in: transaction)
    try transaction.settle(transaction.leaseOne(), .discard(because: "x"))
    _ = try JobTable.cancel(id, because: "x", now: start, in: transaction)
    for _ in 0..<6 { _ = try transaction.enqueue() }
    let endings = try transaction.lease(6).map { JobTable.Ending($0.lease, .succeeded(result: nil), backoff: .zero) }
    #expect(try JobTable.settle(endings, by: "w1", now: start, in: transaction).allSatisfy { $0 == .succeeded })
    for (statement, plan) in recorder.plans {
      #expect(!plan.contains { $0 == "SCAN job" || $0 == "SCAN job_event" }, "\(statement): \(plan)")
    }
    for statement in [
      "WITH held (id, attempt)", "WITH ended (id, attempt, result)", "UPDATE job SET state = 'succeeded'",
    ] {
      let plan = try recorder.plan(of: statement)
      #expect(plan.contains { $0.contains("SEARCH job USING INTEGER PRIMARY KEY") }, "\(statement): \(plan)")
    }
    let unique = try #require(recorder.plans(of: "unique_key = $1").first)
    #expect(unique.contains { $0.contains("job_unique_key") })
  }
}

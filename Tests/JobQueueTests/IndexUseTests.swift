import JobQueue
import TestSupport
import Testing
import Timekeeping

@testable import Database

/// A wrong index costs a factor of 60: the plan of each statement in a hot path names the partial index meant for it.
@Suite(.serialized) struct IndexUseTests {
  @Test("Leasing, reclaiming and moving what is due each use their partial index, and never walk the job table")
  func hotPaths() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      for number in 0..<50 { _ = try transaction.enqueue(.plain(runAt: start + .seconds(number - 25))) }
    }
    let recorder = PlanRecorder(try SQLiteConnection(path: queue.store.path, access: .readWrite))
    let transaction = Transaction(connection: recorder)
    let later = start + .seconds(100)
    #expect(try JobTable.hasWork(kinds: ["k", "l"], queues: ["q"], now: start - .seconds(9), in: transaction))
    #expect(try transaction.lease(10, kinds: ["k", "l"], at: start).count == 10)
    #expect(try transaction.lease(50, at: later).count == 50)
    try JobTable.declareQueue("q", QueueSettings(concurrencyMax: 60), in: transaction)
    #expect(try JobTable.hasWork(kinds: ["k"], queues: ["q"], now: later, in: transaction) == false)
    #expect(try transaction.lease(5, at: later).isEmpty)

    for (statement, index) in [
      ("SELECT 1 FROM job WHERE state = 'leased'", "job_leased"),
      ("SELECT 1 FROM job WHERE state = 'waiting'", "job_waiting"),
      ("SELECT 1 FROM job WHERE state = 'available'", "job_available"),
      ("SELECT id, attempt, failures + 1", "job_leased"),
      ("SELECT id FROM job WHERE state = 'waiting'", "job_waiting"),
      ("UPDATE job SET state = 'available'", "job_waiting"),
      ("UPDATE job SET state = 'leased'", "job_available"),
      ("SELECT count(*) FROM job WHERE state = 'leased'", "job_leased"),
    ] {
      let plan = try #require(recorder.plans.first { $0.key.hasPrefix(statement) }?.value, "\(statement) did not run")
      #expect(plan.contains { $0.contains("INDEX \(index)") }, "\(statement): \(plan)")
      // "SCAN job USING INDEX …" walks a partial index, which holds nothing but candidates; a bare scan walks all jobs.
      #expect(!plan.contains { $0.hasPrefix("SCAN job") && !$0.contains("INDEX") }, "\(statement): \(plan)")
    }
    let lease = try #require(recorder.plans.first { $0.key.hasPrefix("UPDATE job SET state = 'leased'") }?.value)
    #expect(!lease.contains { $0.contains("TEMP B-TREE") }, "the order comes from the index: \(lease)")
  }

  @Test("Looking up a unique key, a lease and a job's events walks nothing")
  func lookUps() async throws {
    let queue = try await QueueStore()
    let recorder = PlanRecorder(try SQLiteConnection(path: queue.store.path, access: .readWrite))
    let transaction = Transaction(connection: recorder)
    let id = try transaction.enqueue()
    let lease = try transaction.leaseOne()
    _ = try JobTable.unfinished(uniqueKey: "x", in: transaction)
    _ = try JobTable.extend([lease], until: start, in: transaction)
    try JobTable.requireLease(lease, in: transaction)
    _ = try JobTable.events(of: id, in: transaction)
    try JobTable.giveBack([lease], now: start, in: transaction)
    try transaction.settle(transaction.leaseOne(), .discard(because: "x"))
    _ = try JobTable.cancel(id, because: "x", now: start, in: transaction)
    for (statement, plan) in recorder.plans {
      #expect(!plan.contains { $0 == "SCAN job" || $0 == "SCAN job_event" }, "\(statement): \(plan)")
    }
    let unique = try #require(recorder.plans.first { $0.key.contains("unique_key = $1") }?.value)
    #expect(unique.contains { $0.contains("job_unique_key") })
  }

  /// Passes statements on, and asks for the plan of each first.
  private final class PlanRecorder: Connection {
    private let connection: SQLiteConnection
    private(set) var plans: [String: [String]] = [:]
    var dialect: Dialect { connection.dialect }

    init(_ connection: SQLiteConnection) {
      self.connection = connection
    }

    func run(_ sql: String, _ binds: [SQLValue]) throws(DatabaseError) -> Int {
      record(sql, binds)
      return try connection.run(sql, binds)
    }

    func forEachRow(_ sql: String, _ binds: [SQLValue], _ body: (Row) throws -> Void) throws {
      record(sql, binds)
      try connection.forEachRow(sql, binds, body)
    }

    func execute(_ script: String) throws(DatabaseError) { try connection.execute(script) }

    private func record(_ sql: String, _ binds: [SQLValue]) {
      do {
        plans[sql] = try connection.query("EXPLAIN QUERY PLAN " + sql, binds) { $0.text(3) }
      } catch {
        Issue.record(error)
      }
    }
  }
}

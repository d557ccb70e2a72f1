import JobQueue
import TestSupport
import Testing
import Timekeeping

@testable import Database

/// On PostgreSQL the planner chooses by statistics: with a table as it is at work, each statement in a hot path is to find its
/// rows by the partial index meant for it.
@Suite(.serialized, .onPostgreSQL) struct ServerPlanTests {
  /// Passes statements on, and asks the server for the plan of each first.
  private final class Recorder: Connection {
    private let connection: PostgresConnection
    private(set) var plans: [(sql: String, plan: [String])] = []
    var dialect: Dialect { connection.dialect }
    var lastInsertedID: Int64? { nil }
    var transaction: Transaction { Transaction(connection: self) }

    init(of store: Store) throws {
      guard case .server(let server) = store.address else { preconditionFailure("a store on a server") }
      var options = PostgresOptions(statementTimeout: .seconds(60), readOnly: false, applicationName: "plans")
      options.schema = server.schema
      connection = try PostgresConnection(url: server.url, options: options)
    }

    func plan(of statement: String) throws -> [String] {
      let run = plans.first { $0.sql.hasPrefix(statement) || $0.sql.hasPrefix("WITH changed AS (\(statement)") }
      return try #require(run?.plan, "\(statement) did not run")
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
        plans.append((sql, try connection.query("EXPLAIN " + sql, binds) { $0.text(0) }))
      } catch {
        Issue.record(error)
      }
    }
  }

  /// 30,000 jobs that are done, and a few hundred in each state of work.
  private static let content = """
    INSERT INTO job (kind, queue, state, run_at, order_at, payload, max_failures, created_at, attempt, worker_id,
        lease_expires_at, settled_at)
      SELECT 'k', 'q', state, at, at, '{}', 3, at, 1, 'w1', CASE state WHEN 'leased' THEN at + 60000 END,
        CASE state WHEN 'succeeded' THEN at END
      FROM (SELECT CASE WHEN number <= 30000 THEN 'succeeded' WHEN number <= 30300 THEN 'available'
            WHEN number <= 30600 THEN 'waiting' ELSE 'leased' END AS state,
          1772463600000 + number - 30500 AS at FROM generate_series(1, 30900) AS number) AS made;
    INSERT INTO job_event (job_id, at, transition, attempt) SELECT id, created_at, 'enqueued', 0 FROM job;
    ANALYZE job; ANALYZE job_event
    """

  @Test("Leasing, settling, reclaiming and moving what is due use their partial indexes, and never walk the table")
  func hotPaths() async throws {
    let queue = try await QueueStore()
    try await queue.write { try $0.connection.execute(Self.content) }
    let recorder = try Recorder(of: queue.store)
    let transaction = recorder.transaction
    let later = start + .seconds(100)
    #expect(try JobTable.outlook(kinds: ["k", "l"], queues: ["q"], now: start - .seconds(9), in: transaction).hasWork)
    let leases = try transaction.lease(100, kinds: ["k", "l"], at: later).map(\.lease)
    #expect(leases.count == 100)
    let endings = leases.map { JobTable.Ending($0, .succeeded(result: nil), backoff: .zero) }
    #expect(try JobTable.settle(endings, by: "w1", now: later, in: transaction).allSatisfy { $0 == .succeeded })
    let lease = try transaction.leaseOne(at: later)
    _ = try JobTable.extend([lease], until: later, in: transaction)
    try JobTable.requireLease(lease, in: transaction)
    try transaction.settle(lease, .retry(after: .seconds(1), because: "x"))
    try JobTable.declareQueue("q", QueueSettings(concurrencyMax: 1000), in: transaction)
    _ = try transaction.lease(1, at: later)
    _ = try JobTable.prune(.succeeded, Retention(age: .seconds(1), count: 0), limit: 10, now: later, in: transaction)
    for (statement, indexes) in [
      ("SELECT EXISTS (SELECT 1 FROM job WHERE state = 'leased'", ["job_leased", "job_waiting"]),
      ("SELECT 1 FROM job\nWHERE state = 'available'", ["job_available"]),
      ("UPDATE job SET state = 'available'", ["job_waiting", "job_pkey"]),
      ("UPDATE job SET state = 'leased'", ["job_available", "job_pkey"]),
      ("SELECT count(*) FROM job WHERE state = 'leased'", ["job_leased"]),
    ] {
      let plan = try recorder.plan(of: statement)
      for index in indexes { #expect(plan.contains { $0.contains(index) }, "\(statement): \(plan)") }
    }
    for (statement, plan) in recorder.plans {
      #expect(!plan.contains { $0.contains("Seq Scan on job") }, "\(statement): \(plan)")
    }
    let choice = try recorder.plan(of: "UPDATE job SET state = 'leased'")
    #expect(!choice.contains { $0.contains("Sort") }, "the order comes from the index: \(choice)")
    #expect(choice.contains { $0.contains("InitPlan") }, "the choice is made once: \(choice)")
  }
}

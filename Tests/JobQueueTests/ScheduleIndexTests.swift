import JobQueue
import TestSupport
import Testing
import Timekeeping

@testable import Database

@Suite(.serialized) struct ScheduleIndexTests {
  @Test("Whatever is done with a schedule, its ticks are found by the key and nobody walks the table")
  func plans() async throws {
    let queue = try await QueueStore()
    let recorder = PlanRecorder(try SQLiteConnection(path: queue.store.path, access: .readWrite))
    let transaction = Transaction(connection: recorder)
    let schedule = Schedule(name: "s", timing: .every(.seconds(60)), overlap: .allow, catchUp: .none)
    _ = try ScheduleTable.declare(schedule, now: start, in: transaction)
    let leader = try transaction.lead("a", for: .seconds(9999))
    for time in [0, 600] { _ = try transaction.tick(schedule, by: leader, at: start + .seconds(time)) }
    #expect(try ScheduleTable.ticks(of: "s", outcome: .missed, limit: 99, in: transaction).count == 9)
    #expect(try ScheduleTable.prune(before: start + .seconds(300), limit: 99, in: transaction) == 5)

    let plans = recorder.plans.filter { $0.key.contains("tick") }
    #expect(plans.count == 5, "the statements over ticks: \(plans.keys)")
    for (statement, plan) in plans {
      #expect(!plan.contains { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE") }, "\(statement): \(plan)")
    }
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

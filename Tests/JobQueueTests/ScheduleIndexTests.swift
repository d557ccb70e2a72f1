import JobQueue
import TestSupport
import Testing
import Timekeeping

@Suite(.serialized) struct ScheduleIndexTests {
  @Test("Whatever is done with a schedule, its ticks are found by the key and nobody walks the table")
  func plans() async throws {
    let queue = try await QueueStore()
    let recorder = try PlanLog(of: queue.store)
    let transaction = recorder.transaction
    let schedule = Schedule(name: "s", timing: .every(.seconds(60)), overlap: .allow, catchUp: .none)
    _ = try ScheduleTable.declare(schedule, now: start, in: transaction)
    let leader = try transaction.lead("a", for: .seconds(9999))
    for time in [0, 600] { _ = try transaction.tick(schedule, by: leader, at: start + .seconds(time)) }
    #expect(try ScheduleTable.ticks(of: "s", outcome: .missed, limit: 99, in: transaction).count == 9)
    #expect(try ScheduleTable.prune(before: start + .seconds(300), limit: 99, in: transaction) == 5)

    let plans = Dictionary(
      recorder.plans.filter { $0.sql.contains("tick") }.map { ($0.sql, $0.plan) },
      uniquingKeysWith: { first, _ in first })
    #expect(plans.count == 5, "the statements over ticks: \(plans.keys)")
    for (statement, plan) in plans {
      #expect(!plan.contains { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE") }, "\(statement): \(plan)")
    }
  }
}

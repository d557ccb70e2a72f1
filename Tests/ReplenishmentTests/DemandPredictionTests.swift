import Database
import LeadStore
import Leads
import Planning
import Testing
import Timekeeping

@testable import Replenishment

@Suite("Planning by the recorded demand")
struct DemandPredictionTests {
  /// A reading after the closing of each of the last `count` business days: every day agents took eight leads of class A,
  /// the last of which left `left`.
  private func record(_ count: Int, left: Int, in workshop: Workshop) async throws {
    let days = workshop.workplace.calendar.workDays(until: workshop.now, count: count)
    try await workshop.store.write { transaction in
      for (index, day) in days.enumerated() {
        let at = day.closing + .seconds(60)
        let cycle = try CycleTable.begin(scheduler: "s", now: at, in: transaction)
        let id = try SnapshotTable.add(
          Workshop.stock(total: left + 8 * (count - 1 - index), at: at), cycle: cycle, in: transaction)
        try SnapshotTable.judge(id, .accepted, reason: nil, in: transaction)
        try CycleTable.finish(cycle, scheduler: "s", state: .done, message: "", now: at, in: transaction)
      }
    }
  }

  private func workshop(isForecasting: Bool) async throws -> Workshop {
    let workshop = try await Workshop()
    workshop.policy.minPerClass = PerClass(aPlus: 0, a: 30, b: 0)
    workshop.policy.forecasting = isForecasting ? Policy.Forecasting() : nil
    return workshop
  }

  // Half an hour of eight, no cooldown: half a lead expected. P(≤ 1) = 0.91 and P(≤ 2) = 0.99, so that 2 last with 95 %.
  @Test("a class that has its minimum is short below its reorder level, and the plan says so")
  func reorder() async throws {
    let workshop = try await workshop(isForecasting: true)
    try await record(16, left: 32, in: workshop)
    let levels = try #require(try await DemandPrediction(workplace: workshop.workplace).reorderLevels())
    let level = try #require(levels.a)
    #expect(level.demand == 2)
    #expect(level.level == 32)
    // The share of the target, 75, is more than 32 + 5 · 8.
    #expect(level.upTo == 75)

    try await workshop.stock((0..<60).map { ("lead \($0)", nil) })
    let plan = try await plan(stock: 31, reorder: levels, in: workshop)
    #expect(plan.decision == .upload)
    #expect(plan.targets == PerClass(aPlus: 0, a: 44, b: 0))
    #expect(plan.reasons.first?.hasPrefix("A leads (31) below reorder level (32)") == true)
    #expect(try await self.plan(stock: 32, reorder: levels, in: workshop).decision == .sufficient)
  }

  @Test("a short history plans by the minimums, and planning.forecast off asks for none")
  func none() async throws {
    let short = try await workshop(isForecasting: true)
    try await record(10, left: 32, in: short)
    let levels = try #require(try await DemandPrediction(workplace: short.workplace).reorderLevels())
    #expect(levels == PerClass(repeating: nil))
    #expect(try await plan(stock: 32, reorder: levels, in: short).decision == .sufficient)

    let off = try await workshop(isForecasting: false)
    try await record(16, left: 32, in: off)
    #expect(try await DemandPrediction(workplace: off.workplace).reorderLevels() == nil)
  }

  private func plan(stock total: Int, reorder: PerClass<ReorderLevel?>, in workshop: Workshop) async throws -> Plan {
    workshop.policy.minTotal = 0
    let (workplace, now) = (workshop.workplace, workshop.now)
    return try await workshop.store.write { transaction in
      let cycle = try CycleTable.begin(scheduler: "s", now: now, in: transaction)
      let stock = Workshop.stock(total: total, at: now)
      let id = try SnapshotTable.add(stock, cycle: cycle, in: transaction)
      let snapshot = try #require(try SnapshotTable.find(id, in: transaction))
      let committed = try PlanCommit(workplace: workplace, cycle: cycle, scheduler: "s", isDryRun: true)
        .run(snapshot, stock: stock, reorder: reorder, in: transaction)
      try CycleTable.finish(cycle, scheduler: "s", state: .done, message: "", now: now, in: transaction)
      return committed.plan
    }
  }
}

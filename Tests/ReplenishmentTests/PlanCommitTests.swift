import Database
import JobQueue
import LeadStore
import Leads
import Planning
import TestSupport
import Testing
import Timekeeping

@testable import Replenishment

@Suite("Committing a plan", .onEachEngine)
struct PlanCommitTests {
  private static func leads(_ count: Int) -> [(name: String, npi: String?)] {
    (0..<count).map { ("lead \($0)", "\(1_000_000_000 + $0)") }
  }

  @Test("selection, batches, jobs and reserved quota are there together, in batches of the right size")
  func together() async throws {
    let workshop = try await Workshop()
    try await workshop.stock(Self.leads(30))
    let committed = try await workshop.plan(20)
    #expect(committed.selected.count == 20)
    #expect(committed.jobs.count == 3)
    let rows = try await workshop.store.read { transaction in
      try transaction.query("SELECT lead_count FROM batch ORDER BY ordinal") { $0.int(0) }
    }
    #expect(rows == [8, 8, 4])
    let day = try await workshop.store.read { try QuotaTable.list(limit: 5, in: $0) }
    #expect(day.map(\.reserved) == [20])
  }

  @Test("D14: of two schedulers the one whose cycle was taken away commits nothing")
  func lostCycle() async throws {
    let workshop = try await Workshop()
    try await workshop.stock(Self.leads(30))
    workshop.policy.minTotal = 10
    workshop.policy.targetTotal = 10
    let now = workshop.now
    let cycle = try await workshop.store.write { try CycleTable.begin(scheduler: "slow", now: now, in: $0) }
    // 31 s without a sign of life: another one takes over.
    workshop.now = now + .seconds(31)
    let later = workshop.now
    _ = try await workshop.store.write { try CycleTable.begin(scheduler: "quick", now: later, in: $0) }
    let commit = PlanCommit(workplace: workshop.workplace, cycle: cycle, scheduler: "slow", isDryRun: false)
    await #expect(throws: LeadStoreError.cycleLost(cycle)) {
      _ = try await workshop.store.write { transaction in
        let stock = Workshop.stock(total: 0, at: later)
        let id = try SnapshotTable.add(stock, cycle: cycle, in: transaction)
        let snapshot = try #require(try SnapshotTable.find(id, in: transaction))
        _ = try commit.run(snapshot, stock: stock, in: transaction)
      }
    }
    let batches = try await workshop.store.read { try BatchTable.openCount(in: $0) }
    #expect(batches == 0)
  }

  @Test("D5, D14: plans that crowd each other create no more than the day allows, and no lead twice", arguments: 0..<6)
  func crowd(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let workshop = try await Workshop()
    try await workshop.stock(Self.leads(400))
    let limit = Int.random(in: 50...250, using: &random)
    workshop.policy.maxDailyUploads = limit
    workshop.policy.maxUploadPerRun = 30
    workshop.policy.minTotal = 1000
    workshop.policy.targetTotal = 1000
    let (workplace, store, now) = (workshop.workplace, workshop.store, workshop.now)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for scheduler in 0..<6 {
        group.addTask {
          for _ in 0..<40 {
            do {
              try await Self.cycle("s\(scheduler)", workplace, store, now)
            } catch LeadStoreError.cycleRunning {
              await Task.yield()
            }
          }
        }
      }
      try await group.waitForAll()
    }
    let (created, leads, distinct) = try await store.read { transaction in
      (
        try QuotaTable.list(limit: 1, in: transaction).first?.created,
        try transaction.first("SELECT count(*) FROM batch_lead") { $0.int(0) },
        try transaction.first("SELECT count(DISTINCT lead_id) FROM batch_lead") { $0.int(0) }
      )
    }
    #expect(created == limit)
    #expect(leads == limit)
    #expect(distinct == limit)
  }

  /// One cycle as a scheduler and a worker do it: between its transactions, others may try. All leads are created.
  private static func cycle(_ scheduler: String, _ workplace: Workplace, _ store: Store, _ now: Timestamp) async throws
  {
    let cycle = try await store.write { try CycleTable.begin(scheduler: scheduler, now: now, in: $0) }
    let plan = try await store.write { transaction in
      let stock = Workshop.stock(total: 0, at: now)
      let id = try SnapshotTable.add(stock, cycle: cycle, in: transaction)
      let snapshot = try #require(try SnapshotTable.find(id, in: transaction))
      return try PlanCommit(workplace: workplace, cycle: cycle, scheduler: scheduler, isDryRun: false)
        .run(snapshot, stock: stock, in: transaction).planID
    }
    try await store.write { transaction in
      for batch in try BatchTable.list(ofPlan: plan, in: transaction) {
        let leads = try BatchTable.leads(ofBatch: batch.id, in: transaction)
        try BatchTable.finishUnfenced(
          batch.id, results: leads.map { ($0.position, .created(crmID: nil)) }, attempt: 1,
          moment: Moment(wall: now, bootID: nil, sinceBoot: nil), in: transaction)
      }
    }
    try await store.write { transaction in
      try CycleTable.finish(cycle, scheduler: scheduler, state: .done, message: "", now: now, in: transaction)
    }
  }

  @Test("what is in flight or in doubt counts as stock: the next plan does not send it again")
  func inFlight() async throws {
    let workshop = try await Workshop()
    try await workshop.stock(Self.leads(40))
    try await workshop.plan(20)
    let second = try await workshop.plan(20)
    #expect(second.plan.decision == .sufficient)
    #expect(second.selected.isEmpty)
  }

  @Test("a daily limit lowered below what is planned gives the leads back, and the next plan keeps to it")
  func loweredLimit() async throws {
    let workshop = try await Workshop()
    try await workshop.stock(Self.leads(30))
    try await workshop.plan(20)
    workshop.policy.maxDailyUploads = 5
    try await workshop.finish()
    #expect(workshop.crm.rows.count <= 5)
    try await workshop.plan(20)
    try await workshop.finish()
    #expect(workshop.crm.rows.count == 5)
    try await workshop.requireAccounts("lowered limit")
  }

  @Test("a request that may have created a lead starts the cooldown, though its leads are not found")
  func cooldownOfDoubt() async throws {
    let workshop = try await Workshop()
    try await workshop.stock(Self.leads(10))
    // The first request may still be committed after nobody found it; the second one is refused.
    workshop.crm.arrange(lateness: .seconds(60), mishap: { $0 == 1 ? .lateCommit : .rateLimited })
    try await workshop.plan(3)
    #expect(try await workshop.store.read { try CooldownTable.lastRequest(in: $0) } == nil)
    #expect(try await workshop.step() == .worked)
    #expect(workshop.crm.rows.isEmpty)
    let last = try #require(try await workshop.store.read { try CooldownTable.lastRequest(in: $0) })
    #expect(last >= workshop.now)
  }

  @Test("a dry run reserves and enqueues nothing")
  func dryRun() async throws {
    let workshop = try await Workshop()
    try await workshop.stock(Self.leads(10))
    workshop.policy.minTotal = 10
    workshop.policy.targetTotal = 10
    let (workplace, now) = (workshop.workplace, workshop.now)
    let committed = try await workshop.store.write { transaction in
      let cycle = try CycleTable.begin(scheduler: "s", now: now, in: transaction)
      let stock = Workshop.stock(total: 0, at: now)
      let id = try SnapshotTable.add(stock, cycle: cycle, in: transaction)
      let snapshot = try #require(try SnapshotTable.find(id, in: transaction))
      return try PlanCommit(workplace: workplace, cycle: cycle, scheduler: "s", isDryRun: true)
        .run(snapshot, stock: stock, in: transaction)
    }
    #expect(committed.selected.count == 10)
    #expect(committed.jobs.isEmpty)
    let (batches, days) = try await workshop.store.read {
      (try BatchTable.openCount(in: $0), try QuotaTable.list(limit: 5, in: $0))
    }
    #expect(batches == 0)
    #expect(days.allSatisfy { $0.reserved == 0 })
  }
}

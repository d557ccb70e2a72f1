import Database
import Foundation
import JobQueue
import LeadStore
import Leads
import Planning
import Testing
import Timekeeping

@testable import Replenishment

@Suite("Saved plans")
struct SavedPlanTests {
  /// A workshop short of `need` leads, with a dry run's plan for it.
  private func saved(_ need: Int, of leads: Int) async throws -> (Workshop, SavedPlan) {
    let workshop = try await Workshop()
    try await workshop.stock((0..<leads).map { ("P\($0)", nil) })
    workshop.policy.minTotal = need
    workshop.policy.targetTotal = need
    let committed = try await commit(workshop, isDryRun: true)
    let draft = try #require(committed.draft)
    return (workshop, SavedPlan(id: "plan-1", savedAt: workshop.now, savedBy: "ann", draft: draft))
  }

  /// A cycle up to its plan, over a CRM that holds `total` leads; `approving`: carries out that plan.
  @discardableResult
  private func commit(
    _ workshop: Workshop, total: Int = 0, isDryRun: Bool = false, approving saved: SavedPlan? = nil
  ) async throws -> PlanCommit.Committed {
    let workplace = workshop.workplace
    let now = workshop.now
    return try await workshop.store.write(.power) { transaction in
      let cycle = try CycleTable.begin(scheduler: "s", now: now, in: transaction)
      let stock = Workshop.stock(total: total, at: now)
      let id = try SnapshotTable.add(stock, cycle: cycle, in: transaction)
      let snapshot = try #require(try SnapshotTable.find(id, in: transaction))
      let committed = try PlanCommit(
        workplace: workplace, cycle: cycle, scheduler: "s", isDryRun: isDryRun,
        approval: saved.map { PlanApproval(saved: $0, person: "bob") }
      ).run(snapshot, stock: stock, in: transaction)
      try CycleTable.finish(cycle, scheduler: "s", state: .done, message: "planned", now: now, in: transaction)
      return committed
    }
  }

  private func refusal(_ body: () async throws -> PlanCommit.Committed) async throws -> PlanRefusal {
    let error = await #expect(throws: PlanRefusal.self) { _ = try await body() }
    return try #require(error)
  }

  @Test("A plan that would be made again is carried out with the very same leads, and says who had it done")
  func carriedOut() async throws {
    let (workshop, saved) = try await saved(5, of: 9)
    #expect(saved.draft.leads.count == 5)
    let committed = try await commit(workshop, approving: saved)
    #expect(committed.selected.map(\.key.rawValue) == saved.draft.leads.map(\.key))
    #expect(committed.jobs.count == 1)
    let (row, entries) = try await workshop.store.read { transaction in
      (
        try AppliedPlanTable.find("plan-1", in: transaction),
        try AuditTable.entries(after: 0, limit: 100, in: transaction)
      )
    }
    #expect(row?.planID == committed.planID && row?.appliedBy == "bob")
    let applied = entries.filter { $0.action == "plan_applied" }
    #expect(applied.map(\.actor) == ["bob"])
    #expect(applied.first?.detail.contains("\"saved_by\":\"ann\"") == true)
  }

  @Test("Applied twice, nothing is sent twice, also when the first was sent and settled")
  func twice() async throws {
    let (workshop, saved) = try await saved(5, of: 9)
    try await commit(workshop, approving: saved)
    let atOnce = try await refusal { try await commit(workshop, approving: saved) }
    #expect(atOnce.reasons == ["it was carried out before, as plan 2"])
    try await workshop.finish()
    #expect(workshop.crm.rows.count == 5)
    let later = try await refusal { try await commit(workshop, approving: saved) }
    #expect(later.reasons == ["it was carried out before, as plan 2"] && !later.isTemporary)
    #expect(try await workshop.store.read { try BatchTable.openCount(in: $0) } == 0)
  }

  @Test("A refused plan leaves nothing in the store")
  func nothingLeft() async throws {
    let (workshop, saved) = try await saved(5, of: 9)
    _ = try await refusal { try await commit(workshop, total: 2, approving: saved) }
    let (day, open, row) = try await workshop.store.read { transaction in
      (
        try QuotaTable.list(limit: 9, in: transaction), try BatchTable.openCount(in: transaction),
        try AppliedPlanTable.find("plan-1", in: transaction)
      )
    }
    #expect(day.allSatisfy { $0.used == 0 } && open == 0 && row == nil)
  }

  @Test("A stock that changes the leads makes the plan stale, one that does not leaves it as it is")
  func stock() async throws {
    let (workshop, saved) = try await saved(5, of: 9)
    let refusal = try await refusal { try await commit(workshop, total: 2, approving: saved) }
    #expect(refusal.reasons == ["the stock changed (total 0 → 2, A 0 → 2)"])
    let (other, capped) = try await self.saved(50, of: 9)
    // Nine leads are all there are, with or without two more in the CRM.
    #expect(try await commit(other, total: 2, approving: capped).selected.count == 9)
  }

  @Test("Leads that were taken meanwhile are counted by what became of them")
  func taken() async throws {
    let (workshop, saved) = try await saved(5, of: 9)
    _ = try await workshop.store.write { transaction in
      try transaction.run("UPDATE lead SET state = 'withdrawn' WHERE id IN (1, 2)")
    }
    let refusal = try await refusal { try await commit(workshop, approving: saved) }
    #expect(refusal.reasons == ["2 of its 5 leads are withdrawn meanwhile"])
  }

  @Test("Another configuration, a changed source, another store, another CRM, and old age are named")
  func elsewhere() async throws {
    let (workshop, saved) = try await saved(5, of: 9)
    workshop.policy.maxUploadPerRun = 77
    _ = try await workshop.store.write { transaction in
      try transaction.run("UPDATE source SET fingerprint = 'new'")
    }
    workshop.now = workshop.now + .seconds(86_401)
    let refusal = try await refusal { try await commit(workshop, approving: saved) }
    #expect(
      refusal.reasons == [
        "it is too old: saved more than 24 h ago", "the configuration changed (maxUploadPerRun)",
        "the source leads.json changed",
      ])
    var strange = saved
    strange.draft.storeID = "store-2"
    strange.draft.crm = "http://other"
    let place = try await self.refusal { try await commit(workshop, approving: strange) }
    #expect(
      place.reasons == [
        "it was made for another store (store-2)", "it was made for another CRM (http://other, not http://crm.test)",
      ])
  }

  @Test("A rule that ends by itself holds the plan back only for now")
  func temporary() async throws {
    let (workshop, saved) = try await saved(5, of: 9)
    // The workshop's time is Monday 2026-09-21, 10:13 in New York.
    workshop.businessHours = (BusinessHours(opening: 0, closing: 60), .none)
    let refusal = try await refusal { try await commit(workshop, approving: saved) }
    #expect(refusal.isTemporary)
    #expect(
      refusal.description.hasPrefix("Plan not carried out now: Upload blocked: outside business hours, next opening"))
    workshop.businessHours = nil
    #expect(try await commit(workshop, approving: saved).selected.count == 5)
  }

  @Test(
    "The document holds keys, classes and scores of its leads, and nothing of their content, and reads back as it was")
  func document() async throws {
    let (_, saved) = try await saved(5, of: 9)
    let data = try JSONEncoder().encode(saved)
    #expect(try JSONDecoder().decode(SavedPlan.self, from: data) == saved)
    let text = String(decoding: data, as: UTF8.self)
    #expect(!text.contains("practice_name") && text.contains("hash:P0"))
  }
}

import Database
import LeadStore
import Leads
import Timekeeping

/// A person's word that a saved plan be carried out, and what stands for it in the store.
package struct PlanApproval: Sendable {
  let saved: SavedPlan
  /// Who has it carried out.
  let person: String

  package init(saved: SavedPlan, person: String) {
    self.saved = saved
    self.person = person
  }

  /// Throws `PlanRefusal` unless `draft`, the plan made now, sends the same leads, and the saved one was never carried out.
  func check(_ draft: PlanDraft, now: Timestamp, in transaction: Transaction) throws {
    if let done = try AppliedPlanTable.find(saved.id, in: transaction) {
      throw PlanRefusal(["it was carried out before, as plan \(done.planID)"])
    }
    if let refusal = saved.refusal(comparedWith: draft, taken: try taken(in: transaction), at: now) { throw refusal }
  }

  /// Marks the saved plan as carried out, and says by whom.
  func note(plan: Int64, now: Timestamp, in transaction: Transaction) throws {
    try AppliedPlanTable.add(saved.id, plan: plan, by: person, now: now, in: transaction)
    try AuditTable.append(
      .planApplied, subject: "plan \(plan)",
      detail: ["saved_plan": saved.id, "saved_by": saved.savedBy, "leads": saved.draft.leads.count], actor: person,
      now: now, in: transaction)
  }

  /// What the leads that are not available any more are instead; one that the catalog has lost counts as withdrawn.
  private func taken(in transaction: Transaction) throws -> [LeadState: Int] {
    var taken: [LeadState: Int] = [:]
    for lead in saved.draft.leads {
      let state = try CatalogTable.find(key: LeadKey(rawValue: lead.key), in: transaction)?.state ?? .withdrawn
      if state != .available { taken[state, default: 0] += 1 }
    }
    return taken
  }
}

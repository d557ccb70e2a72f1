import Foundation
import LeadStore
import Leads
import Planning
import Timekeeping

extension SavedPlan {
  /// Decides whether the plan may be carried out: when the same leads, and no others, would be sent by a plan made now.
  ///
  /// `now` is that plan, made from a reading of this minute by the same rules; `taken` are the saved leads that are not
  /// available any more, and what they are instead. Nil: it may. Otherwise the reasons name what changed.
  func refusal(comparedWith now: PlanDraft, taken: [LeadState: Int], at time: Timestamp) -> PlanRefusal? {
    let elsewhere = otherPlace(now)
    if !elsewhere.isEmpty { return PlanRefusal(elsewhere) }
    var changes = [ageReason(at: time), policyReason(now.plan.input.policy)].compactMap(\.self)
    changes += sourceReasons(now.sources) + takenReasons(taken)
    if !changes.isEmpty { return PlanRefusal(changes + stockReasons(now.plan.input.stock)) }
    if case .blocked(let block) = now.plan.decision, block.endsByItself {
      return PlanRefusal([now.plan.message], isTemporary: true)
    }
    if now.leads == draft.leads, now.plan.decision == .upload { return nil }
    changes = stockReasons(now.plan.input.stock) + limitReasons(now.plan)
    if now.plan.decision != .upload { changes.append(now.plan.message) }
    return PlanRefusal(changes.isEmpty ? ["other leads would be chosen now"] : changes)
  }

  private func otherPlace(_ now: PlanDraft) -> [String] {
    var reasons: [String] = []
    if now.storeID != draft.storeID { reasons.append("it was made for another store (\(draft.storeID))") }
    if now.crm != draft.crm { reasons.append("it was made for another CRM (\(draft.crm), not \(now.crm))") }
    return reasons
  }

  private func ageReason(at time: Timestamp) -> String? {
    let age = time - savedAt
    if age > Self.ageMax {
      return "it is too old: saved more than \(Self.ageMax.components.seconds / 3600) h ago"
    }
    return age < .seconds(-300) ? "it was saved in the future, by the clock of this machine" : nil
  }

  private func policyReason(_ policy: Policy) -> String? {
    guard policy != draft.plan.input.policy else { return nil }
    let changed = Self.changedMembers(draft.plan.input.policy, policy)
    return "the configuration changed" + (changed.isEmpty ? "" : " (\(changed.joined(separator: ", ")))")
  }

  private func sourceReasons(_ sources: [PlanDraft.Source]) -> [String] {
    if sources.map(\.path) != draft.sources.map(\.path) { return ["the configured sources changed"] }
    return zip(draft.sources, sources).filter { $0 != $1 }.map { "the source \($1.path) changed" }
  }

  private func takenReasons(_ taken: [LeadState: Int]) -> [String] {
    taken.sorted { $0.key.rawValue < $1.key.rawValue }.map { state, count in
      "\(count) of its \(draft.leads.count) leads \(count == 1 ? "is" : "are") \(state.rawValue) meanwhile"
    }
  }

  private func stockReasons(_ stock: Stock) -> [String] {
    let before = draft.plan.input.stock
    var changes: [String] = []
    if stock.total != before.total { changes.append("total \(before.total) → \(stock.total)") }
    for leadClass in LeadClass.allCases {
      let (was, present) = (before.availablePerClass[leadClass], stock.availablePerClass[leadClass])
      if was != present { changes.append("\(leadClass.rawValue) \(was) → \(present)") }
    }
    if stock.activeAgents != before.activeAgents {
      changes.append("active agents \(before.activeAgents) → \(stock.activeAgents)")
    }
    if stock.conversion != before.conversion { changes.append("conversion") }
    return changes.isEmpty ? [] : ["the stock changed (\(changes.joined(separator: ", ")))"]
  }

  private func limitReasons(_ plan: Plan) -> [String] {
    let (before, now) = (draft.plan.input.usage, plan.input.usage)
    let (was, used) = (before.createdToday + before.reservedToday, now.createdToday + now.reservedToday)
    return was == used ? [] : ["what counts against today's limit changed (\(was) → \(used))"]
  }

  /// The names of the members whose values differ, in JSON.
  private static func changedMembers(_ old: Policy, _ new: Policy) -> [String] {
    func members(_ policy: Policy) -> [String: NSObject] {
      guard let data = try? JSONEncoder().encode(policy) else { return [:] }
      return (try? JSONSerialization.jsonObject(with: data)) as? [String: NSObject] ?? [:]
    }
    let (old, new) = (members(old), members(new))
    return Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted()
  }
}

extension Block {
  /// Whether time alone ends it.
  fileprivate var endsByItself: Bool {
    switch self {
    case .dailyLimit, .uploadUnderWay, .cooldown, .outsideBusinessHours: true
    case .noActiveAgents, .agentsFull, .noSupply, .smallestBatch: false
    }
  }
}

import Leads

extension Advisor {
  private static let target = "lead_inventory_thresholds.target_total_leads"
  private static let minimum = "lead_inventory_thresholds.min_total_leads"

  /// What the thresholds, the mix and the agents' pool mean together.
  var stockAdvice: [Advice] {
    [narrowTarget, nothingWatched, fullPool].compactMap(\.self) + LeadClass.allCases.compactMap(unfedClass)
  }

  private var narrowTarget: Advice? {
    let thresholds = configuration.leadThresholds
    let smallest = configuration.uploadControls.minUploadBatch
    guard thresholds.minTotalLeads > 0, thresholds.targetTotalLeads - thresholds.minTotalLeads < smallest else {
      return nil
    }
    return advice(
      on: Self.target,
      "an upload of the smallest size (\(smallest)) goes past the target, so that the stock is never what was asked for",
      set: Advice.Setting(Self.target, .integer(thresholds.minTotalLeads + smallest)))
  }

  private var nothingWatched: Advice? {
    let thresholds = configuration.leadThresholds
    guard thresholds.minTotalLeads == 0, thresholds.minPriorityLeads.sum == 0 else { return nil }
    let usual = Configuration().leadThresholds.minTotalLeads
    return advice(
      on: Self.minimum, "every minimum is 0, so that no stock is ever too low and nothing is uploaded",
      set: Advice.Setting(Self.minimum, .integer(min(usual, thresholds.targetTotalLeads))))
  }

  private var fullPool: Advice? {
    let rules = configuration.businessRules
    let (target, pool) = (configuration.leadThresholds.targetTotalLeads, rules.maxPoolLeadsPerAgent)
    let agents = (target + pool - 1) / pool
    guard rules.avoidOverloadingAgents, agents > 10 else { return nil }
    let key = "business_rules.max_pool_leads_per_agent"
    return advice(
      on: key,
      "with fewer than \(agents) active agents no agent can take more before the target of \(target) is reached",
      set: Advice.Setting(key, .integer((target + 9) / 10)))
  }

  private func unfedClass(_ leadClass: LeadClass) -> Advice? {
    let minimum = configuration.leadThresholds.minPriorityLeads[leadClass]
    guard minimum > 0, configuration.planning.priorityMix[leadClass] == 0 else { return nil }
    return advice(
      on: "planning.priority_mix.\(leadClass.rawValue)",
      "class \(leadClass.rawValue) has a minimum of \(minimum) but no share: it is only ever filled up to that minimum, and "
        + "starts an upload with the next lead that leaves",
      set: Advice.Setting("lead_inventory_thresholds.min_priority_leads.\(leadClass.rawValue)", .integer(0)))
  }
}

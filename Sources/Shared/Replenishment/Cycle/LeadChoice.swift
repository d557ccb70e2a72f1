import Database
import LeadStore
import Leads
import Planning

/// Chooses the leads of a plan: the best of each class, or of each segment and territory where the plan is spread over them.
struct LeadChoice: Sendable {
  /// Of the sources: how ties between them are decided.
  let order: SourceRotation.Order

  /// As many leads of each class as the plan's targets say. Notes in the plan how they were spread, and, where nothing is
  /// uploaded, how the territories stand.
  func choose(_ plan: inout Plan, in transaction: Transaction) throws -> [SelectedLead] {
    guard plan.decision == .upload else {
      if plan.input.policy.steering.geography.isBalanced {
        plan.spread = Spread(plan: plan, supply: try CatalogTable.supplyByCell(sources: order.sources, in: transaction))
      }
      return []
    }
    let selected = try spread(&plan, in: transaction) ?? best(plan, in: transaction)
    precondition(selected.count == plan.runSize, "supply and choice were read in one transaction")
    return selected
  }

  private func best(_ plan: Plan, in transaction: Transaction) throws -> [SelectedLead] {
    try LeadClass.allCases.flatMap { leadClass in
      try CatalogTable.choose(leadClass, count: plan.targets[leadClass], from: order, in: transaction)
    }
  }

  /// Nil where nothing is spread.
  private func spread(_ plan: inout Plan, in transaction: Transaction) throws -> [SelectedLead]? {
    let steering = plan.input.policy.steering
    guard !steering.segments.isEmpty || steering.geography.isBalanced else { return nil }
    let supply = try CatalogTable.supplyByCell(sources: order.sources, in: transaction)
    guard var spread = Spread(plan: plan, supply: supply) else { return nil }
    var selected = try choose(spread.portions, supply, steering, in: transaction)
    if steering.geography.isBalanced {
      let inScoreOrder = try choose(spread.inScoreOrder, supply, steering, in: transaction)
      let isUndone = spread.judge(
        balanced: meanScore(selected), best: meanScore(inScoreOrder), geography: steering.geography)
      if isUndone { selected = inScoreOrder }
    }
    plan.spread = spread
    return selected
  }

  private func choose(
    _ portions: [Spread.Portion], _ supply: [SupplyCell: Int], _ steering: Steering, in transaction: Transaction
  ) throws -> [SelectedLead] {
    try portions.flatMap { portion in
      try CatalogTable.choose(
        among: portion.cells(of: supply, steering: steering), count: portion.count, from: order, in: transaction)
    }
  }

  private func meanScore(_ leads: [SelectedLead]) -> Double {
    leads.isEmpty ? 0 : Double(leads.map(\.score).reduce(0, +)) / Double(leads.count)
  }
}

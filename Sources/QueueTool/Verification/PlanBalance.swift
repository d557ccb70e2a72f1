import LeadStore

/// What became of the leads that a plan selected, or all plans together.
struct PlanBalance: Sendable, Equatable {
  /// Nil for the total.
  var plan: Int64?
  var cycle: Int64?
  var selected: Int
  var states: [BatchLeadState: Int]

  subscript(_ state: BatchLeadState) -> Int { states[state] ?? 0 }

  /// Whether every selected lead is accounted for, once.
  var isBalanced: Bool { selected == states.values.reduce(0, +) }

  /// `selected 50 = created 45 + duplicate 5 + rejected 0 + unresolved 0 + pending 0 + released 0`
  var equation: String {
    let terms = Self.order.map { "\($0.rawValue) \(self[$0])" }.joined(separator: " + ")
    return "selected \(selected) \(isBalanced ? "=" : "≠") \(terms)"
  }

  /// The order of the equation.
  static let order: [BatchLeadState] = [.created, .duplicate, .rejected, .unresolved, .pending, .released]

  static func total(of balances: [PlanBalance]) -> PlanBalance {
    balances.reduce(into: PlanBalance(selected: 0, states: [:])) { total, balance in
      total.selected += balance.selected
      total.states.merge(balance.states, uniquingKeysWith: +)
    }
  }
}

import LeadStore

/// What became of the leads that a plan selected, or all plans together.
struct PlanBalance: Sendable, Equatable {
  /// Nil for the total.
  var plan: Int64?
  var cycle: Int64?
  var selected: Int
  var states: [BatchLeadState: Int]
  /// Leads that went back to the catalog after they were settled; they stay in the state that they were given.
  var requeued = 0

  subscript(_ state: BatchLeadState) -> Int { states[state] ?? 0 }

  /// Whether every selected lead is accounted for, once.
  var isBalanced: Bool { selected == states.values.reduce(0, +) }

  /// `selected 50 = created 45 + duplicate 5 + rejected 0 + unresolved 0 + pending 0 + released 0`
  var equation: String {
    let terms = Self.order.map { "\($0.rawValue) \(self[$0])" }.joined(separator: " + ")
    return "selected \(selected) \(isBalanced ? "=" : "≠") \(terms)"
      + (requeued > 0 ? "; \(requeued) of them requeued since" : "")
  }

  /// The order of the equation.
  static let order: [BatchLeadState] = [.created, .duplicate, .rejected, .unresolved, .pending, .released]

  mutating func add(_ other: PlanBalance) {
    selected += other.selected
    requeued += other.requeued
    states.merge(other.states, uniquingKeysWith: +)
  }
}

import Leads

extension Plan {
  /// The plan told line by line: one sentence, territories out of supply, stock, need, the way from need to run with what bound it, the mix and what
  /// moved it, and the decision. Plain text without lead data; a line that is indented belongs to the one above.
  package var explanation: [String] {
    headlines + [stockLine, needLine] + reasons.map { "  \($0)" } + forecastLines + waterfallLines + mixLines
      + performanceLines + spreadLines + refillLines + sourceLines + exclusionLines + ["Decision: \(message)"]
      + (decision == .upload ? [targetsLine] : [])
  }

  private var stockLine: String {
    let inFlight = input.inFlight.sum
    return
      "Stock: \(need.stockTotal) workable leads\(inFlight > 0 ? ", \(inFlight) of them in flight" : ""); available "
      + Plan.list(need.stockPerClass) { "\($0)" }
  }

  private var needLine: String {
    need.total == 0
      ? "Need: none" : "Need: \(Plan.leads(need.total)); for classes " + Plan.list(need.perClass) { "\($0)" }
  }

  private var mixLines: [String] {
    let weights = "Mix: " + Plan.list(mix.weights, Plan.percent)
    let window = "the last \(mix.windowDays) days"
    switch mix.adaptation {
    case .adapted:
      return [weights + ", moved by conversion from " + Plan.list(mix.steered, Plan.percent)] + conversionLines
    case .switchedOff:
      return [weights + ", not moved by conversion: business_rules.prioritize_high_performers is off"]
    case .noClosedLeads:
      return [weights + ", not moved by conversion: no lead closed in \(window)"]
    case .noneWon:
      return [weights + ", not moved by conversion: no lead won in \(window)"]
    case .allWon:
      return [weights + ", not moved by conversion: every closed lead won in \(window)"]
    }
  }

  /// Won of closed per class, with what it is taken for: never a bare percentage.
  private var conversionLines: [String] {
    guard let classes = performance?.classes else {
      let groups = Plan.list(mix.conversion) { "\($0.won) of \($0.resolved)" }
      return ["  won of closed in the last \(mix.windowDays) days: \(groups)"]
    }
    return LeadClass.allCases.map { "  \($0.rawValue): " + Plan.words(classes[$0], days: mix.windowDays) }
  }

  private var refillLines: [String] {
    let short = LeadClass.allCases.filter { refill[$0] < 0 }.map { "\(-refill[$0]) \($0.rawValue)" }
    let filling = LeadClass.allCases.filter { refill[$0] > 0 }.map { "\(refill[$0]) \($0.rawValue)" }
    guard !short.isEmpty else { return [] }
    return [
      "Refill: the sources lack \(short.joined(separator: ", ")); in their place \(filling.joined(separator: ", "))"
    ]
  }

  private var sourceLines: [String] {
    (input.supplyProblem.map { ["Sources: \($0)"] } ?? []) + sourceUseLines
  }

  /// Of a plan that takes from one of several files, or the last of one.
  private var sourceUseLines: [String] {
    let uses = (sources ?? []).filter { $0.taken > 0 || decision == .upload }
    guard uses.count > 1 || uses.contains(where: \.isUsedUp) else { return [] }
    return uses.map { use in
      "Source \(use.path): \(use.taken) taken, " + (use.isUsedUp ? "used up" : "\(use.left) left")
    }
  }

  static func list<Value>(_ values: PerClass<Value>, _ show: (Value) -> String) -> String {
    LeadClass.allCases.map { "\($0.rawValue) \(show(values[$0]))" }.joined(separator: ", ")
  }

  static func percent(_ share: Double) -> String {
    let tenths = Int((share * 1000).rounded())
    return "\(tenths / 10).\(tenths % 10) %"
  }
}

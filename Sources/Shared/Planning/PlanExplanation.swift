import Leads

extension Plan {
  /// The plan told line by line: stock, need, each cap with its configuration key, the mix, refill, and the decision.
  /// Plain text without lead data.
  package var explanation: [String] {
    [stockLine, needLine] + reasons.map { "  \($0)" } + forecastLines + ["Caps:"] + caps.map(capLine) + raiseLines
      + mixLines
      + refillLines + sourceLines + ["Decision: \(message)"] + (decision == .upload ? [targetsLine] : [])
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

  private func capLine(_ cap: Cap) -> String {
    let mark = cap.name == binding && !isRaisedToSmallestBatch ? " ← binding" : ""
    return "  \(Plan.description(of: cap.name)): \(cap.value) (\(cap.configurationKey))\(mark)"
  }

  private var raiseLines: [String] {
    guard isRaisedToSmallestBatch else { return [] }
    return ["  raised to the smallest batch: \(runSize) (\(PolicyKey.minUploadBatch)) ← binding"]
  }

  private var mixLines: [String] {
    let weights = "Mix: " + Plan.list(mix.weights, Plan.percent)
    let window = "the last \(mix.windowDays) days"
    switch mix.adaptation {
    case .adapted:
      let groups = Plan.list(mix.conversion) { "\($0.won) of \($0.resolved)" }
      return [
        weights + ", moved by conversion from " + Plan.list(mix.base, Plan.percent),
        "  won of closed in \(window): \(groups)",
      ]
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

  private var refillLines: [String] {
    let short = LeadClass.allCases.filter { refill[$0] < 0 }.map { "\(-refill[$0]) \($0.rawValue)" }
    let filling = LeadClass.allCases.filter { refill[$0] > 0 }.map { "\(refill[$0]) \($0.rawValue)" }
    guard !short.isEmpty else { return [] }
    return [
      "Refill: the sources lack \(short.joined(separator: ", ")); in their place \(filling.joined(separator: ", "))"
    ]
  }

  private var sourceLines: [String] {
    input.supplyProblem.map { ["Sources: \($0)"] } ?? []
  }

  private static func description(of name: Cap.Name) -> String {
    switch name {
    case .need: "need"
    case .refill: "needed classes, and others up to the target"
    case .perRun: "per run"
    case .daily: "left today"
    case .agentsRoom: "agents' room"
    case .supply: "new leads in the sources"
    }
  }

  private static func list<Value>(_ values: PerClass<Value>, _ show: (Value) -> String) -> String {
    LeadClass.allCases.map { "\($0.rawValue) \(show(values[$0]))" }.joined(separator: ", ")
  }

  private static func percent(_ share: Double) -> String {
    let tenths = Int((share * 1000).rounded())
    return "\(tenths / 10).\(tenths % 10) %"
  }
}

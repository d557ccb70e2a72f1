import Leads
import Operations
import Planning
import Timekeeping

/// One configuration that is tried.
struct WhatIfCase: Sendable {
  var name: String
  var configuration: Configuration

  var rules: WhatIfRules {
    WhatIfRules(
      policy: configuration.policy, checkInterval: configuration.monitoring.checkInterval,
      respectsBusinessHours: configuration.businessRules.respectBusinessHours)
  }
}

/// One or two configurations over the same demand.
struct WhatIfComparison: Sendable {
  let ground: WhatIfGround
  let cases: [WhatIfCase]
  /// Of each case.
  let outcomes: [WhatIfOutcome]

  init(ground: WhatIfGround, cases: [WhatIfCase]) {
    self.ground = ground
    self.cases = WhatIfComparison.named(cases)
    outcomes = cases.map { WhatIf.run(ground.trace, rules: $0.rules, from: ground.start) }
  }

  /// Files of one name in two folders are told apart by letters.
  private static func named(_ cases: [WhatIfCase]) -> [WhatIfCase] {
    guard Set(cases.map(\.name)).count < cases.count else { return cases }
    return zip(["A", "B"], cases).map { WhatIfCase(name: "\($0): \($1.name)", configuration: $1.configuration) }
  }

  var chart: WhatIfChart {
    let names = cases.map(\.name).joined(separator: " and ")
    return WhatIfChart(
      title: "What if: \(names) over \(ground.trace.days.count) business days",
      lines: zip(cases, outcomes).map {
        WhatIfChart.Line(name: $0.name, minimums: $0.rules.policy.minPerClass, outcome: $1)
      })
  }

  var document: WhatIfDocument {
    WhatIfDocument(
      ground: ground.description,
      cases: zip(cases, outcomes).map { WhatIfDocument.Case(name: $0.name, outcome: $1) })
  }
}

/// The JSON of `lead-scheduler simulate`.
struct WhatIfDocument: Encodable {
  struct Case: Encodable {
    let name: String
    let outcome: WhatIfOutcome
  }

  let ground: String
  let cases: [Case]
}

import Alerts
import Leads
import Planning
import Timekeeping

/// What a look at stock and sources finds, with what the forecast says of it. Pure.
struct StockFindings {
  /// Fewer working days than these, and the sources count as low.
  static let workingDaysMin = 3

  let policy: Policy
  let calendar: BusinessCalendar
  let now: Timestamp
  /// Nil: nothing is predicted.
  let forecast: ForecastReport?

  /// `stock`: an accepted reading; `inFlight`: ours that it may not hold yet.
  func stock(_ stock: Stock, inFlight: PerClass<Int>) -> [AlertFinding] {
    let classes = LeadClass.allCases.map { leadClass in
      level(
        leadClass.rawValue, what: "\(leadClass.rawValue) leads",
        present: stock.availablePerClass[leadClass] + inFlight[leadClass], minimum: policy.minPerClass[leadClass],
        runOut: forecast?.classes[leadClass].runOut?.words(by: calendar, seenFrom: now))
    }
    let total = level(
      "total", what: "Leads in total", present: stock.total + inFlight.sum, minimum: policy.minTotal, runOut: nil)
    return classes + [total]
  }

  private func level(
    _ subject: String, what: String, present: Int, minimum: Int, runOut: String?
  ) -> AlertFinding {
    guard present < minimum else {
      return AlertFinding(
        .stockLow, subject, isPresent: false, "\(what) are at \(present), their minimum is \(minimum)")
    }
    let head =
      if present <= 0 { "\(what) have run out" } else if let runOut { "\(what) run out \(runOut)" } else {
        "\(what) are low"
      }
    return AlertFinding(.stockLow, subject, isPresent: true, "\(head): \(present) in stock, the minimum is \(minimum)")
  }

  /// `left`: leads that may still be uploaded. `hasProblem`: some source cannot be read.
  func sources(left: Int, hasProblem: Bool) -> AlertFinding {
    let problem = hasProblem ? " (a source cannot be read: lead-queue sources)" : ""
    guard left > 0 else {
      return AlertFinding(
        .sourcesLow, "sources", isPresent: true, "The sources are used up, no lead is left to upload\(problem)")
    }
    let runOut = forecast?.sources.last?.runOut
    let holds = "The sources hold \(Self.leads(left))"
    guard let days = runOut?.workingDays, let words = runOut?.words(by: calendar, seenFrom: now) else {
      return AlertFinding(.sourcesLow, "sources", isPresent: false, holds)
    }
    let lasting = "enough for \(days) working \(days == 1 ? "day" : "days")"
    guard days < Self.workingDaysMin else {
      return AlertFinding(.sourcesLow, "sources", isPresent: false, "\(holds), \(lasting)")
    }
    return AlertFinding(
      .sourcesLow, "sources", isPresent: true,
      "The sources run out \(words): \(Self.leads(left)) left, \(lasting)\(problem)")
  }

  private static func leads(_ count: Int) -> String { "\(count) \(count == 1 ? "lead" : "leads")" }
}

import Leads
import Planning
import Timekeeping

/// A forecast for people.
struct ForecastText {
  let report: ForecastReport
  let time: WorkTime
  /// Whether plans go by the reorder levels.
  let isForecasting: Bool

  var lines: [String] {
    let known = LeadClass.allCases.map { report.classes[$0].daysKnown }.max() ?? 0
    let head = "Forecast of \(time.full(report.madeAt)), from \(Self.days(known)) of recorded demand"
    guard !report.isTooShort else {
      return [
        head, "",
        "Not enough to predict from: \(ClassForecast.daysMin) business days are needed, each with a reading of the CRM. "
          + "Until then the minimums alone hold.",
      ]
    }
    return [head, ""] + runOutLines + ["", "Demand expected a business day (with 80 %: from – to)"] + demandLines
      + [""] + reorderLines + sourceLines
  }

  static func days(_ count: Int) -> String { "\(count) business \(count == 1 ? "day" : "days")" }

  // MARK: Stock

  private var runOutLines: [String] {
    LeadClass.allCases.map { leadClass in
      let ofClass = report.classes[leadClass]
      guard let runOut = ofClass.runOut else {
        return "\(leadClass.rawValue): \(ofClass.stock) in stock; only \(Self.days(ofClass.daysKnown)) of demand known"
      }
      return "\(leadClass.rawValue) " + outcome(ofClass, runOut) + minimumWords(ofClass)
    }
  }

  private func outcome(_ ofClass: ForecastReport.OfClass, _ runOut: ForecastReport.Times) -> String {
    if ofClass.stock <= 0 { return "has run out" }
    guard let words = runOut.words(by: time.calendar, seenFrom: time.now) else {
      return "lasts more than \(ForecastReport.horizonDays) business days with \(ofClass.stock) in stock"
    }
    return "runs out \(words) with \(ofClass.stock) in stock"
  }

  private func minimumWords(_ ofClass: ForecastReport.OfClass) -> String {
    guard ofClass.stock >= ofClass.minimum else { return "; below its minimum of \(ofClass.minimum) now" }
    guard let below = ofClass.belowMinimum?.median else { return "" }
    return "; below its minimum of \(ofClass.minimum) \(time.short(below))"
  }

  // MARK: Demand

  private var demandLines: [String] {
    let days = LeadClass.allCases.lazy.map { report.classes[$0].days }.first { !$0.isEmpty } ?? []
    let header = ["Class"] + days.map { CivilDay($0.day.day).map(time.date) ?? $0.day.day } + ["Method"]
    var columns = Columns(header, isRight: [false] + days.map { _ in true } + [false])
    for leadClass in LeadClass.allCases {
      let ofClass = report.classes[leadClass]
      guard let forecast = ofClass.forecast else { continue }
      columns.rows.append(
        [leadClass.rawValue]
          + ofClass.days.map { "\(Decimals.text($0.mean)) (\($0.band.lowerBound)–\($0.band.upperBound))" }
          + [Self.method(forecast)])
    }
    return columns.lines.map { "  " + $0 }
  }

  private static func method(_ forecast: ClassForecast) -> String {
    let name =
      switch forecast.model.method {
      case .simple: "smoothed level"
      case .holtWinters: "level and weekly season"
      }
    let accuracy = forecast.accuracy.map { ", MASE \(hundredths($0))" } ?? ""
    let other = forecast.accuracyOfOther.map { " (other method \(hundredths($0)))" } ?? ""
    let distribution = forecast.dispersion > 1 ? ", variance \(Decimals.text(forecast.dispersion)) × mean" : ", Poisson"
    return name + accuracy + other + distribution
  }

  private static func hundredths(_ value: Double) -> String {
    let count = Int((value * 100).rounded())
    return "\(count / 100)." + (count % 100 < 10 ? "0" : "") + "\(count % 100)"
  }

  // MARK: Reorder levels and sources

  private var reorderLines: [String] {
    let orders = LeadClass.allCases.compactMap { leadClass in report.classes[leadClass].reorder.map { (leadClass, $0) }
    }
    guard let any = orders.first?.1 else { return [] }
    let head =
      "Reorder levels for \(Decimals.text(any.serviceLevel * 100)) % over "
      + "\(Decimals.text(Double(any.coverMilliseconds) / 3_600_000)) business hours"
      + (isForecasting ? "" : ", if planning.forecast were on")
    var columns = Columns(
      ["Class", "Stock", "Minimum", "Reorder at", "Raise to"], isRight: [false, true, true, true, true])
    for (leadClass, order) in orders {
      let ofClass = report.classes[leadClass]
      columns.rows.append([
        leadClass.rawValue, "\(ofClass.stock)", "\(ofClass.minimum)", "\(order.level)", "\(order.upTo)",
      ])
    }
    return [head] + columns.lines.map { "  " + $0 }
  }

  private var sourceLines: [String] {
    guard let last = report.sources.last else { return ["", "No source has been read yet."] }
    var lines = ["", "Sources " + lasting(last.runOut)]
    if report.sources.count > 1 {
      lines += report.sources.map { "  \($0.name): \($0.supply) new leads, " + lasting($0.runOut) }
    }
    return lines
  }

  private func lasting(_ runOut: ForecastReport.Times?) -> String {
    guard let runOut else { return "last for an unknown time: some class has too short a history" }
    guard let words = runOut.words(by: time.calendar, seenFrom: time.now), let days = runOut.workingDays else {
      return "last more than \(ForecastReport.horizonDays) working days"
    }
    return "last \(days) working \(days == 1 ? "day" : "days"), until \(words)"
  }
}

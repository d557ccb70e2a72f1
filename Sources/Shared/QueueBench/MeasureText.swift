import Foundation

/// The numbers of measures in words for people.
package enum MeasureText {
  /// Three significant digits or whole numbers, thousands apart: `81,250`, `0.184`.
  package static func number(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    let digits = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : abs(value) >= 1 ? 2 : 3
    let text = String(format: "%.\(digits)f", value)
    guard digits == 0 else { return text }
    let isNegative = text.hasPrefix("-")
    var grouped = ""
    for (index, digit) in text.drop(while: { $0 == "-" }).reversed().enumerated() {
      if index > 0, index % 3 == 0 { grouped.append(",") }
      grouped.append(digit)
    }
    return (isNegative ? "-" : "") + String(grouped.reversed())
  }

  package static func ratio(_ value: Double) -> String { String(format: "%.2f", value) }

  /// The least and the greatest ratio of the rounds; nil when there was one round or nothing to compare with.
  package static func spread(_ measure: Measure) -> String? {
    guard measure.rounds > 1, let least = measure.ratioMin, let greatest = measure.ratioMax else { return nil }
    return "\(ratio(least))–\(ratio(greatest))"
  }

  package static func beside(_ beside: Measure.Beside) -> String {
    switch beside {
    case .raw: "the raw limit"
    case .oneProcess: "one process"
    case .fairShare: "a fair share"
    case .fewRows: "1,000 jobs"
    case .smallCatalog: "10,000 leads"
    }
  }
}

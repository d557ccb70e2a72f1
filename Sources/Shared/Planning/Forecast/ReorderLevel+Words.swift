package import Leads

extension ReorderLevel {
  /// Why a class that is not below its minimum is raised.
  package func reason(_ leadClass: LeadClass, count: Int, minimum: Int) -> String {
    "\(leadClass.rawValue) leads (\(count)) below reorder level (\(level)): the minimum of \(minimum), and \(demand) that may "
      + "be taken before an upload can land"
  }

  /// Business hours until an upload can land, to the tenth.
  var coverWords: String { "\(Decimals.text(Double(coverMilliseconds) / 3_600_000)) business hours" }
}

extension Plan {
  /// The reorder levels that the plan went by; nothing when `planning.forecast` is off.
  var forecastLines: [String] {
    guard let reorder = input.reorder else { return [] }
    let orders = LeadClass.allCases.compactMap { leadClass in reorder[leadClass].map { (leadClass, $0) } }
    guard let any = orders.first?.1 else {
      return ["Forecast: the history is too short, fewer than \(ClassForecast.daysMin) business days; minimums alone"]
    }
    let head =
      "Forecast: reorder levels that last \(any.coverWords) with \(Decimals.text(any.serviceLevel * 100)) % "
      + "(planning.service_level)"
    return [head]
      + orders.map { leadClass, order in
        "  \(leadClass.rawValue): reorder at \(order.level) (minimum \(input.policy.minPerClass[leadClass]) and demand "
          + "\(order.demand)), raise to \(order.upTo); \(Decimals.text(order.dailyMean)) a day expected"
      }
      + LeadClass.allCases.filter { reorder[$0] == nil }.map { "  \($0.rawValue): history too short, minimum alone" }
  }
}

/// Numbers in sentences.
package enum Decimals {
  /// At most one decimal, none for a whole number: `4`, `4.5`.
  package static func text(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "∞" }
    let tenths = Int((value * 10).rounded())
    let (whole, rest) = (abs(tenths) / 10, abs(tenths) % 10)
    return (tenths < 0 ? "-" : "") + "\(whole)" + (rest > 0 ? ".\(rest)" : "")
  }
}

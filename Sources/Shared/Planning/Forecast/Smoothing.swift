/// Exponential smoothing of daily counts: a level, and with Holt-Winters an additive weekly season. In the form of error
/// corrections, `level += α · e`, `season += γ · e`, which is that of the text books (Hyndman and Athanasopoulos,
/// "Forecasting: Principles and Practice", 3rd ed., 8.1 and 8.3).
///
/// There is no trend: over the few weeks that a run-out is away, the level follows the demand, while a trend fitted to
/// noisy days would be drawn out to the horizon.
package struct Smoothing: Sendable, Equatable, Codable {
  package enum Method: String, Sendable, Codable, CaseIterable {
    case simple
    case holtWinters = "holt_winters"
  }

  package var method: Method
  /// 0–1: how far one day moves the level.
  package var alpha: Double
  /// 0–1: how far one day moves its weekday's season. 0 for `simple`.
  package var gamma: Double
  /// Leads per business day.
  package var level: Double
  /// Leads added on each weekday, Monday first. Seven zeros for `simple`.
  package var season: [Double]

  package init(method: Method, alpha: Double, gamma: Double = 0, level: Double, season: [Double]? = nil) {
    self.method = method
    self.alpha = alpha
    self.gamma = gamma
    self.level = level
    self.season = season ?? [Double](repeating: 0, count: 7)
    precondition(self.season.count == 7)
  }

  /// What it expects of a weekday (1–7), before it is floored at 0.
  func expected(on weekday: Int) -> Double { level + season[weekday - 1] }

  /// Takes one day in. Returns the error of the forecast for it; nil for a day of which nothing is known.
  mutating func observe(_ day: Observation) -> Double? {
    guard let value = day.value else { return nil }
    let error = value - expected(on: day.weekday)
    level += alpha * error
    if method == .holtWinters { season[day.weekday - 1] += gamma * error }
    return error
  }

  /// One day as the model sees it.
  package struct Observation: Sendable, Equatable {
    package var weekday: Int
    package var value: Double?

    package init(weekday: Int, value: Double?) {
      self.weekday = weekday
      self.value = value
    }
  }

  /// The errors of the one-day forecasts along a series, and the state after it.
  package func run(_ series: some Sequence<Observation>) -> (errors: [Double], end: Smoothing) {
    var state = self
    let errors = series.compactMap { state.observe($0) }
    return (errors, state)
  }
}

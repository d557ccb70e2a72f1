/// What is expected of one class on the business days to come, learned from its daily uptake.
package struct ClassForecast: Sendable, Equatable, Codable {
  /// Business days of known uptake that it rests on.
  package var days: Int
  /// After the last of them.
  package var model: Smoothing
  /// Mean absolute scaled error of the chosen method by rolling origin: below 1 it beats "as on the day before". Nil when
  /// that yardstick is 0.
  package var accuracy: Double?
  /// The same of the method that was not chosen; nil when only one was tried.
  package var accuracyOfOther: Double?
  /// σ²/μ of one day: 1 is Poisson, more is negative binomial.
  package var dispersion: Double
  /// How many days' worth of evidence the level rests on: all of them with α = 0, fewer where the past is forgotten.
  package var daysOfLevel: Double
  /// Different weekdays in the history.
  package var weekLength: Int

  private enum CodingKeys: String, CodingKey {
    case days, model
    case accuracy = "mase"
    case accuracyOfOther = "mase_of_other"
    case dispersion
    case daysOfLevel = "days_of_level"
    case weekLength = "week_length"
  }

  /// Days of history under which nothing is predicted.
  package static let daysMin = 10
  /// Weeks of history from which a season is looked for.
  package static let weeksForSeason = 3
  /// Days of history that count: what lies further back says little about the days to come.
  package static let daysMax = 120

  /// Learns from the last `daysMax` days of a series; nil when fewer than `daysMin` of them are known.
  package init?(learning series: [DailyUptake]) {
    let recent = series.suffix(ClassForecast.daysMax)
    let known = recent.compactMap { day in day.count.map { (count: Double($0), isCensored: day.isCensored) } }
    guard known.count >= ClassForecast.daysMin else { return nil }
    // On a day that used the stock up agents might have taken more: it counts as an average day at least.
    let free = known.filter { !$0.isCensored }.map(\.count)
    let usual = free.isEmpty ? 0 : free.reduce(0, +) / Double(free.count)
    let observations = recent.map { day in
      Smoothing.Observation(
        weekday: day.weekday, value: day.count.map { day.isCensored ? max(Double($0), usual) : Double($0) })
    }
    days = known.count
    weekLength = max(1, Set(recent.map(\.weekday)).count)

    let simple = RollingOrigin.error(of: .simple, in: observations)
    var method = Smoothing.Method.simple
    accuracy = simple.scaled
    accuracyOfOther = nil
    if known.count >= ClassForecast.weeksForSeason * weekLength, weekLength > 1 {
      let seasonal = RollingOrigin.error(of: .holtWinters, in: observations)
      accuracyOfOther = seasonal.scaled
      if seasonal.absolute < simple.absolute {
        method = .holtWinters
        (accuracy, accuracyOfOther) = (seasonal.scaled, simple.scaled)
      }
    }
    let fitted = Smoothing.fit(method, to: observations)
    let (errors, end) = fitted.run(observations)
    model = end
    let values = observations.compactMap(\.value)
    let mean = values.reduce(0, +) / Double(values.count)
    // α and the level were fitted, and γ and the season.
    let fittedNumbers = method == .simple ? 2 : 2 + weekLength
    let variance = errors.reduce(0) { $0 + $1 * $1 } / Double(max(1, errors.count - fittedNumbers))
    dispersion = mean > 0 ? max(1, variance / mean) : 1
    daysOfLevel = values.reduce(0) { sum, _ in sum * (1 - fitted.alpha) * (1 - fitted.alpha) + 1 }
  }

  /// Leads expected on a weekday (1–7), ≥ 0.
  package func mean(on weekday: Int) -> Double { max(0, model.expected(on: weekday)) }

  /// Leads expected on an average day of these, ≥ 0.
  package func dailyMean(over weekdays: some Collection<Int>) -> Double {
    weekdays.isEmpty ? 0 : weekdays.reduce(0) { $0 + mean(on: $1) } / Double(weekdays.count)
  }

  /// Takes one more day in without choosing or fitting anew.
  mutating func observe(_ day: DailyUptake) {
    // A day that used the stock up tells no more than that at least so many were asked for.
    let value = day.count.map { day.isCensored ? max(Double($0), mean(on: day.weekday)) : Double($0) }
    guard model.observe(Smoothing.Observation(weekday: day.weekday, value: value)) != nil else { return }
    days += 1
    daysOfLevel = daysOfLevel * (1 - model.alpha) * (1 - model.alpha) + 1
  }

  /// By how much the variance of the sum of `days` days, forecast errors included, exceeds that of independent days: all of
  /// them stand on one level.
  ///
  /// That level moves on: `(1/h) Σ_{j<h} (1 + Σ_{i≤j} c_i)²` with `c_i = α`, and `+ γ` for each full week (Hyndman, Koehler, Ord
  /// and Snyder, "Forecasting with Exponential Smoothing", 2008, 6.4, lead-time demand). And it was estimated from so many
  /// days, the season from a week's part of them each: `h / n`, or `week / n` if that is more.
  package func spread(overDays days: Int) -> Double {
    let days = max(1, days)
    var (sum, moved) = (1.0, 1.0)
    for ahead in 1..<max(2, days) where ahead < days {
      moved += model.alpha + (ahead % weekLength == 0 ? model.gamma : 0)
      sum += moved * moved
    }
    let alike = model.method == .holtWinters ? max(days, weekLength) : days
    return sum / Double(days) + Double(alike) / daysOfLevel
  }
}

/// How well a method would have predicted: fitted on the first two thirds of a series, it goes through the rest and
/// predicts each day from those before it.
enum RollingOrigin {
  /// `absolute`: the mean absolute error, leads. `scaled`: that by the mean absolute step from day to day in the part it was
  /// fitted on (MASE; Hyndman and Koehler, "Another look at measures of forecast accuracy", 2006); nil when no day differed
  /// from the one before.
  static func error(of method: Smoothing.Method, in series: [Smoothing.Observation]) -> (
    absolute: Double, scaled: Double?
  ) {
    let known = series.indices.filter { series[$0].value != nil }
    let origin = known[known.count * 2 / 3]
    let past = series[..<origin]
    let (errors, _) = Smoothing.fit(method, to: past).run(past).end.run(series[origin...])
    let absolute = errors.reduce(0) { $0 + abs($1) } / Double(errors.count)
    let values = past.compactMap(\.value)
    let steps = zip(values.dropFirst(), values).reduce(0) { $0 + abs($1.0 - $1.1) } / Double(max(1, values.count - 1))
    return (absolute, steps > 0 ? absolute / steps : nil)
  }
}

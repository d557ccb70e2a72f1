package import Leads
package import Timekeeping

/// From which stock on a class is raised, so that it does not fall below its minimum, and to what.
package struct ReorderLevel: Sendable, Equatable, Codable {
  /// Available leads below which the class counts as short.
  package var level: Int
  /// Available leads that it is raised to, at least `level`.
  package var upTo: Int
  /// What agents take until an upload can land, at most, with the probability `serviceLevel`: leads.
  package var demand: Int
  /// Business time until an upload can land.
  package var coverMilliseconds: Int64
  package var serviceLevel: Double
  /// Leads expected on an average business day.
  package var dailyMean: Double

  private enum CodingKeys: String, CodingKey {
    case level
    case upTo = "up_to"
    case demand
    case coverMilliseconds = "cover_ms"
    case serviceLevel = "service_level"
    case dailyMean = "daily_mean"
  }

  package init(
    level: Int, upTo: Int, demand: Int, coverMilliseconds: Int64, serviceLevel: Double, dailyMean: Double
  ) {
    self.level = level
    self.upTo = upTo
    self.demand = demand
    self.coverMilliseconds = coverMilliseconds
    self.serviceLevel = serviceLevel
    self.dailyMean = dailyMean
  }

  /// `level = minimum + Q`, with Q the quantile of the demand over the business time until an upload can land, so that stock
  /// does not fall below the minimum with that probability; raised to `max(share · target, level + mean · cover days)`.
  ///
  /// `days`: the next business days, the one at work included if any; not empty.
  package init(
    _ forecast: ClassForecast, of leadClass: LeadClass, policy: Policy, rules: Policy.Forecasting, days: [WorkDay],
    now: Timestamp
  ) {
    let cover = ReorderLevel.cover(policy: policy, rules: rules, days: days)
    demand = DemandOutlook(forecast, slots: days.window(of: cover, from: now)).total.quantile(rules.serviceLevel)
    level = policy.minPerClass[leadClass] + demand
    dailyMean = forecast.dailyMean(over: days.map(\.weekday))
    let share = Int((policy.mix[leadClass] * Double(policy.targetTotal)).rounded())
    upTo = max(share, level + Int((dailyMean * rules.coverDays).rounded(.up)))
    coverMilliseconds = cover.milliseconds
    serviceLevel = rules.serviceLevel
  }

  /// A fall just after one check is seen at the next one, and an upload that went out just before holds the next one back
  /// for the cooldown: the business time that both can take at most.
  package static func cover(policy: Policy, rules: Policy.Forecasting, days: [WorkDay]) -> Duration {
    let dayLength = days.map(\.length).max() ?? .seconds(86_400)
    return mostBusinessTime(in: .milliseconds(rules.checkIntervalMilliseconds), dayLength: dayLength)
      + mostBusinessTime(in: .milliseconds(policy.cooldownMilliseconds), dayLength: dayLength)
  }

  /// The most business time that a span of time can hold.
  private static func mostBusinessTime(in span: Duration, dayLength: Duration) -> Duration {
    let day = Duration.seconds(86_400).milliseconds
    let (days, rest) = span.milliseconds.quotientAndRemainder(dividingBy: day)
    return .milliseconds(days * dayLength.milliseconds) + min(.milliseconds(rest), dayLength)
  }
}

extension Policy {
  /// The reorder levels that forecasts lead to, of the classes that have one; nil when `planning.forecast` is off. `days` as
  /// for `ReorderLevel`; none: no levels.
  package func reorderLevels(
    _ forecasts: PerClass<ClassForecast?>, days: [WorkDay], now: Timestamp
  ) -> PerClass<ReorderLevel?>? {
    guard let rules = forecasting, !days.isEmpty else { return nil }
    return forecasts.map { leadClass, forecast in
      forecast.map { ReorderLevel($0, of: leadClass, policy: self, rules: rules, days: days, now: now) }
    }
  }
}

import Timekeeping

extension Advisor {
  private static let respect = "business_rules.respect_business_hours"
  private static let interval = "monitoring.check_interval_minutes"

  /// What business hours and the time between checks mean together.
  var hoursAdvice: [Advice] {
    [ignoredHours, farOpening, rareChecks].compactMap(\.self)
  }

  private var ignoredHours: Advice? {
    guard !configuration.businessRules.respectBusinessHours,
      isChosen(
        "business_rules.business_hours.start", "business_rules.business_hours.end",
        "business_rules.business_hours.days", "business_rules.holidays", "business_rules.holiday_calendar")
    else { return nil }
    return advice(
      on: Self.respect, "the business hours and holidays that are set hold no upload back",
      set: Advice.Setting(Self.respect, .boolean(true)))
  }

  private var farOpening: Advice? {
    guard configuration.businessRules.respectBusinessHours, let closure = configuration.calendar.closure(at: now) else {
      return nil
    }
    guard let next = closure.nextOpening else {
      return advice(
        on: "business_rules.business_hours.days",
        "business is closed for the next 400 days, so that nothing is uploaded")
    }
    guard next - now > .seconds(7 * 86_400) else { return nil }
    return advice(
      on: "business_rules.holidays",
      "nothing is uploaded for more than a week: the next opening is \(closure.nextOpeningWords ?? "far away")")
  }

  private var rareChecks: Advice? {
    let interval = configuration.monitoring.checkInterval
    if interval > .seconds(86_400) {
      return advice(
        on: Self.interval, "stock may lie below its minimum for \(Self.hours(interval)) before anybody notices",
        set: Advice.Setting(Self.interval, .integer(30)))
    }
    guard configuration.businessRules.respectBusinessHours, interval > businessDay else { return nil }
    return advice(
      on: Self.interval,
      "business is open for \(Self.hours(businessDay)) a day, so that days may pass on which no check can upload",
      set: Advice.Setting(Self.interval, .integer(30)))
  }
}

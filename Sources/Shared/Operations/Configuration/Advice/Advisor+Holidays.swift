import Timekeeping

extension Advisor {
  /// What lists of holidays mean today.
  var holidayAdvice: [Advice] { pastHolidays + idleHolidays + [endOfList].compactMap(\.self) }

  private static let list = "business_rules.holidays"

  private var today: CivilDay { configuration.calendar.clock.day(of: now) }
  private var days: [CivilDay] { configuration.businessRules.holidays.compactMap(CivilDay.init).sorted() }

  /// The list without the days that change nothing, whatever the reason.
  private var usefulDays: Advice.Setting {
    let open = configuration.calendar.hours.days
    return Advice.Setting(
      Self.list,
      .list(days.filter { $0 >= today && open.contains($0.weekday) }.map { JSONValue.text($0.description) }))
  }

  private var pastHolidays: [Advice] {
    let past = days.filter { $0 < today }
    guard !past.isEmpty else { return [] }
    return [
      advice(
        on: Self.list, "\(Self.words(past)) \(past.count == 1 ? "is" : "are") past and closed nothing any more",
        set: usefulDays)
    ]
  }

  /// Days on which business is closed anyway.
  private var idleHolidays: [Advice] {
    let open = configuration.calendar.hours.days
    let idle = days.filter { $0 >= today && !open.contains($0.weekday) }
    guard !idle.isEmpty else { return [] }
    return [
      advice(
        on: Self.list,
        "\(Self.words(idle)) \(idle.count == 1 ? "falls" : "fall") on a day of the week without business, and changes nothing",
        set: usefulDays)
    ]
  }

  /// A list from a file that nobody has kept up.
  private var endOfList: Advice? {
    let rules = configuration.businessRules
    guard rules.holidayCalendar.flatMap(HolidayCalendar.init) == nil, let last = rules.listedHolidays.keys.max(),
      last < today
    else { return nil }
    return advice(
      on: "business_rules.holiday_calendar", "its last date is \(last), so that no holiday is kept from now on",
      set: Advice.Setting("business_rules.holiday_calendar", .text(HolidayCalendar.usFederal.rawValue)))
  }

  private static func words(_ days: [CivilDay]) -> String {
    let shown = days.prefix(3).map(\.description).joined(separator: ", ")
    return days.count > 3 ? "\(shown) and \(days.count - 3) more" : shown
  }
}

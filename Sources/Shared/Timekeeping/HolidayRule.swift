/// A holiday that comes every year, and when it is observed.
public struct HolidayRule: Sendable {
  enum Occurrence: Sendable {
    case fixed(month: Int, day: Int)
    /// The `count`th such weekday of the month, from 1.
    case nth(Int, Weekday, month: Int)
    case last(Weekday, month: Int)
  }

  /// As people call it.
  public let name: String
  private let occurrence: Occurrence
  /// The first year in which it is kept.
  private let since: Int

  init(_ name: String, _ occurrence: Occurrence, since: Int = .min) {
    self.name = name
    self.occurrence = occurrence
    self.since = since
  }

  /// The day off for the holiday of this year: one that falls on a Saturday is observed on the Friday before, one that falls
  /// on a Sunday on the Monday after, so that New Year's Day may be observed in December of the year before. Nil before the
  /// holiday was made.
  public func observed(in year: Int) -> CivilDay? {
    guard year >= since else { return nil }
    let day = day(in: year)
    return switch day.weekday {
    case .saturday: day.advanced(by: -1)
    case .sunday: day.advanced(by: 1)
    default: day
    }
  }

  private func day(in year: Int) -> CivilDay {
    switch occurrence {
    case .fixed(let month, let day):
      return CivilDay(year: year, month: month, day: day)
    case .nth(let count, let weekday, let month):
      let first = CivilDay(year: year, month: month, day: 1)
      return first.advanced(by: Self.days(from: first.weekday, to: weekday) + 7 * (count - 1))
    case .last(let weekday, let month):
      let next =
        month == 12 ? CivilDay(year: year + 1, month: 1, day: 1) : CivilDay(year: year, month: month + 1, day: 1)
      let last = next.advanced(by: -1)
      return last.advanced(by: -Self.days(from: weekday, to: last.weekday))
    }
  }

  /// 0–6.
  private static func days(from: Weekday, to: Weekday) -> Int {
    let all = Weekday.allCases
    guard let start = all.firstIndex(of: from), let end = all.firstIndex(of: to) else { return 0 }
    return (end - start + 7) % 7
  }
}

/// A calendar of holidays that is known by name; `business_rules.holiday_calendar`.
public enum HolidayCalendar: String, Sendable, CaseIterable, Codable {
  /// The legal public holidays of the United States: 5 U.S.C. § 6103 (a), observed by its (b) and Executive Order 11582.
  /// Inauguration Day, which only the capital keeps, is none of them.
  case usFederal = "us_federal"

  /// Its holidays, in the order of the year.
  public var rules: [HolidayRule] {
    switch self {
    case .usFederal: Self.usFederalRules
    }
  }

  /// The holiday that is observed on a day; nil on all others.
  public func name(of day: CivilDay) -> String? {
    let year = day.parts.year
    return rules.first { $0.observed(in: year) == day || $0.observed(in: year + 1) == day }?.name
  }

  private static let usFederalRules = [
    HolidayRule("New Year's Day", .fixed(month: 1, day: 1)),
    HolidayRule("Birthday of Martin Luther King, Jr.", .nth(3, .monday, month: 1), since: 1986),
    HolidayRule("Washington's Birthday", .nth(3, .monday, month: 2)),
    HolidayRule("Memorial Day", .last(.monday, month: 5)),
    HolidayRule("Juneteenth National Independence Day", .fixed(month: 6, day: 19), since: 2021),
    HolidayRule("Independence Day", .fixed(month: 7, day: 4)),
    HolidayRule("Labor Day", .nth(1, .monday, month: 9)),
    HolidayRule("Columbus Day", .nth(2, .monday, month: 10)),
    HolidayRule("Veterans Day", .fixed(month: 11, day: 11)),
    HolidayRule("Thanksgiving Day", .nth(4, .thursday, month: 11)),
    HolidayRule("Christmas Day", .fixed(month: 12, day: 25)),
  ]
}

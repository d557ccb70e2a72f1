/// A day of the Gregorian calendar, apart from zones and clocks: what a date in a list of holidays names.
///
/// Reckoned by Howard Hinnant's `days_from_civil` and `civil_from_days`
/// (https://howardhinnant.github.io/date_algorithms.html), for the years 0–9999.
public struct CivilDay: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Days since 1970-01-01; negative before.
  public let number: Int

  /// The day so many days after 1970-01-01.
  public init(number: Int) {
    self.number = number
  }

  /// `month` 1–12; `day` counts from 1 and may lead beyond the month's end.
  public init(year: Int, month: Int, day: Int) {
    let shifted = month <= 2 ? year - 1 : year
    let era = CivilDay.floored(shifted, by: 400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    number = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// `YYYY-MM-DD`; nil for any other text, and for a day that does not exist.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [4, 2, 2], parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), (1...12).contains(month)
    else { return nil }
    self.init(year: year, month: month, day: day)
    guard self.parts == (year, month, day) else { return nil }
  }

  /// Year, month 1–12, and day of the month from 1.
  public var parts: (year: Int, month: Int, day: Int) {
    let days = number + 719_468
    let era = CivilDay.floored(days, by: 146_097)
    let dayOfEra = days - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }

  /// The day of the week.
  public var weekday: Weekday {
    // 1970-01-01 was a Thursday.
    let index = number + 3 - CivilDay.floored(number + 3, by: 7) * 7
    return Weekday.allCases[index]
  }

  /// The day so many days later.
  public func advanced(by days: Int) -> CivilDay { CivilDay(number: number + days) }

  /// `YYYY-MM-DD`
  public var description: String {
    let (year, month, day) = parts
    return "\(CivilDay.padded(year, 4))-\(CivilDay.padded(month, 2))-\(CivilDay.padded(day, 2))"
  }

  /// Earlier.
  public static func < (left: CivilDay, right: CivilDay) -> Bool { left.number < right.number }

  static func floored(_ number: Int, by divisor: Int) -> Int {
    number >= 0 ? number / divisor : (number - divisor + 1) / divisor
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

/// In the order of the week, which begins with Monday (ISO 8601).
public enum Weekday: String, Sendable, CaseIterable, Codable {
  case monday, tuesday, wednesday, thursday, friday, saturday, sunday

  /// `Monday`
  public var name: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
}

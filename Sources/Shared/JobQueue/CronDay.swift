/// A day of the Gregorian calendar, counted from 1970-01-01.
///
/// After Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", https://howardhinnant.github.io/date_algorithms.html
/// (`civil_from_days`, `days_from_civil`, `weekday_from_days`): years begin in March there, so that the leap day is the last.
struct CronDay: Sendable {
  let number: Int64
  let year: Int
  /// 1–12.
  let month: Int
  /// 1–31.
  let day: Int

  init(number: Int64) {
    self.number = number
    let shifted = number + 719_468
    let era = Self.floor(shifted, by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
    year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
  }

  /// 0: Sunday. 1970-01-01 was a Thursday.
  var weekday: Int { Int(number + 4 - Self.floor(number + 4, by: 7) * 7) }

  var startOfNextMonth: CronDay {
    // Never further than 31 days, and always past the end of the month.
    let within = CronDay(number: number - Int64(day) + 32)
    return CronDay(number: within.number - Int64(within.day) + 1)
  }

  /// Division toward minus infinity.
  static func floor(_ value: Int64, by divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
  }
}

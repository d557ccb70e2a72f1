public import Foundation
public import Timekeeping

/// Five fields that name minutes: minute, hour, day of month, month, day of week.
///
/// A field is `*`, a value, a range (`1-5`), a step over a range or star (`*/15`, `8-18/2`), or a list of these. Months and
/// days of the week have English names (`jan`, `mon`); Sunday is 0 or 7. `@hourly`, `@daily`, `@weekly`, `@monthly` and
/// `@yearly` stand for the usual expressions.
///
/// When day of month and day of week are both restricted, a day that matches either is meant (POSIX, crontab:
/// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/crontab.html). A field that begins with `*` does not
/// restrict in that sense, and the month is always required, as in every cron in use (crontab(5)).
public struct CronExpression: Sendable, Hashable, CustomStringConvertible {
  static let words = [
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
  ]
  /// 29 February falls on a given day of the week every 28 years, and after 40 around a year like 2100: who looks ahead
  /// 41 years has seen every date there is.
  private static let searchYearsMax = 41

  /// As it was written, with single spaces.
  public let description: String
  private let minute: CronField
  private let hour: CronField
  private let dayOfMonth: CronField
  private let month: CronField
  private let dayOfWeek: CronField

  /// Throws `CronError`, which names the field and what was expected there.
  public init(_ text: String) throws(CronError) {
    let written = text.split(whereSeparator: \.isWhitespace)
    description = written.joined(separator: " ")
    var fields = written
    if let word = written.first, word.hasPrefix("@") {
      guard written.count == 1, let meaning = Self.words[word.lowercased()] else { throw .unknownWord(description) }
      fields = meaning.split(separator: " ")
    }
    guard fields.count == 5 else { throw .fieldCount(fields.count) }
    minute = try CronField(fields[0], .minute)
    hour = try CronField(fields[1], .hour)
    dayOfMonth = try CronField(fields[2], .dayOfMonth)
    month = try CronField(fields[3], .month)
    dayOfWeek = try CronField(fields[4], .dayOfWeek)
  }

  /// The first moment after `time`, not `time` itself, at which the expression is due by the clocks of `zone`; nil when
  /// there is none, as for 30 February.
  ///
  /// When the clocks are changed: a local time that is skipped is due once, at the first moment after the gap; one that comes
  /// twice is due at its first coming only. An expression that allows every hour means a pace instead, which the change of
  /// the clocks does not touch: what is skipped is left out, and what comes twice is due twice. So does cron(8).
  public func next(after time: Timestamp, in zone: TimeZone) -> Timestamp? {
    let clock = CronClock(zone)
    let seconds = CronDay.floor(time.milliseconds, by: 1000)
    let due = [nextFirst(after: seconds, clock), isEveryHour ? nextRepeated(after: seconds, clock) : nil]
    return due.compactMap { $0 }.min().map { Timestamp(milliseconds: $0 * 1000) }
  }

  /// The next match at its first coming.
  private func nextFirst(after seconds: Int64, _ clock: CronClock) -> Int64? {
    var local = seconds + clock.offset(at: seconds)
    // At most the matches of one gap or of one repetition are passed over.
    while let match = nextMatch(after: local) {
      let due = clock.firstMoment(showing: match)
      let isSkipped = due + clock.offset(at: due) != match
      if due > seconds, !(isEveryHour && isSkipped) { return due }
      local = match
    }
    return nil
  }

  private var isEveryHour: Bool { hour.values == 0xFF_FFFF }

  /// The next match within a second coming that is near.
  private func nextRepeated(after seconds: Int64, _ clock: CronClock) -> Int64? {
    guard let repetition = clock.repetition(near: seconds) else { return nil }
    let shift = clock.offset(at: repetition.lowerBound)
    let start = max(seconds, repetition.lowerBound - 1)
    return nextMatch(after: start + shift).map { $0 - shift }.flatMap { repetition.contains($0) ? $0 : nil }
  }

  // MARK: Local time

  /// The first matching minute after a local time, both in seconds since 1970 as a clock without zone counts them.
  private func nextMatch(after local: Int64) -> Int64? {
    let next = CronDay.floor(local, by: 60) + 1
    var day = CronDay(number: CronDay.floor(next, by: 1440))
    var minuteOfDay = Int(next - day.number * 1440)
    let yearMax = day.year + Self.searchYearsMax
    while day.year <= yearMax {
      guard month.contains(day.month) else {
        (day, minuteOfDay) = (day.startOfNextMonth, 0)
        continue
      }
      if matches(day), let found = firstMinute(from: minuteOfDay) { return (day.number * 1440 + Int64(found)) * 60 }
      (day, minuteOfDay) = (CronDay(number: day.number + 1), 0)
    }
    return nil
  }

  private func matches(_ day: CronDay) -> Bool {
    let isDate = dayOfMonth.contains(day.day)
    let isWeekday = dayOfWeek.contains(day.weekday)
    return dayOfMonth.isStarred || dayOfWeek.isStarred ? isDate && isWeekday : isDate || isWeekday
  }

  private func firstMinute(from minuteOfDay: Int) -> Int? {
    guard let first = hour.first(from: minuteOfDay / 60) else { return nil }
    if first == minuteOfDay / 60, let found = minute.first(from: minuteOfDay % 60) { return first * 60 + found }
    let later = first == minuteOfDay / 60 ? hour.first(from: first + 1) : first
    guard let later, let found = minute.first(from: 0) else { return nil }
    return later * 60 + found
  }
}

import Foundation
import JobQueue
import TestSupport
import Testing
import Timekeeping

@Suite struct CronExpressionTests {
  /// A moment in UTC, `2026-03-08 07:00`.
  private func utc(_ text: String) throws -> Timestamp {
    let formatter = ISO8601DateFormatter()
    let date = try #require(formatter.date(from: text.replacingOccurrences(of: " ", with: "T") + ":00Z"))
    return Timestamp(milliseconds: Int64(date.timeIntervalSince1970) * 1000)
  }

  private func zone(_ name: String) throws -> TimeZone { try #require(TimeZone(identifier: name)) }

  /// The first times after `start`, which the clocks of `zone` are to show as `expected` in UTC.
  private func check(
    _ expression: String, _ zoneName: String = "UTC", after start: String, _ expected: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (expression, zone) = (try CronExpression(expression), try zone(zoneName))
    var time = try utc(start)
    for text in expected {
      let next = try #require(expression.next(after: time, in: zone), sourceLocation: sourceLocation)
      #expect(next == (try utc(text)), "after \(time)", sourceLocation: sourceLocation)
      time = next
    }
  }

  @Test("Values, ranges, steps, lists and names are read as crontab reads them")
  func fields() throws {
    try check("*/20 * * * *", after: "2026-03-02 14:59", ["2026-03-02 15:00", "2026-03-02 15:20", "2026-03-02 15:40"])
    try check(
      "5 8-18/5 * * *", after: "2026-03-02 08:05", ["2026-03-02 13:05", "2026-03-02 18:05", "2026-03-03 08:05"])
    try check("0 9 * * mon-fri", after: "2026-03-05 09:00", ["2026-03-06 09:00", "2026-03-09 09:00"])
    try check("0 0 1 JAN,jul *", after: "2026-03-02 00:00", ["2026-07-01 00:00", "2027-01-01 00:00"])
    try check("0 0 * * 5-7", after: "2026-03-05 12:00", ["2026-03-06 00:00", "2026-03-07 00:00", "2026-03-08 00:00"])
    try check("0 0 * * fri-sun", after: "2026-03-07 12:00", ["2026-03-08 00:00", "2026-03-13 00:00"])
    try check("0 0 * * 7", after: "2026-03-02 00:00", ["2026-03-08 00:00", "2026-03-15 00:00"])
    try check("59 23 31 12 *", after: "2026-12-31 23:59", ["2027-12-31 23:59"])
  }

  @Test(
    "The words stand for the usual expressions",
    arguments: [
      ("@hourly", "2026-03-02 15:00", "2026-03-02 16:00"), ("@daily", "2026-03-02 15:00", "2026-03-03 00:00"),
      ("@weekly", "2026-03-02 15:00", "2026-03-08 00:00"), ("@monthly", "2026-03-02 15:00", "2026-04-01 00:00"),
      ("@YEARLY", "2026-03-02 15:00", "2027-01-01 00:00"),
    ])
  func words(word: String, after: String, expected: String) throws {
    try check(word, after: after, [expected])
  }

  @Test("Day of month or day of week, when both are restricted; both of them, when one begins with a star")
  func days() throws {
    try check("0 0 1 * mon", after: "2026-01-30 00:00", ["2026-02-01 00:00", "2026-02-02 00:00", "2026-02-09 00:00"])
    // Every seventh day of the week is Sunday: the first Sunday of the month.
    try check("0 0 1-7 * */7", after: "2026-01-30 00:00", ["2026-02-01 00:00", "2026-03-01 00:00", "2026-04-05 00:00"])
    // The month is required in any case.
    try check("0 0 13 6 fri", after: "2026-03-02 00:00", ["2026-06-05 00:00", "2026-06-12 00:00", "2026-06-13 00:00"])
  }

  @Test("Leap days are found as far off as they are, and dates that do not exist never")
  func rareDates() throws {
    try check("0 0 29 2 *", after: "2026-03-02 00:00", ["2028-02-29 00:00", "2032-02-29 00:00"])
    // 2100 is no leap year.
    try check("0 0 29 2 *", after: "2096-03-01 00:00", ["2104-02-29 00:00"])
    // 29 February on a Sunday.
    try check("0 0 29 2 */7", after: "2026-03-02 00:00", ["2032-02-29 00:00", "2060-02-29 00:00"])
    for text in ["0 0 30 2 *", "0 0 31 4,6,9,11 *"] {
      #expect(try CronExpression(text).next(after: start, in: zone("America/New_York")) == nil)
    }
  }

  @Test("A local time that is skipped is due once, at the first moment after the gap")
  func gap() throws {
    // New York goes from 2:00 to 3:00 on 8 March 2026 at 07:00 UTC.
    let york = "America/New_York"
    try check(
      "30 2 * * *", york, after: "2026-03-07 00:00", ["2026-03-07 07:30", "2026-03-08 07:00", "2026-03-09 06:30"])
    try check("*/15 2 * * *", york, after: "2026-03-08 00:00", ["2026-03-08 07:00", "2026-03-09 06:00"])
    try check("0 2,3 * * *", york, after: "2026-03-08 00:00", ["2026-03-08 07:00", "2026-03-09 06:00"])
    // Havana skips midnight itself on that day.
    try check("0 0 * * *", "America/Havana", after: "2026-03-07 06:00", ["2026-03-08 05:00", "2026-03-09 04:00"])
    // Lord Howe moves by half an hour: from 2:00 to 2:30 on 4 October 2026 at 15:30 UTC of the day before.
    try check("15 2 * * *", "Australia/Lord_Howe", after: "2026-10-03 00:00", ["2026-10-03 15:30", "2026-10-04 15:15"])
  }

  @Test("A local time that comes twice is due at its first coming")
  func repetition() throws {
    // New York goes from 2:00 back to 1:00 on 1 November 2026 at 06:00 UTC.
    let york = "America/New_York"
    try check("30 1 * * *", york, after: "2026-10-31 06:00", ["2026-11-01 05:30", "2026-11-02 06:30"])
    try check("30 1 * * *", york, after: "2026-11-01 06:10", ["2026-11-02 06:30"])
    try check("*/30 1-2 * * *", york, after: "2026-11-01 05:10", ["2026-11-01 05:30", "2026-11-01 07:00"])
  }

  @Test("An expression that allows every hour keeps its pace when the clocks are changed")
  func pace() throws {
    let york = "America/New_York"
    try check("30 * * * *", york, after: "2026-11-01 04:00", (4...8).map { "2026-11-01 0\($0):30" })
    try check("30 * * * *", york, after: "2026-03-08 06:00", (6...8).map { "2026-03-08 0\($0):30" })
    try check("*/20 * 1 11 *", york, after: "2026-11-01 05:40", ["2026-11-01 06:00", "2026-11-01 06:20"])
    let everyMinute = try CronExpression("* * * * *")
    var time = try utc("2026-11-01 05:00")
    for _ in 0..<180 {
      let next = try #require(everyMinute.next(after: time, in: zone(york)))
      #expect(next == time + .seconds(60))
      time = next
    }
  }

  @Test("Zones with odd offsets, and moments between two seconds")
  func odds() throws {
    try check("0 9 * * *", "Asia/Kathmandu", after: "2026-03-02 00:00", ["2026-03-02 03:15", "2026-03-03 03:15"])
    let hourly = try CronExpression("@hourly")
    let utc = try zone("UTC")
    #expect(hourly.next(after: start, in: utc) == start + .seconds(3600))
    #expect(hourly.next(after: start - .milliseconds(1), in: utc) == start)
    #expect(hourly.next(after: start + .milliseconds(1), in: utc) == start + .seconds(3600))
    #expect(hourly.next(after: Timestamp(milliseconds: -1), in: utc) == Timestamp(milliseconds: 0))
  }

  @Test(
    "An error names the field, what stands there, and what was expected",
    arguments: [
      ("60 * * * *", CronError.field(.minute, "60", expected: "a number from 0 to 59")),
      ("* 24 * * *", .field(.hour, "24", expected: "a number from 0 to 23")),
      ("* * 0 * *", .field(.dayOfMonth, "0", expected: "a number from 1 to 31")),
      ("* * * mai *", .field(.month, "mai", expected: "a number from 1 to 12, or a name from jan to dec")),
      ("* * * * 8", .field(.dayOfWeek, "8", expected: "a number from 0 to 7, or a name from sun to sat")),
      ("* * * * 1,,2", .field(.dayOfWeek, "", expected: "a number from 0 to 7, or a name from sun to sat")),
      ("-5 * * * *", .field(.minute, "", expected: "a number from 0 to 59")),
      ("+5 * * * *", .field(.minute, "+5", expected: "a number from 0 to 59")),
      ("*/0 * * * *", .field(.minute, "*/0", expected: "a step from 1 to 59 after the /")),
      ("5/10 * * * *", .field(.minute, "5/10", expected: "a range or * before the step, such as 0-9/2")),
      (
        "* 22-4 * * *",
        .field(.hour, "22-4", expected: "the smaller value first; across the end, a list of two ranges")
      ),
      ("* * * *", .fieldCount(4)), ("", .fieldCount(0)), ("0 0 * * * *", .fieldCount(6)),
      ("@reboot", .unknownWord("@reboot")), ("@daily 5", .unknownWord("@daily 5")),
    ])
  func errors(text: String, expected: CronError) throws {
    #expect(throws: expected) { try CronExpression(text) }
  }

  @Test("What is due is what a walk over the minutes finds", arguments: 0..<30)
  func walk(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let zone = try zone(["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"][Int(seed) % 4])
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    let minute = Int.random(in: 0..<60, using: &random)
    let hours = Set((0..<3).map { _ in Int.random(in: 0..<24, using: &random) })
    let day = Int.random(in: 1...28, using: &random)
    let weekday = Int.random(in: 0...6, using: &random)
    let expression = try CronExpression(
      "\(minute) \(hours.map(String.init).joined(separator: ",")) \(day) * \(weekday)")
    // In May no clock is changed.
    let from = try utc("2026-05-01 00:00") + .seconds(Int.random(in: 0..<1_000_000, using: &random))
    let minutes = (from.milliseconds / 60_000 + 1)..<(from.milliseconds / 60_000 + 8 * 1440)
    let expected = minutes.lazy.map { Timestamp(milliseconds: $0 * 60_000) }.first { time in
      let date = Date(timeIntervalSince1970: Double(time.milliseconds) / 1000)
      let parts = calendar.dateComponents([.minute, .hour, .day, .weekday], from: date)
      let isDay = parts.day == day || parts.weekday == weekday + 1
      return parts.minute == minute && parts.hour.map(hours.contains) == true && isDay
    }
    #expect(expected != nil)
    #expect(expression.next(after: from, in: zone) == expected)
  }

  @Test("A timing is read back from its text")
  func timingText() throws {
    let timings: [ScheduleTiming] = [
      .every(.milliseconds(1500)), .every(ScheduleTiming.intervalMax),
      .cron(try CronExpression("*/5  8-18 * * mon-fri"), zone: try zone("Europe/Berlin")),
      .cron(try CronExpression("@daily"), zone: try zone("UTC")),
    ]
    #expect(timings.map(\.text) == ["every 1500 ms", "every 31622400000 ms", "*/5 8-18 * * mon-fri", "@daily"])
    #expect(timings.map(\.zoneName) == ["UTC", "UTC", "Europe/Berlin", "UTC"])
    for timing in timings { #expect(try ScheduleTiming(text: timing.text, zoneName: timing.zoneName) == timing) }
    for text in ["every 0 ms", "every -5 ms", "every 5 s", "every 31622400001 ms", "every x ms"] {
      #expect(throws: ScheduleError.self) { try ScheduleTiming(text: text, zoneName: "UTC") }
    }
    #expect(throws: ScheduleError.self) { try ScheduleTiming(text: "@daily", zoneName: "Nowhere/City") }
  }
}

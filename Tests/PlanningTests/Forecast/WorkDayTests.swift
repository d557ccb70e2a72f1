import Planning
import Testing
import Timekeeping

@Suite("Business days for forecasts")
struct WorkDayTests {
  private let calendar: BusinessCalendar
  /// Friday, 2026-03-06, 15:00 in New York.
  private let friday = Timestamp(milliseconds: 1_772_827_200_000)

  init() throws {
    calendar = try #require(BusinessCalendar(zone: "America/New_York"))
  }

  @Test("The day at work is ahead until it closes, and over afterwards; the weekend is neither")
  func aroundNow() {
    #expect(calendar.workDays(from: friday, count: 3).map(\.day) == ["2026-03-06", "2026-03-09", "2026-03-10"])
    #expect(calendar.workDays(until: friday, count: 2).map(\.day) == ["2026-03-04", "2026-03-05"])
    let closing = friday + .seconds(2 * 3600)
    #expect(calendar.workDays(from: closing, count: 1).map(\.day) == ["2026-03-09"])
    #expect(calendar.workDays(until: closing, count: 2).map(\.day) == ["2026-03-05", "2026-03-06"])
  }

  @Test("Weekdays count from Monday, and opening is that of the clock, also after it was set forward on Sunday")
  func openings() {
    let days = calendar.workDays(from: friday, count: 2)
    #expect(days.map(\.weekday) == [5, 1])
    // 09:00 is 14:00 UTC on Friday and 13:00 UTC on Monday.
    #expect(days[0].opening == friday - .seconds(6 * 3600))
    #expect(days[1].opening == days[0].opening + .seconds(71 * 3600))
    #expect(days[1].length == .seconds(8 * 3600))
  }

  @Test("Where nothing is ever open there are no days")
  func never() throws {
    let closed = try #require(
      BusinessCalendar(zone: "UTC", hours: BusinessHours(opening: 540, closing: 1020, days: [])))
    #expect(closed.workDays(from: friday, count: 5).isEmpty)
    #expect(closed.workDays(until: friday, count: 5).isEmpty)
  }
}

import Testing
import Timekeeping

/// By hand, for America/New_York: EST is five hours behind UTC, EDT four.
@Suite("Business hours")
struct BusinessHoursTests {
  private static let federal = Holidays(calendar: .usFederal)

  @Test("Business is open from the opening until just before closing")
  func edges() {
    let calendar = BusinessCalendar.newYork()
    // Monday.
    #expect(!calendar.isOpen(at: utc("2026-11-30", 13, 59) + .milliseconds(59_999)))
    #expect(calendar.isOpen(at: utc("2026-11-30", 14)))
    #expect(calendar.isOpen(at: utc("2026-11-30", 21, 59) + .milliseconds(59_999)))
    #expect(!calendar.isOpen(at: utc("2026-11-30", 22)))
  }

  @Test(
    "A closed moment knows why, and the next opening in words",
    arguments: [
      // Friday evening, Saturday, early and late on Monday.
      (utc("2026-11-28", 1), Closure.Cause.outsideHours, "Monday 09:00 EST", utc("2026-11-30", 14)),
      (utc("2026-11-28", 18), .weekend, "Monday 09:00 EST", utc("2026-11-30", 14)),
      (utc("2026-11-30", 12), .outsideHours, "today 09:00 EST", utc("2026-11-30", 14)),
      (utc("2026-11-30", 23), .outsideHours, "Tuesday 09:00 EST", utc("2026-12-01", 14)),
      // Thanksgiving, and the evening before it.
      (utc("2026-11-26", 16), .holiday, "Friday 09:00 EST", utc("2026-11-27", 14)),
      (utc("2026-11-25", 23), .outsideHours, "Friday 09:00 EST", utc("2026-11-27", 14)),
      // The clocks go forward on Sunday: open an hour earlier by UTC.
      (utc("2026-03-07", 18), .weekend, "Monday 09:00 EDT", utc("2026-03-09", 13)),
      (utc("2026-10-31", 18), .weekend, "Monday 09:00 EST", utc("2026-11-02", 14)),
    ])
  func closed(at time: Timestamp, cause: Closure.Cause, words: String, next: Timestamp) throws {
    let closure = try #require(BusinessCalendar.newYork(.usual, Self.federal).closure(at: time))
    #expect(closure.cause == cause)
    #expect(closure.nextOpening == next)
    #expect(closure.nextOpeningWords == words)
    #expect(closure.holiday == (cause == .holiday ? "Thanksgiving Day" : nil))
  }

  @Test("An opening more than six days away is named by its date, with another year's number")
  func farAway() {
    let days = (21...31).map { CivilDay(year: 2026, month: 12, day: $0) }
    let calendar = BusinessCalendar.newYork(
      .usual, Holidays(calendar: .usFederal, dates: Dictionary(uniqueKeysWithValues: days.map { ($0, "") })))
    let closure = calendar.closure(at: utc("2026-12-21", 18))
    #expect(closure?.nextOpeningWords == "Monday, January 4, 2027, 09:00 EST")
    let sameYear = BusinessCalendar.newYork().words(for: utc("2026-12-14", 14), seenFrom: utc("2026-12-01", 14))
    #expect(sameYear == "Monday, December 14, 09:00 EST")
  }

  @Test("Who never opens has no next opening")
  func never() throws {
    let calendar = BusinessCalendar.newYork(BusinessHours(opening: 540, closing: 1020, days: []))
    let closure = try #require(calendar.closure(at: utc("2026-11-30", 18)))
    #expect(closure.nextOpening == nil && closure.nextOpeningWords == nil)
    #expect(calendar.slots(from: utc("2026-11-30", 18), count: 3, of: .seconds(3600)).isEmpty)
    #expect(calendar.moment(after: .seconds(1), ofBusinessSince: utc("2026-11-30", 18)) == nil)
  }

  @Test(
    "Opening in the hour that spring leaves out means the end of the gap; an hour that comes twice counts from its first"
  )
  func changes() {
    let night = BusinessCalendar.newYork(BusinessHours(opening: 150, closing: 240, days: Set(Weekday.allCases)))
    // 2026-03-08: 02:00 EST is 03:00 EDT, 07:00 UTC; 04:00 EDT is 08:00 UTC.
    #expect(night.period(of: day("2026-03-08")) == utc("2026-03-08", 7)..<utc("2026-03-08", 8))
    // 2026-11-01: 02:30 EST is 07:30 UTC.
    #expect(night.period(of: day("2026-11-01")) == utc("2026-11-01", 7, 30)..<utc("2026-11-01", 9))
    // 01:30 EDT is 05:30 UTC, 01:30 EST an hour later.
    let twice = BusinessCalendar.newYork(BusinessHours(opening: 90, closing: 240, days: Set(Weekday.allCases)))
    #expect(twice.period(of: day("2026-11-01")) == utc("2026-11-01", 5, 30)..<utc("2026-11-01", 9))
    let early = BusinessCalendar.newYork(BusinessHours(opening: 0, closing: 90, days: Set(Weekday.allCases)))
    #expect(early.period(of: day("2026-11-01")) == utc("2026-11-01", 4)..<utc("2026-11-01", 5, 30))
    // Left out altogether: not open on that day.
    let gone = BusinessCalendar.newYork(BusinessHours(opening: 125, closing: 170, days: Set(Weekday.allCases)))
    #expect(gone.period(of: day("2026-03-08")) == nil)
    #expect(gone.nextOpening(from: utc("2026-03-08", 5)) == utc("2026-03-09", 6, 5))
  }

  @Test("A business day of 24 hours has 23 in spring and 25 in autumn")
  func wholeDays() {
    let calendar = BusinessCalendar.newYork(BusinessHours(opening: 0, closing: 1440, days: Set(Weekday.allCases)))
    #expect(calendar.businessTime(from: utc("2026-03-08", 5), to: utc("2026-03-09", 4)) == .seconds(23 * 3600))
    #expect(calendar.period(of: day("2026-11-01")).map { $0.upperBound - $0.lowerBound } == .seconds(25 * 3600))
    #expect(calendar.closure(at: utc("2026-07-01", 12)) == nil)
  }

  @Test("Zones without a name of their own are shown by their distance from Greenwich")
  func abbreviations() throws {
    let kolkata = try #require(ZoneClock(zone: "Asia/Kolkata"))
    #expect(kolkata.abbreviation(at: utc("2026-06-01", 0)) == "GMT+5:30")
    #expect(kolkata.timeOfDay(at: utc("2026-06-01", 3, 30)) == "09:00")
    let newYork = BusinessCalendar.newYork().clock
    #expect(newYork.abbreviation(at: utc("2026-07-01", 12)) == "EDT")
    #expect(newYork.abbreviation(at: utc("2026-12-01", 12)) == "EST")
  }

  @Test("Slots begin with the rest of the one at work and go on at the next opening")
  func slots() {
    let calendar = BusinessCalendar.newYork(.usual, Self.federal)
    // Wednesday 15:30 before Thanksgiving.
    let slots = calendar.slots(from: utc("2026-11-25", 20, 30), count: 4, of: .seconds(3 * 3600))
    #expect(
      slots.map(\.period) == [
        utc("2026-11-25", 20, 30)..<utc("2026-11-25", 22), utc("2026-11-27", 14)..<utc("2026-11-27", 17),
        utc("2026-11-27", 17)..<utc("2026-11-27", 20), utc("2026-11-27", 20)..<utc("2026-11-27", 22),
      ])
    #expect(slots.map(\.day) == ["2026-11-25", "2026-11-27", "2026-11-27", "2026-11-27"].map(day))
  }

  @Test("Business time leaves out nights, weekends and holidays")
  func businessTime() {
    let calendar = BusinessCalendar.newYork(.usual, Self.federal)
    // Wednesday 16:00 to Monday 10:00: one hour, Friday's eight, one hour.
    #expect(calendar.businessTime(from: utc("2026-11-25", 21), to: utc("2026-11-30", 15)) == .seconds(10 * 3600))
    #expect(calendar.businessTime(from: utc("2026-11-30", 15), to: utc("2026-11-25", 21)) == .zero)
    #expect(
      calendar.moment(after: .seconds(10 * 3600), ofBusinessSince: utc("2026-11-25", 21)) == utc("2026-11-30", 15))
    #expect(calendar.moment(after: .seconds(3600), ofBusinessSince: utc("2026-11-25", 21)) == utc("2026-11-25", 22))
  }

  @Test("The day ends at the next midnight of the zone")
  func midnight() throws {
    let calendar = BusinessCalendar.newYork()
    #expect(calendar.midnight(after: utc("2026-12-01", 2)) == utc("2026-12-01", 5))
    #expect(calendar.midnight(after: utc("2026-12-01", 5)) == utc("2026-12-02", 5))
    #expect(calendar.midnight(after: utc("2026-03-08", 12)) == utc("2026-03-09", 4))
    // Midnight itself is left out: the next day begins at 01:00.
    let santiago = try #require(BusinessCalendar(zone: "America/Santiago"))
    #expect(santiago.midnight(after: utc("2026-09-05", 20)) == utc("2026-09-06", 4))
  }
}

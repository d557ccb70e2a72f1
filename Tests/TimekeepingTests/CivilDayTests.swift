import TestSupport
import Testing
import Timekeeping

@Suite("Days of the calendar")
struct CivilDayTests {
  @Test(
    "Known days have their number and their weekday",
    arguments: [
      ("1970-01-01", 0, Weekday.thursday), ("1969-12-31", -1, .wednesday), ("2000-02-29", 11_016, .tuesday),
      ("2026-11-30", 20_787, .monday), ("2028-03-01", 21_244, .wednesday),
    ])
  func known(date: String, number: Int, weekday: Weekday) throws {
    let day = try #require(CivilDay(date))
    #expect(day.number == number)
    #expect(day.weekday == weekday)
    #expect(day.description == date)
  }

  @Test(
    "What is not a date is refused",
    arguments: [
      "", "2026-2-03", "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "26-04-30", "2026-04-30 ", "+026-01-01",
      "2026/01/01",
    ])
  func refused(text: String) {
    #expect(CivilDay(text) == nil)
  }

  @Test("Every day of four centuries follows the one before, by date and by weekday")
  func succession() throws {
    var day = CivilDay(year: 1899, month: 12, day: 31)
    var weekday = Weekday.sunday
    var (year, month, dayOfMonth) = (1899, 12, 31)
    for _ in 0..<146_097 {
      #expect(day.parts == (year, month, dayOfMonth) && day.weekday == weekday)
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      let length = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
      dayOfMonth += 1
      if dayOfMonth > length { (month, dayOfMonth) = (month + 1, 1) }
      if month > 12 { (year, month) = (year + 1, 1) }
      weekday = Weekday.allCases[((Weekday.allCases.firstIndex(of: weekday) ?? 0) + 1) % 7]
      day = day.advanced(by: 1)
    }
    #expect(year == 2299 && month == 12)
  }
}

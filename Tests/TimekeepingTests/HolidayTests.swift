import Testing
import Timekeeping

@Suite("Holidays")
struct HolidayTests {
  /// As the Office of Personnel Management lists them: https://www.opm.gov/policy-data-oversight/pay-leave/federal-holidays/
  private static let federal = [
    2026: [
      "01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "09-07", "10-12", "11-11", "11-26", "12-25",
    ],
    2027: [
      "01-01", "01-18", "02-15", "05-31", "06-18", "07-05", "09-06", "10-11", "11-11", "11-25", "12-24", "12-31",
    ],
    2028: ["01-17", "02-21", "05-29", "06-19", "07-04", "09-04", "10-09", "11-10", "11-23", "12-25"],
  ]

  @Test("The federal calendar has exactly the days that are observed", arguments: [2026, 2027, 2028])
  func federalDays(year: Int) {
    let first = CivilDay(year: year, month: 1, day: 1)
    let found = (0..<366).map { first.advanced(by: $0) }.filter {
      $0.parts.year == year && HolidayCalendar.usFederal.name(of: $0) != nil
    }
    #expect(found.map { String($0.description.dropFirst(5)) } == Self.federal[year])
  }

  @Test("An observed day bears the name of its holiday")
  func names() {
    #expect(HolidayCalendar.usFederal.name(of: day("2027-12-31")) == "New Year's Day")
    #expect(HolidayCalendar.usFederal.name(of: day("2026-07-03")) == "Independence Day")
    #expect(HolidayCalendar.usFederal.name(of: day("2026-11-26")) == "Thanksgiving Day")
    #expect(HolidayCalendar.usFederal.name(of: day("2026-11-27")) == nil)
    #expect(HolidayCalendar.usFederal.name(of: day("2020-06-19")) == nil, "not yet a holiday")
  }

  @Test("A list holds dates with names, comments and empty lines")
  func list() throws {
    let dates = try Holidays.parse(
      "# The office\n\n2026-12-24 Christmas Eve\r\n2026-12-31, New Year's Eve  # afternoon\n  2027-05-14\n")
    #expect(
      dates == [
        day("2026-12-24"): "Christmas Eve", day("2026-12-31"): "New Year's Eve", day("2027-05-14"): "",
      ])
  }

  @Test(
    "A list that is no list says where",
    arguments: [
      ("2026-12-24\n24.12.2026\n", Holidays.ListError.notADate(line: 2)),
      ("2026-02-29 no such day", .notADate(line: 1)),
      ("\n2026-12-24\n2026-12-24\n", .givenTwice(line: 3, day: CivilDay(year: 2026, month: 12, day: 24))),
      ("# nothing\n", .empty),
    ])
  func broken(text: String, error: Holidays.ListError) {
    #expect(throws: error) { try Holidays.parse(text) }
  }

  @Test("Calendar and dates hold together, and a name wins over none")
  func together() {
    var holidays = Holidays(calendar: .usFederal, dates: [day("2026-12-24"): ""])
    #expect(holidays.name(of: day("2026-12-25")) == "Christmas Day")
    #expect(holidays.name(of: day("2026-12-24")) == "holiday")
    holidays.add([day("2026-12-24"): "Christmas Eve"])
    #expect(holidays.name(of: day("2026-12-24")) == "Christmas Eve")
    #expect(holidays.name(of: day("2026-12-23")) == nil)
  }
}

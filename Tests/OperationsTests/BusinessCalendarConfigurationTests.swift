import Foundation
import TestSupport
import Testing
import Timekeeping

@testable import Operations

@Suite("Business hours of the configuration")
struct BusinessCalendarConfigurationTests {
  private func load(_ rules: String, _ folder: TemporaryFolder) throws -> BusinessCalendar {
    let path = try folder.file("c.json", "{ \"business_rules\": { \(rules) } }")
    return try ConfigurationSource(file: path, variables: [:]).load().configuration.calendar
  }

  private func day(_ date: String) -> CivilDay { CivilDay(date) ?? CivilDay(number: 0) }

  @Test("Hours, days, zone and holidays of the file make the calendar")
  func everyKey() throws {
    let calendar = try load(
      """
      "business_hours": { "start": "08:30", "end": "12:00", "timezone": "Europe/Berlin", "days": ["saturday", "monday"] },
      "holidays": ["2026-12-28"]
      """, TemporaryFolder())
    #expect(calendar.hours == BusinessHours(opening: 510, closing: 720, days: [.saturday, .monday]))
    #expect(calendar.zone.identifier == "Europe/Berlin")
    #expect(calendar.isBusinessDay(day("2026-12-26")))
    #expect(!calendar.isBusinessDay(day("2026-12-28")) && !calendar.isBusinessDay(day("2026-12-29")))
  }

  @Test("Nothing is said about holidays: there are none, and it is nine to five from Monday to Friday")
  func defaults() throws {
    let calendar = try load("", TemporaryFolder())
    #expect(calendar.hours == .usual && calendar.holidays == .none)
    #expect(calendar.isBusinessDay(day("2026-12-25")))
  }

  @Test("A calendar is found by its name, beside single dates")
  func named() throws {
    let calendar = try load("\"holiday_calendar\": \"us_federal\", \"holidays\": [\"2026-12-24\"]", TemporaryFolder())
    #expect(calendar.holidays.name(of: day("2026-12-25")) == "Christmas Day")
    #expect(calendar.holidays.name(of: day("2026-12-24")) == "holiday")
  }

  @Test("Any other name is the path of a list of dates")
  func list() throws {
    let folder = try TemporaryFolder()
    let list = try folder.file("office.txt", "# closed\n2026-12-24 Christmas Eve\n")
    let calendar = try load("\"holiday_calendar\": \"\(list)\"", folder)
    #expect(calendar.holidays.name(of: day("2026-12-24")) == "Christmas Eve")
    #expect(calendar.isBusinessDay(day("2026-12-25")))
  }

  @Test("A list that is missing, or is none, is an error that says what was meant")
  func broken() throws {
    let folder = try TemporaryFolder()
    let missing = try #require(throws: ConfigurationError.self) {
      try load("\"holiday_calendar\": \"us_federl\"", folder)
    }
    #expect(missing.exitStatus == .configuration)
    #expect(
      "\(missing)".hasSuffix(
        "business_rules.holiday_calendar: it is neither \"us_federal\" nor a list of dates: there is no file us_federl")
    )
    let list = try folder.file("office.txt", "2026-12-24\n24.12.2027\n")
    let wrong = try #require(throws: ConfigurationError.self) { try load("\"holiday_calendar\": \"\(list)\"", folder) }
    #expect("\(wrong)".contains("\(list): line 2: expected a date as YYYY-MM-DD"))
  }
}

import Foundation
import Operations
import Timekeeping

/// Moments of the business as people say them, in the configured zone.
struct WorkTime {
  let calendar: BusinessCalendar
  let now: Timestamp

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// `Tuesday 14:00 EST`; further away with the date.
  func words(_ time: Timestamp) -> String { calendar.words(for: time, seenFrom: now) }

  /// `Tue 14:00` within six days, `Tue Dec 8 14:00` further away.
  func short(_ time: Timestamp) -> String {
    let clock = calendar.clock
    let day = clock.day(of: time)
    let isNear = day.number - clock.day(of: now).number <= 6
    return (isNear ? String(day.weekday.name.prefix(3)) : date(day)) + " " + clock.timeOfDay(at: time)
  }

  /// `Tue Dec 8`
  func date(_ day: CivilDay) -> String {
    "\(day.weekday.name.prefix(3)) \(Self.months[day.parts.month - 1]) \(day.parts.day)"
  }

  /// ISO 8601 with the zone's offset, for documents.
  func full(_ time: Timestamp) -> String {
    ISO8601.text(of: time, offset: LogZone(identifier: calendar.zone.identifier).offset(at: time))
  }
}

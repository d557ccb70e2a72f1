import Foundation
import Operations
import Timekeeping

/// Moments of the business as people say them, in the configured zone.
struct WorkTime {
  let calendar: BusinessCalendar
  let now: Timestamp

  /// `Tuesday 14:00 EST`; further away with the date.
  func words(_ time: Timestamp) -> String { calendar.words(for: time, seenFrom: now) }

  /// `Tue 14:00` within six days, `Tue Dec 8 14:00` further away.
  func short(_ time: Timestamp) -> String { calendar.shortWords(for: time, seenFrom: now) }

  /// `Tue Dec 8`
  func date(_ day: CivilDay) -> String { BusinessCalendar.shortWords(for: day) }

  /// ISO 8601 with the zone's offset, for documents.
  func full(_ time: Timestamp) -> String {
    ISO8601.text(of: time, offset: LogZone(identifier: calendar.zone.identifier).offset(at: time))
  }
}

import Testing
import Timekeeping

/// The days of a zone by its written rules, reckoned apart from Foundation: the offsets around the nights in question, from
/// the time zone database (https://www.iana.org/time-zones), and Howard Hinnant's civil_from_days
/// (https://howardhinnant.github.io/date_algorithms.html).
struct ZoneDays: Sendable, CustomTestStringConvertible {
  let zone: String
  /// Where the test begins, a day or so before something happens to the zone's days.
  let begin: Timestamp
  /// Minutes east of UTC from that moment on, in order; the first holds before, too.
  private let offsets: [(from: Timestamp, minutes: Int64)]

  var testDescription: String { zone }

  /// `begin`, `changeAt`: seconds since 1970 UTC.
  private init(_ zone: String, begin: Int64, _ before: Int64, changeAt: Int64 = .max / 2000, _ after: Int64 = 0) {
    self.zone = zone
    self.begin = Timestamp(milliseconds: begin * 1000)
    offsets = [
      (Timestamp(milliseconds: .min), before), (Timestamp(milliseconds: changeAt * 1000), after),
    ]
  }

  static let all = [
    // 2026-03-08 07:00 UTC: from 2:00 to 3:00, a day of 23 hours.
    ZoneDays("America/New_York", begin: 1_772_820_000, -300, changeAt: 1_772_953_200, -240),
    // 2026-11-01 06:00 UTC: from 2:00 back to 1:00, a day of 25 hours.
    ZoneDays("America/New_York", begin: 1_793_383_200, -240, changeAt: 1_793_512_800, -300),
    // 2026-04-04 15:00 UTC: from 2:00 back to 1:30, half an hour.
    ZoneDays("Australia/Lord_Howe", begin: 1_775_181_600, 660, changeAt: 1_775_314_800, 630),
    // 2026-10-03 15:30 UTC: from 2:00 to 2:30.
    ZoneDays("Australia/Lord_Howe", begin: 1_790_906_400, 630, changeAt: 1_791_041_400, 660),
    // Eleven hours behind, where each day ends last.
    ZoneDays("Pacific/Pago_Pago", begin: 1_772_820_000, -660),
    // 2011-12-30 10:00 UTC: the 30th never was, the zone moved to the other side of the date line.
    ZoneDays("Pacific/Apia", begin: 1_325_100_000, -600, changeAt: 1_325_239_200, 840),
    // 2026-09-06 04:00 UTC: midnight itself is left out, the day begins at 1:00.
    ZoneDays("America/Santiago", begin: 1_788_540_000, -240, changeAt: 1_788_667_200, -180),
    // Through 2028-02-29.
    ZoneDays("Europe/Berlin", begin: 1_835_280_000, 60),
  ]

  /// YYYY-MM-DD.
  func day(of time: Timestamp) -> String {
    let minutes = offsets.last { $0.from <= time }?.minutes ?? 0
    let days = Self.floored(time.milliseconds + minutes * 60_000, by: 86_400_000) + 719_468
    let era = Self.floored(days, by: 146_097)
    let dayOfEra = days - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shifted + 2) / 5 + 1
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
  }

  private static func floored(_ number: Int64, by divisor: Int64) -> Int64 {
    number >= 0 ? number / divisor : (number - divisor + 1) / divisor
  }
}

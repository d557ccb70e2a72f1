import Foundation
import Timekeeping

/// What the clock of a zone shows, minute by minute: the slow way to the same answers.
struct ClockFace {
  private let zone: TimeZone

  init?(zone name: String) {
    guard let zone = TimeZone(identifier: name) else { return nil }
    self.zone = zone
  }

  /// Minutes since 1970-01-01 00:00 on the clock's face.
  func minutesShown(at time: Timestamp) -> Int {
    let seconds = Int(time.milliseconds / 1000)
    return (seconds + zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))) / 60
  }

  /// By trying each minute from two days before on.
  func firstMoment(of day: CivilDay, minutes: Int) -> Timestamp? {
    let wanted = day.number * 1440 + minutes
    let begin = Timestamp(milliseconds: Int64(day.number - 2) * 86_400_000)
    return (0..<5 * 1440).lazy.map { begin + .seconds(60 * $0) }.first { minutesShown(at: $0) >= wanted }
  }
}

/// Zones whose clocks do something remarkable, with a day on which they do.
struct RemarkableDay: CustomStringConvertible {
  let zone: String
  let date: String
  var description: String { "\(zone) around \(date)" }

  static let all = [
    RemarkableDay(zone: "America/New_York", date: "2026-03-08"),
    RemarkableDay(zone: "America/New_York", date: "2026-11-01"),
    RemarkableDay(zone: "Australia/Lord_Howe", date: "2026-04-05"),
    RemarkableDay(zone: "Australia/Lord_Howe", date: "2026-10-04"),
    RemarkableDay(zone: "Asia/Kolkata", date: "2026-06-15"),
    RemarkableDay(zone: "Asia/Kathmandu", date: "2026-06-15"),
    // Left out as a whole.
    RemarkableDay(zone: "Pacific/Apia", date: "2011-12-30"),
    // The hour after midnight is left out.
    RemarkableDay(zone: "America/Santiago", date: "2026-09-06"),
    // The hour before midnight comes twice.
    RemarkableDay(zone: "America/Santiago", date: "2026-04-04"),
    // One minute past midnight the clock goes back to 23:01.
    RemarkableDay(zone: "America/St_Johns", date: "2010-11-07"),
    RemarkableDay(zone: "Europe/London", date: "2026-10-25"),
    RemarkableDay(zone: "UTC", date: "2028-02-29"),
  ]
}

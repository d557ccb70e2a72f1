import Foundation
import Timekeeping

@testable import JobQueue

extension Surface {
  /// Cron expressions in many zones, around any moment of four centuries.
  static let schedules = Surface(
    "schedules",
    examples: [
      "\u{0}00000*/15 8-18/2 * jan-mar mon,wed", "\u{1}1234530 2 29 2 *", "\u{2}9999959 23 31 12 7",
      "\u{3}aaaaa@hourly",
      "\u{4}zzzzz0 0 30 2 *", "\u{5}!!!!!*/59 * 1-31 * fri-sun", "\u{6}~~~~~every 60000 ms", "0 2 * * 0,7",
    ]
  ) { bytes in
    var choices = Choices(bytes)
    let name = ScheduleCheck.zones[choices.choose(ScheduleCheck.zones.count)]
    var seconds: Int64 = 0
    for _ in 0..<5 { seconds = seconds << 8 | Int64(choices.choose(256)) }
    // 1900 to 2300.
    let start = Timestamp(milliseconds: (seconds % 12_622_780_800 - 2_208_988_800) * 1000)
    let text = String(decoding: choices.rest, as: UTF8.self)
    let timing: ScheduleTiming
    do {
      timing = try ScheduleTiming(text: text, zoneName: name)
    } catch is CronError {
      return
    } catch is ScheduleError {
      return
    }
    let again = try ScheduleTiming(text: timing.text, zoneName: timing.zoneName)
    var time = start
    for _ in 0..<3 {
      guard let next = timing.next(after: time, anchor: start) else { break }
      try require(next > time, "\(timing.text) in \(name) goes back")
      try require(again.next(after: time, anchor: start) == next, "\(timing.text) does not mean what it was read from")
      time = next
    }
  }
}

private enum ScheduleCheck {
  static let zones = [
    "UTC", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/Santiago", "Africa/Casablanca",
    "Europe/Dublin", "Antarctica/Troll", "Asia/Kathmandu", "America/St_Johns",
  ]
}

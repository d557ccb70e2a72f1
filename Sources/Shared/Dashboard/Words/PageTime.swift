import Foundation
import Timekeeping

/// Moments and spans as the pages show them, in the configured zone.
struct PageTime: Sendable {
  /// A moment for `<time>`: for machines, short, and whole.
  struct Stamp: Sendable, Equatable {
    var iso: String
    var text: String
    var full: String
  }

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
  private static let day: Int64 = 86_400_000

  let clock: ZoneClock
  let now: Timestamp

  init(_ calendar: BusinessCalendar, now: Timestamp) {
    clock = calendar.clock
    self.now = now
  }

  /// Of today the time alone, of other days the day too.
  func stamp(_ time: Timestamp) -> Stamp {
    let seconds = time.milliseconds / 1000 % 60
    let short = clock.timeOfDay(at: time)
    let precise = short + (seconds < 10 ? ":0\(seconds)" : ":\(seconds)")
    let text = clock.day(of: time) == clock.day(of: now) ? precise : "\(shortDay(time)), \(short)"
    return Stamp(iso: Self.utc(time), text: text, full: "\(clock.day(of: time)) \(precise) \(clock.zone.identifier)")
  }

  /// `Tue 9 Dec`
  func shortDay(_ time: Timestamp) -> String {
    let day = clock.day(of: time)
    return "\(day.weekday.name.prefix(3)) \(day.parts.day) \(Self.months[day.parts.month - 1])"
  }

  func ago(_ time: Timestamp) -> String { "\((now - time).words) ago" }

  /// The moment that a field of a form names by the clock of the zone: `2026-11-22`, or `2026-11-22T10:00`. Nil when it names
  /// none.
  func moment(_ text: String) -> Timestamp? {
    let parts = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let day = CivilDay(first) else { return nil }
    guard parts.count == 2 else { return clock.firstMoment(of: day, minutes: 0) }
    let numbers = parts[1].split(separator: ":").map { Int($0) }
    guard numbers.count >= 2, let hour = numbers[0], let minute = numbers[1], 0..<24 ~= hour, 0..<60 ~= minute else {
      return nil
    }
    return clock.firstMoment(of: day, minutes: hour * 60 + minute)
  }

  private static func utc(_ time: Timestamp) -> String {
    let milliseconds = time.milliseconds
    let number = milliseconds >= 0 ? milliseconds / day : (milliseconds - day + 1) / day
    let seconds = (milliseconds - number * day) / 1000
    func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "\(CivilDay(number: Int(number)))T\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))Z"
  }
}

extension Int {
  /// `1,234,567`
  var grouped: String {
    let digits = String(magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (self < 0 ? "−" : "") + text
  }

  /// `1 lead`, `2 leads`
  func counted(_ noun: String) -> String { "\(grouped) \(noun)\(self == 1 ? "" : "s")" }
}

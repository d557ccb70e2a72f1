public import Foundation
public import Timekeeping

/// When a schedule is due.
public enum ScheduleTiming: Sendable, Equatable {
  /// At the minutes of the expression, by the clocks of the zone.
  case cron(CronExpression, zone: TimeZone)
  /// At the schedule's anchor and every so many whole milliseconds after it, 1 ms to 366 days.
  case every(Duration)

  /// The longest interval.
  public static let intervalMax = Duration.seconds(366 * 86_400)

  /// `schedule.timing`: the cron expression, or `every N ms`.
  public var text: String {
    switch self {
    case .cron(let expression, _): expression.description
    case .every(let interval): "every \(interval.milliseconds) ms"
    }
  }

  /// `schedule.zone`: the zone's IANA name; `UTC` for intervals, which have none.
  public var zoneName: String {
    switch self {
    // Foundation calls it GMT.
    case .cron(_, let zone): zone.identifier == "GMT" ? "UTC" : zone.identifier
    case .every: "UTC"
    }
  }

  /// Reads back what `text` and `zoneName` say. Throws `CronError`, or `ScheduleError.unreadable` for an interval out of
  /// range or a zone that this machine does not know.
  public init(text: String, zoneName: String) throws {
    let words = text.split(separator: " ")
    if words.first == "every" {
      guard words.count == 3, words[2] == "ms", let milliseconds = Int64(words[1]), milliseconds > 0,
        Duration.milliseconds(milliseconds) <= Self.intervalMax
      else {
        let limit = Self.intervalMax.milliseconds
        throw ScheduleError.unreadable("\(text): expected every N ms, with N from 1 to \(limit)")
      }
      self = .every(.milliseconds(milliseconds))
    } else {
      guard let zone = TimeZone(identifier: zoneName) else {
        throw ScheduleError.unreadable("\(zoneName): expected an IANA name of a zone such as Europe/Berlin")
      }
      self = .cron(try CronExpression(text), zone: zone)
    }
  }

  /// The first due time after `time`, not `time` itself; nil when there is none, as for 30 February. `anchor`: the first due
  /// time of an interval; cron expressions have none.
  public func next(after time: Timestamp, anchor: Timestamp) -> Timestamp? {
    switch self {
    case .cron(let expression, let zone):
      return expression.next(after: time, in: zone)
    case .every(let interval):
      guard time >= anchor else { return anchor }
      let step = interval.milliseconds
      let passed = (time - anchor).milliseconds / step
      return Timestamp(milliseconds: anchor.milliseconds + (passed + 1) * step)
    }
  }
}

import Alerts
import Database
package import JobQueue
import Timekeeping

/// What is told by the clock: the day's digest, and at the end of quiet hours what was held back.
package enum BulletinDuties {
  /// `schedule.name`.
  static let digestName = "digest"
  static let quietEndName = "quiet_end"

  /// None where nobody is told anything.
  package static func all(_ book: AlertBook, _ digest: Digest) -> [Ticker.Duty] {
    guard !book.rules.channels.isEmpty else { return [] }
    let digests = book.rules.digestMinute.map { minute in
      duty(digestName, at: minute, book) { tick, transaction in
        try book.post(try digest.bulletin(now: tick.now, in: transaction), now: tick.now, in: transaction).jobs.first
      }
    }
    let held = book.rules.quietHours.map { hours in
      duty(quietEndName, at: hours.end, book) { tick, transaction in
        try book.tell(now: tick.now, in: transaction).first
      }
    }
    return [digests, held].compactMap(\.self)
  }

  /// Each day at a minute of the business's clock. Of the times that passed without a scheduler the latest is caught up.
  private static func duty(
    _ name: String, at minute: Int, _ book: AlertBook,
    _ post: @escaping @Sendable (DueTick, Transaction) throws -> Int64?
  ) -> Ticker.Duty {
    guard let daily = try? CronExpression("\(minute % 60) \(minute / 60) * * *") else {
      preconditionFailure("every minute of a day has its expression")
    }
    let schedule = Schedule(
      name: name, timing: .cron(daily, zone: book.calendar.zone), overlap: .allow, catchUp: .latest)
    return Ticker.Duty(schedule) { tick, transaction in
      try post(tick, transaction).map { .job($0) } ?? .refused(because: "there is nothing to tell")
    }
  }
}

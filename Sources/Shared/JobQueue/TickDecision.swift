public import Timekeeping

/// How far a schedule's due times are accounted for.
public struct TickAccount: Sendable, Equatable {
  /// Every due time up to here, itself included, has its outcome.
  public var accountedUntil: Timestamp
  /// The first due time of an interval; meaningless for a cron expression.
  public var anchor: Timestamp

  /// See the properties.
  public init(accountedUntil: Timestamp, anchor: Timestamp) {
    self.accountedUntil = accountedUntil
    self.anchor = anchor
  }

  /// Of a schedule that begins: an interval now, a cron expression after now.
  public init(_ timing: ScheduleTiming, startingAt now: Timestamp) {
    switch timing {
    case .cron: self.init(accountedUntil: now, anchor: now)
    case .every: self.init(accountedUntil: now - .milliseconds(1), anchor: now)
    }
  }

  /// Of a schedule whose timing changes: an interval goes on an interval after the last time of the old account, between now
  /// and one interval from now; a cron expression after now, and never before what is accounted for.
  public init(_ timing: ScheduleTiming, after old: TickAccount, startingAt now: Timestamp) {
    switch timing {
    case .cron:
      self.init(accountedUntil: max(old.accountedUntil, now), anchor: now)
    case .every(let interval):
      self.init(
        accountedUntil: min(old.accountedUntil, now - .milliseconds(1)),
        anchor: min(max(old.accountedUntil + interval, now), now + interval))
    }
  }
}

/// What becomes of the due times that have come: decided purely, from values to values.
///
/// Each due time ends as exactly one of enqueued, skipped and missed.
/// - **On time** is a tick seen at most a minute late, and at most half the time to the next one (`grace`): so no more than
///   the last due time is ever on time. It runs unless `overlap` skips it.
/// - **Late** ones are caught up or missed, as `catchUp` says. An interval that is caught up late begins anew: the next tick
///   comes a whole interval after now, never closer.
/// - **Bounded**: one decision accounts for at most `rowsMax` due times and enqueues at most `catchUpMax`; after a long
///   absence `isComplete` is false, and the next decision goes on.
/// - **The clock set forward** is like an absence.
/// - **The clock set back**: an interval whose next tick would be further away than an interval begins anew, a whole
///   interval from now; so two ticks are never closer than one interval nor, by the time that really passed, further apart
///   than two. A cron expression waits for the first time that is not accounted for, up to a day; set back by more, it
///   accounts again from now on, and `ScheduleTable` keeps a time that ran from running twice.
public struct TickDecision: Sendable, Equatable {
  /// Due times that one decision accounts for at the most.
  public static let rowsMax = 1000
  /// Ticks that one decision enqueues at the most, under `CatchUp.all`.
  public static let catchUpMax = 100
  /// The longest time by which a tick is late and still on time.
  public static let graceMax = Duration.seconds(60)
  /// How far ahead of the clock a cron expression's account may be before it is thought to come from a clock that was wrong.
  public static let aheadMax = Duration.seconds(86_400)

  /// What is to become of one due time.
  public enum Outcome: Sendable, Equatable {
    /// Its job is to be enqueued.
    case enqueue
    case skipped(TickReason)
    case missed(TickReason)
  }

  /// One due time.
  public struct Entry: Sendable, Equatable {
    /// The due time.
    public let at: Timestamp
    /// What is to become of it.
    public let outcome: Outcome

    /// See the properties.
    public init(at: Timestamp, outcome: Outcome) {
      self.at = at
      self.outcome = outcome
    }
  }

  /// In order of time.
  public let entries: [Entry]
  /// After these entries.
  public let account: TickAccount
  /// Whether every due time up to now is accounted for.
  public let isComplete: Bool

  /// `unfinishedJob`: a job of the schedule that has not ended, nil when there is none; looked at under `Overlap.skip` only.
  public init(_ schedule: Schedule, _ account: TickAccount, now: Timestamp, unfinishedJob: Int64?) {
    let account = Self.account(schedule.timing, account, atClock: now)
    let due = Self.dueTimes(schedule.timing, account, now: now)
    guard let last = due.last else {
      (entries, self.account, isComplete) = ([], account, true)
      return
    }
    guard due.count <= Self.rowsMax else {
      // All of these have `catchUpMax` later ones, so that no policy runs them.
      let part = due.prefix(Self.rowsMax - Self.catchUpMax)
      entries = part.map { Entry(at: $0, outcome: .missed(schedule.reasonToMiss(late: now - $0))) }
      self.account = TickAccount(accountedUntil: part.last ?? last, anchor: account.anchor)
      isComplete = false
      return
    }
    let isLate = now - last > Self.grace(of: last, schedule.timing, account)
    entries = Self.entries(schedule, due, isLate: isLate, now: now, unfinishedJob: unfinishedJob)
    var next = TickAccount(accountedUntil: last, anchor: account.anchor)
    if case .every(let interval) = schedule.timing, isLate, entries.contains(where: { $0.outcome == .enqueue }) {
      next.anchor = now + interval
    }
    self.account = next
    isComplete = true
  }

  /// When there is something to decide next: a moment that is not after `now` means at once; nil means never.
  public static func nextMoment(_ timing: ScheduleTiming, _ account: TickAccount, now: Timestamp) -> Timestamp? {
    let current = Self.account(timing, account, atClock: now)
    return current == account ? timing.next(after: account.accountedUntil, anchor: account.anchor) : now
  }

  // MARK: Time

  /// The account by a clock that may have been set back since.
  private static func account(
    _ timing: ScheduleTiming, _ account: TickAccount, atClock now: Timestamp
  ) -> TickAccount {
    switch timing {
    case .cron:
      guard account.accountedUntil > now + aheadMax else { return account }
      return TickAccount(accountedUntil: now, anchor: account.anchor)
    case .every(let interval):
      guard let next = timing.next(after: account.accountedUntil, anchor: account.anchor), next > now + interval else {
        return account
      }
      return TickAccount(accountedUntil: now, anchor: now + interval)
    }
  }

  /// The due times that are not accounted for, the first `rowsMax` and one more.
  private static func dueTimes(_ timing: ScheduleTiming, _ account: TickAccount, now: Timestamp) -> [Timestamp] {
    var times: [Timestamp] = []
    var next = timing.next(after: account.accountedUntil, anchor: account.anchor)
    while let time = next, time <= now, times.count <= rowsMax {
      times.append(time)
      next = timing.next(after: time, anchor: account.anchor)
    }
    return times
  }

  private static func grace(of time: Timestamp, _ timing: ScheduleTiming, _ account: TickAccount) -> Duration {
    guard let next = timing.next(after: time, anchor: account.anchor) else { return graceMax }
    return min(graceMax, (next - time) / 2)
  }

  // MARK: Policies

  private static func entries(
    _ schedule: Schedule, _ due: [Timestamp], isLate: Bool, now: Timestamp, unfinishedJob: Int64?
  ) -> [Entry] {
    let runs =
      switch schedule.catchUp {
      case .none: isLate ? 0 : 1
      case .latest: 1
      case .all: catchUpMax
      }
    var isBlocked = schedule.overlap == .skip && unfinishedJob != nil
    return due.enumerated().map { index, time in
      guard index >= due.count - runs else {
        return Entry(at: time, outcome: .missed(schedule.reasonToMiss(late: now - time)))
      }
      if isBlocked { return Entry(at: time, outcome: .skipped(.overlap(job: unfinishedJob))) }
      isBlocked = schedule.overlap == .skip
      return Entry(at: time, outcome: .enqueue)
    }
  }
}

/// Why a tick did not run; `tick.reason` holds its words.
public enum TickReason: Sendable, Equatable, CustomStringConvertible {
  /// A job of an earlier tick has not ended; nil: that of the tick just before, enqueued in the same moment.
  case overlap(job: Int64?)
  /// Nobody looked in time, and the schedule catches up with none, with the latest, or with the latest few only.
  case late(Duration, catchUp: Schedule.CatchUp)
  /// The words of whoever was to enqueue the job.
  case refused(String)

  /// For people; kept as `tick.reason`.
  public var description: String {
    switch self {
    case .overlap(let job?): "job \(job) of an earlier tick has not ended"
    case .overlap(nil): "the job of the tick before has just been enqueued"
    case .late(let time, .none): "seen \(Self.seconds(time)) late; the schedule does not catch up"
    case .late(let time, .latest): "seen \(Self.seconds(time)) late; only the latest one is caught up"
    case .late(let time, .all):
      "seen \(Self.seconds(time)) late; only the latest \(TickDecision.catchUpMax) are caught up"
    case .refused(let words): words
    }
  }

  private static func seconds(_ time: Duration) -> String {
    let milliseconds = time.milliseconds
    return milliseconds < 10_000
      ? "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s" : "\(milliseconds / 1000) s"
  }
}

extension Schedule {
  fileprivate func reasonToMiss(late time: Duration) -> TickReason { .late(time, catchUp: catchUp) }
}

public import Database
public import Timekeeping

/// What became of one due time; `tick.outcome`.
public enum TickOutcome: String, Sendable, CaseIterable {
  /// Its job is in the queue, or was.
  case enqueued
  /// It came on time, or was to be caught up, and something stood in the way.
  case skipped
  /// Nobody looked in time.
  case missed
}

/// The account of one due time.
public struct TickRecord: Sendable, Equatable {
  /// The due time.
  public let at: Timestamp
  /// What became of it.
  public let outcome: TickOutcome
  /// Why it was not enqueued, for people.
  public let reason: String?
  /// The job enqueued for it, which retention may have removed since.
  public let jobID: Int64?
  /// The term of the leader that accounted for it.
  public let term: Int
  /// When that was written, by the store's clock; on time or late, never before `at`.
  public let recordedAt: Timestamp
}

/// A schedule as the store has it.
public struct ScheduleRecord: Sendable, Equatable {
  /// As it was declared last.
  public let schedule: Schedule
  /// How far its due times have their outcome.
  public let account: TickAccount

  /// When there is something to do next: see `TickDecision.nextMoment`.
  public func nextMoment(now: Timestamp) -> Timestamp? {
    TickDecision.nextMoment(schedule.timing, account, now: now)
  }
}

/// A due time whose job is to be enqueued.
public struct DueTick: Sendable, Equatable {
  /// `schedule.name`.
  public let schedule: String
  /// The due time.
  public let at: Timestamp
  /// Later than `at` by at most the grace, or more when it is caught up.
  public let now: Timestamp

  /// See the properties.
  public init(schedule: String, at: Timestamp, now: Timestamp) {
    self.schedule = schedule
    self.at = at
    self.now = now
  }
}

/// What became of the wish to enqueue a tick's job.
public enum TickAnswer: Sendable, Equatable {
  /// Enqueued, in the transaction that was passed.
  case job(Int64)
  /// Not to be enqueued: the tick is skipped for this reason.
  case refused(because: String)
}

/// Enqueues the job of a tick in the transaction that accounts for it. Throwing rolls the whole account back.
public typealias TickEnqueue = @Sendable (DueTick, Transaction) throws -> TickAnswer

/// What one pass over a schedule accounted for.
public struct TickPass: Sendable, Equatable {
  /// The jobs that were enqueued, in order of their ticks.
  public var jobs: [Int64]
  /// How many due times were skipped.
  public var skipped: Int
  /// How many due times were missed.
  public var missed: Int
  /// False when more due times wait for the next pass, which should follow at once.
  public var isComplete: Bool

  /// See the properties; without arguments: nothing was due.
  public init(jobs: [Int64] = [], skipped: Int = 0, missed: Int = 0, isComplete: Bool = true) {
    self.jobs = jobs
    self.skipped = skipped
    self.missed = missed
    self.isComplete = isComplete
  }
}

/// What is to happen at which times, and what becomes of the times at which it cannot.
public struct Schedule: Sendable, Equatable {
  /// What becomes of a tick whose predecessor's job has not ended.
  public enum Overlap: String, Sendable, CaseIterable {
    /// It is skipped: at most one job of the schedule is unfinished.
    case skip
    /// Its job is enqueued all the same.
    case allow
  }

  /// What becomes of the times that passed while nobody looked.
  public enum CatchUp: String, Sendable, CaseIterable {
    /// All are missed.
    case none
    /// The latest one runs, late; the earlier ones are missed.
    case latest
    /// The latest `TickDecision.catchUpMax` run, late; the earlier ones are missed. Under `Overlap.skip` the first of them
    /// runs, and the others are skipped.
    case all
  }

  /// Unique in the store, not empty.
  public let name: String
  /// When it is due.
  public let timing: ScheduleTiming
  /// What becomes of a tick while the job of an earlier one is unfinished.
  public let overlap: Overlap
  /// What becomes of the due times that nobody saw in time.
  public let catchUp: CatchUp

  /// An interval is from 1 ms to `ScheduleTiming.intervalMax`.
  public init(name: String, timing: ScheduleTiming, overlap: Overlap = .skip, catchUp: CatchUp = .latest) {
    precondition(!name.isEmpty, "a schedule has a name")
    if case .every(let interval) = timing {
      precondition(interval >= .milliseconds(1) && interval <= ScheduleTiming.intervalMax, "an interval out of range")
    }
    self.name = name
    self.timing = timing
    self.overlap = overlap
    self.catchUp = catchUp
  }

  /// The unique key of its jobs under `Overlap.skip`.
  public var uniqueKey: String { "schedule:\(name)" }
}

/// What goes wrong with schedules.
public enum ScheduleError: Error, Sendable, Equatable {
  /// No schedule of this name; `ScheduleTable.declare` makes one.
  case unknown(String)
  /// A timing that this program cannot read; the text says why.
  case unreadable(String)
}

extension ScheduleError: CustomStringConvertible {
  /// One sentence for people.
  public var description: String {
    switch self {
    case .unknown(let name): "There is no schedule named \(name)"
    case .unreadable(let what): "A schedule's timing cannot be read: \(what)"
    }
  }
}

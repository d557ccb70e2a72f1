package import Database
package import JobQueue
import LeadStore
package import Logging
import Timekeeping

/// Cycles by the clock: the schedule whose ticks enqueue `cycle` jobs, and how such a job ends.
package enum CycleTick {
  /// `schedule.name`.
  package static let scheduleName = "replenishment"
  /// A scheduler that dies in the middle of a cycle costs one failure: whoever comes next begins the cycle anew, at once,
  /// but only once.
  private static let failuresMax = 2

  /// A cycle every `interval`. Of the times that passed without a scheduler the latest is caught up. A tick is skipped while
  /// the cycle of an earlier one is unfinished, or one runs that was started by hand.
  package static func duty(every interval: Duration) -> Ticker.Duty {
    let schedule = Schedule(name: scheduleName, timing: .every(interval), overlap: .skip, catchUp: .latest)
    let enqueue = ScheduleTable.enqueue(
      { tick in
        NewJob(
          kind: JobKind.cycle.rawValue, queue: JobKind.cycle.queue,
          payload: try Payload.encode(CyclePayload(tick: tick.at)), maxFailures: failuresMax)
      }, for: schedule)
    return Ticker.Duty(schedule) { tick, transaction in
      if let cycle = try CycleTable.running(now: tick.now, in: transaction) {
        return .refused(because: "cycle \(cycle) is running")
      }
      return try enqueue(tick, transaction)
    }
  }

  /// Runs the cycle of a job, and says how the job ends. A cycle that fails is logged, and the job has done its work: the next
  /// tick begins afresh. Throws `CancellationError` when it was cut off by a drain: the job is then handed back. `describe`
  /// turns an error into words; `alert` is called in the settling transaction of a cycle that failed, with them.
  package static func settlement(
    describe: (any Error) -> String, logger: Logger,
    alert: @escaping @Sendable (_ reason: String, any Error, Transaction) throws -> Void = { _, _, _ in },
    of cycle: () async throws -> CycleReport
  ) async throws -> Settlement {
    do {
      return try settlement(of: try await cycle())
    } catch {
      try Task.checkCancellation()
      let reason = describe(error)
      if case LeadStoreError.cycleRunning = error {
        logger.info("the cycle was skipped", metadata: ["reason": "\(reason)"])
        return try settlement(.skipped, because: reason)
      }
      logger.error("the cycle failed", metadata: ["reason": "\(reason)"])
      let result = try settlement(.failed, because: reason)
      return Settlement(result.outcome) { try alert(reason, error, $0) }
    }
  }

  /// The end of a job whose cycle ran, well or badly: what became of it is the cycle's own story.
  private static func settlement(of report: CycleReport) throws -> Settlement {
    try settlement(CycleResult(cycle: report.cycle, ending: report.ending.name))
  }

  /// The end of a job whose cycle did not begin.
  private static func settlement(_ ending: CycleResult.Ending, because reason: String) throws -> Settlement {
    try settlement(CycleResult(ending: ending, reason: reason))
  }

  private static func settlement(_ result: CycleResult) throws -> Settlement {
    Settlement(.succeeded(result: try Payload.encode(result)))
  }
}

/// What a cycle job leaves; `job.result`.
package struct CycleResult: Codable, Sendable, Equatable {
  /// How it ended, in the words of `CycleReport.Ending`.
  package enum Ending: String, Codable, Sendable {
    case sufficient, blocked, held, uploaded, unresolved, postponed, failed
    case sourcesBroken = "sources_broken"
    /// Another scheduler was in the middle of a cycle.
    case skipped
  }

  /// Nil: it did not begin.
  package var cycle: Int64?
  package var ending: Ending
  package var reason: String?
}

extension CycleReport.Ending {
  fileprivate var name: CycleResult.Ending {
    switch self {
    case .sufficient: .sufficient
    case .blocked, .refused: .blocked
    case .sourcesBroken: .sourcesBroken
    case .held: .held
    case .uploaded: .uploaded
    case .unresolved: .unresolved
    case .postponed: .postponed
    case .failed: .failed
    }
  }
}

import Database
import Timekeeping

/// Writes the account of one pass over a schedule: a row of `tick` for each due time, and the job of each that runs. Lives
/// as long as its transaction.
struct TickTable {
  let schedule: String
  let term: Int
  let now: Timestamp
  let transaction: Transaction
  var pass = TickPass()

  mutating func write(_ entry: TickDecision.Entry, _ enqueue: TickEnqueue) throws {
    switch entry.outcome {
    case .missed(let reason): try note(entry.at, .missed, reason)
    case .skipped(let reason): try note(entry.at, .skipped, reason)
    case .enqueue: try run(entry.at, enqueue)
    }
  }

  /// Notes a time that does not run. A time that has its outcome keeps it.
  private mutating func note(_ at: Timestamp, _ outcome: TickOutcome, _ reason: TickReason) throws {
    let count = try transaction.run(
      """
      INSERT INTO tick (schedule, at, outcome, reason, term, recorded_at) VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT (schedule, at) DO NOTHING
      """,
      [
        .text(schedule), .time(at), .text(outcome.rawValue), .text(reason.description), .int(term), .time(now),
      ])
    if outcome == .missed { pass.missed += count } else { pass.skipped += count }
  }

  /// Runs a time that has not run. One that was missed or skipped by a clock that was ahead, and has come only now, runs
  /// after all; every other outcome stands.
  private mutating func run(_ at: Timestamp, _ enqueue: TickEnqueue) throws {
    let known = try transaction.first(
      "SELECT outcome, recorded_at FROM tick WHERE schedule = $1 AND at = $2", [.text(schedule), .time(at)]
    ) { (outcome: $0.text(0), recordedAt: $0.time(1)) }
    if let known, known.outcome == TickOutcome.enqueued.rawValue || known.recordedAt <= now { return }
    switch try enqueue(DueTick(schedule: schedule, at: at, now: now), transaction) {
    case .refused(let reason):
      if known == nil { try note(at, .skipped, .refused(reason)) }
    case .job(let job):
      if known != nil {
        try transaction.run("DELETE FROM tick WHERE schedule = $1 AND at = $2", [.text(schedule), .time(at)])
      }
      try transaction.run(
        """
        INSERT INTO tick (schedule, at, outcome, job_id, term, recorded_at) VALUES ($1, $2, 'enqueued', $3, $4, $5)
        """, [.text(schedule), .time(at), .integer(job), .int(term), .time(now)])
      pass.jobs.append(job)
    }
  }
}

public import Database
public import Timekeeping

extension JobTable {
  /// Writes an attempt's outcome, once. Throws `leaseLost`, and nothing may be committed, when the attempt no longer owns its
  /// job. `backoff` is the wait that a failure costs at least. A cancelled job ends as cancelled unless it succeeded.
  /// Returns the state the job is in now.
  @discardableResult
  public static func settle(
    _ lease: Lease, _ outcome: Outcome, backoff: Duration, now: Timestamp, in transaction: Transaction
  ) throws -> JobState {
    let job = try transaction.first(
      """
      SELECT failures, max_failures, cancel_requested_at IS NOT NULL, reason, worker_id FROM job
      WHERE id = $1 AND attempt = $2 AND state = 'leased'
      """ + transaction.dialect.lockRow, [.integer(lease.jobID), .int(lease.attempt)]
    ) {
      (
        failures: $0.int(0), maxFailures: $0.int(1), isCancelled: $0.bool(2), reason: $0.optionalText(3),
        worker: $0.optionalText(4)
      )
    }
    guard let job else { throw JobQueueError.leaseLost(lease) }
    var change = Change(outcome, isLastFailure: job.failures + 1 >= job.maxFailures, backoff: backoff, now: now)
    if job.isCancelled { change.cancel(because: job.reason) }
    let changed = try transaction.run(
      """
      UPDATE job SET state = $3, failures = failures + $4, run_at = COALESCE(CAST($5 AS bigint), run_at),
        order_at = COALESCE(CAST($5 AS bigint) - priority * 60000, order_at), reason = $6, result = $7, settled_at = $8,
        lease_expires_at = NULL
      WHERE id = $1 AND attempt = $2 AND state = 'leased'
      """,
      [
        .integer(lease.jobID), .int(lease.attempt), .text(change.state.rawValue), .int(change.failures),
        .optional(change.runAt), .optional(change.reason), .optional(change.result),
        .optional(change.state.isUnfinished ? nil : now),
      ])
    guard changed == 1 else { throw JobQueueError.leaseLost(lease) }
    try record(
      change.transition, job: lease.jobID, attempt: lease.attempt, worker: job.worker, reason: change.reason, now: now,
      in: transaction)
    return change.state
  }

  /// Hands jobs back unfinished, at once and without a failure: the end of a drain. A job that was asked to cancel ends as
  /// cancelled. Lost leases are passed over.
  public static func giveBack(_ leases: [Lease], now: Timestamp, in transaction: Transaction) throws {
    for lease in leases {
      let job = try transaction.first(
        """
        UPDATE job SET state = CASE WHEN cancel_requested_at IS NULL THEN 'available' ELSE 'cancelled' END,
          settled_at = CASE WHEN cancel_requested_at IS NULL THEN NULL ELSE CAST($3 AS bigint) END,
          lease_expires_at = NULL
        WHERE id = $1 AND attempt = $2 AND state = 'leased'
        RETURNING worker_id, cancel_requested_at IS NOT NULL, reason
        """, [.integer(lease.jobID), .int(lease.attempt), .time(now)]
      ) { (worker: $0.optionalText(0), isCancelled: $0.bool(1), reason: $0.optionalText(2)) }
      guard let job else { continue }
      try record(
        job.isCancelled ? .cancelled : .returned, job: lease.jobID, attempt: lease.attempt, worker: job.worker,
        reason: job.isCancelled ? job.reason : "the worker was drained", now: now, in: transaction)
    }
  }

  /// What an outcome does to the row.
  private struct Change {
    var state: JobState
    var transition: JobTransition
    var failures = 0
    var runAt: Timestamp?
    var reason: String?
    var result: String?

    init(_ outcome: Outcome, isLastFailure: Bool, backoff: Duration, now: Timestamp) {
      switch outcome {
      case .succeeded(let result):
        (state, transition) = (.succeeded, .succeeded)
        self.result = result
      case .retry(let after, let reason):
        (state, transition) = isLastFailure ? (.dead, .exhausted) : (.waiting, .retried)
        (failures, self.reason) = (1, reason)
        if !isLastFailure { runAt = now + max(after, backoff) }
      case .snooze(let until, let reason):
        (state, transition) = (.waiting, .snoozed)
        (runAt, self.reason) = (until, reason)
      case .discard(let reason):
        (state, transition) = (.dead, .discarded)
        (failures, self.reason) = (1, reason)
      }
    }

    /// Somebody asked to cancel the job while it ran. What succeeded stays so.
    mutating func cancel(because asked: String?) {
      guard state != .succeeded else { return }
      (state, transition, runAt) = (.cancelled, .cancelled, nil)
      reason = asked ?? reason
    }
  }
}

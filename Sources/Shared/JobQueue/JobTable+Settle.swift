public import Database
public import Timekeeping

extension JobTable {
  /// How an attempt ended, with the wait that a failure costs at least.
  public struct Ending: Sendable {
    /// Which attempt.
    public var lease: Lease
    /// The handler's word.
    public var outcome: Outcome
    /// The wait that a failure costs at least, ≥ 0.
    public var backoff: Duration

    /// See the properties.
    public init(_ lease: Lease, _ outcome: Outcome, backoff: Duration) {
      self.lease = lease
      self.outcome = outcome
      self.backoff = backoff
    }

    var isSuccess: Bool {
      if case .succeeded = outcome { true } else { false }
    }

    var result: String? {
      if case .succeeded(let result) = outcome { result } else { nil }
    }
  }

  /// Writes an attempt's outcome, once. Throws `leaseLost`, and nothing may be committed, when the attempt no longer owns its
  /// job. `backoff` is the wait that a failure costs at least. A cancelled job ends as cancelled unless it succeeded.
  /// Returns the state the job is in now.
  @discardableResult
  public static func settle(
    _ lease: Lease, _ outcome: Outcome, backoff: Duration, now: Timestamp, in transaction: Transaction
  ) throws -> JobState {
    let worker = try transaction.first("SELECT worker_id FROM job WHERE id = $1", [.integer(lease.jobID)]) {
      $0.optionalText(0)
    }
    let ending = Ending(lease, outcome, backoff: backoff)
    guard let state = try settle([ending], by: worker ?? nil, now: now, in: transaction)[0] else {
      throw JobQueueError.leaseLost(lease)
    }
    return state
  }

  /// Writes the outcomes of many attempts of one worker, those that succeeded in two statements however many they are. Returns
  /// the states the jobs are in now, in the same order; nil for an attempt that no longer owns its job, which changes nothing.
  public static func settle(_ endings: [Ending], by worker: String?, now: Timestamp, in transaction: Transaction) throws
    -> [JobState?]
  {
    var left: Set<QueueKey> = []
    let successes = endings.filter(\.isSuccess)
    let succeeded = try succeed(successes, by: worker, now: now, &left, in: transaction)
    var states: [JobState?] = []
    states.reserveCapacity(endings.count)
    for ending in endings {
      if ending.isSuccess {
        states.append(succeeded?.contains(ending.lease.jobID) ?? true ? .succeeded : nil)
      } else {
        states.append(try settleOther(ending, by: worker, now: now, &left, in: transaction))
      }
    }
    try admitHeld(left, in: transaction)
    return states
  }

  /// Returns the jobs that succeeded; nil: all of them.
  private static func succeed(
    _ endings: [Ending], by worker: String?, now: Timestamp, _ left: inout Set<QueueKey>, in transaction: Transaction
  ) throws -> Set<Int64>? {
    var leases: [Lease] = []
    leases.reserveCapacity(endings.count)
    let isNoted = transaction.dialect.changesWithinStatements
    let (statement, common) =
      isNoted ? (succeedingNoted, [.time(now), .optional(worker)]) : (succeeding, [SQLValue.time(now)])
    try statement.run(endings.count, common: common, in: transaction) { index, binds in
      let ending = endings[index]
      binds.append(.integer(ending.lease.jobID))
      binds.append(.int(ending.lease.attempt))
      binds.append(.optional(ending.result))
    } eachRow: { row in
      leases.append(Lease(jobID: row.int64(0), attempt: row.int(1)))
      if let key = row.optionalText(2) { left.insert(QueueKey(queue: row.text(3), key: key)) }
    }
    if !isNoted { try record(.succeeded, leases, worker: worker, now: now, in: transaction) }
    return leases.count == endings.count ? nil : Set(leases.map(\.jobID))
  }

  private static let succeeding = BatchStatement(
    common: 1, columns: [.integer, .integer, .text],
    single: """
      UPDATE job SET state = 'succeeded', result = $4, reason = NULL, settled_at = $1, lease_expires_at = NULL
      WHERE id = $2 AND attempt = $3 AND state = 'leased'
      RETURNING id, attempt, concurrency_key, queue
      """, text: allSucceeding)

  private static let succeedingNoted = BatchStatement(common: 2, columns: [.integer, .integer, .text]) { rows in
    noting(.succeeded, at: "$1", by: "$2", of: allSucceeding(rows))
  }

  private static func allSucceeding(_ rows: String) -> String {
    """
    WITH ended (id, attempt, result) AS (\(rows))
    UPDATE job SET state = 'succeeded', result = ended.result, reason = NULL, settled_at = $1, lease_expires_at = NULL
    FROM ended WHERE job.id = ended.id AND job.attempt = ended.attempt AND \(isLeased)
    RETURNING job.id, job.attempt, job.concurrency_key, job.queue
    """
  }

  /// The job is leased. Written so that no planner takes the index over what is leased for a way to a few rows whose ids are known:
  /// on PostgreSQL it holds everything that was leased since the last vacuum, and its statistics say that nothing is.
  static let isLeased = "COALESCE(job.state, '') = 'leased'"

  /// Nil: the lease is lost.
  private static func settleOther(
    _ ending: Ending, by worker: String?, now: Timestamp, _ left: inout Set<QueueKey>, in transaction: Transaction
  ) throws -> JobState? {
    let lease = ending.lease
    let job = try transaction.first(
      """
      SELECT failures, max_failures, cancel_requested_at IS NOT NULL, reason, queue, concurrency_key FROM job
      WHERE id = $1 AND attempt = $2 AND state = 'leased'
      """ + transaction.lockRow, [.integer(lease.jobID), .int(lease.attempt)]
    ) {
      (
        failures: $0.int(0), maxFailures: $0.int(1), isCancelled: $0.bool(2), reason: $0.optionalText(3),
        queue: $0.text(4), key: $0.optionalText(5)
      )
    }
    guard let job else { return nil }
    var change = Change(
      ending.outcome, isLastFailure: job.failures + 1 >= job.maxFailures, backoff: ending.backoff, now: now)
    if job.isCancelled { change.cancel(because: job.reason) }
    try transaction.run(
      """
      UPDATE job SET state = $3, failures = failures + $4, run_at = COALESCE(CAST($5 AS bigint), run_at),
        order_at = COALESCE(CAST($5 AS bigint) - priority * 60000, order_at), waits_from = $6, reason = $7, result = $8,
        settled_at = $9, lease_expires_at = NULL
      WHERE id = $1 AND attempt = $2 AND state = 'leased'
      """,
      [
        .integer(lease.jobID), .int(lease.attempt), .text(change.state.rawValue), .int(change.failures),
        .optional(change.runAt), .optional(change.state == .waiting ? now : nil), .optional(change.reason),
        .optional(change.result), .optional(change.state.isUnfinished ? nil : now),
      ])
    try record(
      change.transition, job: lease.jobID, attempt: lease.attempt, worker: worker, reason: change.reason, now: now,
      in: transaction)
    if let hold = change.hold {
      try RateLimitTable.hold(hold.destination, until: hold.until, now: now, in: transaction)
    }
    if let key = job.key { left.insert(QueueKey(queue: job.queue, key: key)) }
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
        RETURNING worker_id, cancel_requested_at IS NOT NULL, reason, queue, concurrency_key
        """, [.integer(lease.jobID), .int(lease.attempt), .time(now)]
      ) {
        (
          worker: $0.optionalText(0), isCancelled: $0.bool(1), reason: $0.optionalText(2), queue: $0.text(3),
          key: $0.optionalText(4)
        )
      }
      guard let job else { continue }
      try record(
        job.isCancelled ? .cancelled : .returned, job: lease.jobID, attempt: lease.attempt, worker: job.worker,
        reason: job.isCancelled ? job.reason : "the worker was drained", now: now, in: transaction)
      if let key = job.key { try admitHeld(queue: job.queue, key: key, in: transaction) }
      transaction.announce(.work)
    }
  }

  /// What an outcome does to the row.
  private struct Change {
    /// Ten years: as good as never, and far from the end of time.
    private static let waitMax = Duration.seconds(3652 * 86_400)

    var state: JobState
    var transition: JobTransition
    var failures = 0
    var runAt: Timestamp?
    var reason: String?
    var result: String?
    /// The destination asked for silence.
    var hold: (destination: String, until: Timestamp)?

    init(_ outcome: Outcome, isLastFailure: Bool, backoff: Duration, now: Timestamp) {
      switch outcome {
      case .succeeded(let result):
        (state, transition) = (.succeeded, .succeeded)
        self.result = result
      case .retry(let after, let reason):
        (state, transition) = isLastFailure ? (.dead, .exhausted) : (.waiting, .retried)
        (failures, self.reason) = (1, reason)
        if !isLastFailure { runAt = now + min(max(after, backoff), Self.waitMax) }
      case .snooze(let until, let reason):
        (state, transition) = (.waiting, .snoozed)
        (runAt, self.reason) = (min(until, now + Self.waitMax), reason)
      case .holdOff(let destination, let time, let reason):
        let until = now + min(max(time, backoff), RateLimitTable.holdMax)
        (state, transition) = (.waiting, .snoozed)
        (runAt, self.reason, hold) = (until, reason, (destination, until))
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

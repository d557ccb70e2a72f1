public import Database
public import Timekeeping

/// The verbs of the queue over `job`, `job_event` and `queue`. Each is one whole transition inside the caller's transaction,
/// so that "plan committed and jobs enqueued" or "job settled and ledger written" are one commit. `now` is the store's clock.
/// Processes that wait for jobs are woken at the commit.
public enum JobTable {
  /// Makes sure that a queue exists, with these limits from now on.
  public static func declareQueue(
    _ name: String, _ settings: QueueSettings = QueueSettings(), in transaction: Transaction
  ) throws {
    let limit = try keyLimit(of: name, in: transaction)
    try transaction.run(
      """
      INSERT INTO queue (name, concurrency_max, key_concurrency_max, destination, starts_per_minute)
      VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (name) DO UPDATE SET concurrency_max = excluded.concurrency_max,
        key_concurrency_max = excluded.key_concurrency_max, destination = excluded.destination,
        starts_per_minute = excluded.starts_per_minute
      """,
      [
        .text(name), .optional(settings.concurrencyMax), .optional(settings.keyConcurrencyMax),
        .optional(settings.destination), .optional(settings.startsPerMinute),
      ])
    if limit.isKnown, limit.max != settings.keyConcurrencyMax { try holdAnew(name, in: transaction) }
    transaction.announce(.work)
  }

  /// Extends the leases that are still held. Returns those that are lost, and those whose job was asked to cancel.
  public static func extend(
    _ leases: [Lease], until: Timestamp, in transaction: Transaction
  ) throws -> (lost: Set<Lease>, cancelling: Set<Lease>) {
    guard !leases.isEmpty else { return ([], []) }
    var lost = Set(leases)
    var cancelling: Set<Lease> = []
    try extending.run(leases.count, common: [.time(until)], in: transaction) { index, binds in
      binds.append(.integer(leases[index].jobID))
      binds.append(.int(leases[index].attempt))
    } eachRow: { row in
      let lease = Lease(jobID: row.int64(0), attempt: row.int(1))
      lost.remove(lease)
      if row.bool(2) { cancelling.insert(lease) }
    }
    return (lost, cancelling)
  }

  private static let extending = BatchStatement(common: 1, columns: [.integer, .integer]) { rows in
    """
    WITH held (id, attempt) AS (\(rows))
    UPDATE job SET lease_expires_at = $1 FROM held
    WHERE job.id = held.id AND job.attempt = held.attempt AND \(isLeased)
    RETURNING job.id, job.attempt, job.cancel_requested_at IS NOT NULL
    """
  }

  /// Throws `leaseLost` unless this attempt still owns its job: the first statement of every transaction that a handler
  /// commits while it runs.
  public static func requireLease(_ lease: Lease, in transaction: Transaction) throws {
    let held = try transaction.first(
      "SELECT 1 FROM job WHERE id = $1 AND attempt = $2 AND state = 'leased'" + transaction.lockRow,
      [.integer(lease.jobID), .int(lease.attempt)]
    ) { $0.int(0) }
    guard held != nil else { throw JobQueueError.leaseLost(lease) }
  }

  /// Cancels a job that does not run, or asks the running one to stop. False when it is finished already.
  public static func cancel(_ id: Int64, because reason: String, now: Timestamp, in transaction: Transaction) throws
    -> Bool
  {
    let cancelled = try transaction.first(
      """
      UPDATE job SET state = 'cancelled', reason = $2, settled_at = $3, is_held = 0, waits_from = NULL
      WHERE id = $1 AND state IN ('waiting', 'available')
      RETURNING attempt, queue, concurrency_key
      """, [.integer(id), .text(reason), .time(now)]
    ) { (attempt: $0.int(0), queue: $0.text(1), key: $0.optionalText(2)) }
    if let cancelled {
      try record(
        .cancelled, job: id, attempt: cancelled.attempt, worker: nil, reason: reason, now: now, in: transaction)
      if let key = cancelled.key { try admitHeld(queue: cancelled.queue, key: key, in: transaction) }
      return true
    }
    let attempt = try transaction.first(
      "UPDATE job SET cancel_requested_at = $2, reason = $3 WHERE id = $1 AND state = 'leased' RETURNING attempt",
      [.integer(id), .time(now), .text(reason)]
    ) { $0.int(0) }
    guard let attempt else { return false }
    try record(.cancelRequested, job: id, attempt: attempt, worker: nil, reason: reason, now: now, in: transaction)
    transaction.announce(.cancellation)
    return true
  }

  static func record(
    _ transition: JobTransition, job: Int64, attempt: Int, worker: String?, reason: String?, now: Timestamp,
    in transaction: Transaction
  ) throws {
    try transaction.post(
      """
      INSERT INTO job_event (job_id, at, transition, attempt, worker_id, reason) VALUES ($1, $2, $3, $4, $5, $6)
      """,
      [
        .integer(job), .time(now), .text(transition.rawValue), .int(attempt), .optional(worker), .optional(reason),
      ])
  }

  /// `change` of jobs, which returns at least their `id` and `attempt`, and the event of each: one statement, so that a server need not be sent
  /// the list of jobs that it has just given out. For `Dialect.changesWithinStatements`; elsewhere `record` follows. `time` and
  /// `worker` name parameters.
  static func noting(
    _ transition: JobTransition, at time: String, by worker: String, of change: String
  ) -> String {
    """
    WITH changed AS (\(change)),
    noted AS (
      INSERT INTO job_event (job_id, at, transition, attempt, worker_id)
      SELECT id, CAST(\(time) AS bigint), '\(transition.rawValue)', attempt, \(worker) FROM changed)
    SELECT * FROM changed
    """
  }

  /// The event of many jobs at once, by `worker`, without a reason.
  static func record(
    _ transition: JobTransition, _ attempts: [Lease], worker: String?, now: Timestamp, in transaction: Transaction
  ) throws {
    let common: [SQLValue] = [.time(now), .text(transition.rawValue), .optional(worker)]
    try recording.post(attempts.count, common: common, in: transaction) { index, binds in
      binds.append(.integer(attempts[index].jobID))
      binds.append(.int(attempts[index].attempt))
    }
  }

  private static let recording = BatchStatement(
    common: 3, columns: [.integer, .integer],
    single: "INSERT INTO job_event (job_id, at, transition, attempt, worker_id) VALUES ($4, $1, $2, $5, $3)"
  ) { values in
    "\(values[0]), $1, $2, \(values[1]), $3"
  } text: { rows in
    "INSERT INTO job_event (job_id, at, transition, attempt, worker_id) \(rows)"
  }
}

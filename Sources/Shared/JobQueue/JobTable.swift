public import Database
public import Timekeeping

/// The verbs of the queue over `job`, `job_event` and `queue`. Each is one whole transition inside the caller's transaction,
/// so that "plan committed and jobs enqueued" or "job settled and ledger written" are one commit. `now` is the store's clock.
public enum JobTable {
  /// Makes sure that a queue exists, with these limits from now on.
  public static func declareQueue(
    _ name: String, _ settings: QueueSettings = QueueSettings(), in transaction: Transaction
  )
    throws
  {
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
  }

  /// Enqueues one job and returns its id; nil when an unfinished job has the same unique key.
  /// Throws `unknownQueue`.
  public static func enqueue(_ job: NewJob, now: Timestamp, in transaction: Transaction) throws -> Int64? {
    let runAt = job.runAt ?? now
    let state = runAt > now ? JobState.waiting : .available
    let orderAt = runAt - .seconds(60 * job.priority)
    let known = try transaction.first("SELECT 1 FROM queue WHERE name = $1", [.text(job.queue)]) { $0.int(0) }
    guard known != nil else { throw JobQueueError.unknownQueue(job.queue) }
    let id = try transaction.first(
      """
      INSERT INTO job (kind, queue, state, priority, run_at, order_at, payload, payload_version, unique_key, max_failures,
        created_at, concurrency_key, is_permanent)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
      ON CONFLICT DO NOTHING RETURNING id
      """,
      [
        .text(job.kind), .text(job.queue), .text(state.rawValue), .int(job.priority), .time(runAt), .time(orderAt),
        .text(job.payload), .int(job.payloadVersion), .optional(job.uniqueKey), .int(job.maxFailures), .time(now),
        .optional(job.concurrencyKey), .bool(job.isPermanent),
      ]
    ) { $0.int64(0) }
    if let id { try record(.enqueued, job: id, attempt: 0, worker: nil, reason: nil, now: now, in: transaction) }
    return id
  }

  /// The unfinished job with this unique key.
  public static func unfinished(uniqueKey: String, in transaction: Transaction) throws -> Int64? {
    try transaction.first(
      """
      SELECT id FROM job
      WHERE unique_key = $1 AND unique_key IS NOT NULL AND state IN ('waiting', 'available', 'leased')
      """, [.text(uniqueKey)]
    ) { $0.int64(0) }
  }

  /// Extends the leases that are still held. Returns those that are lost, and those whose job was asked to cancel.
  public static func extend(
    _ leases: [Lease], until: Timestamp, in transaction: Transaction
  ) throws -> (lost: [Lease], cancelling: [Lease]) {
    var lost: [Lease] = []
    var cancelling: [Lease] = []
    for lease in leases {
      let asked = try transaction.first(
        """
        UPDATE job SET lease_expires_at = $3 WHERE id = $1 AND attempt = $2 AND state = 'leased'
        RETURNING cancel_requested_at IS NOT NULL
        """, [.integer(lease.jobID), .int(lease.attempt), .time(until)]
      ) { $0.int(0) }
      switch asked {
      case nil: lost.append(lease)
      case 0: break
      default: cancelling.append(lease)
      }
    }
    return (lost, cancelling)
  }

  /// Throws `leaseLost` unless this attempt still owns its job: the first statement of every transaction that a handler
  /// commits while it runs.
  public static func requireLease(_ lease: Lease, in transaction: Transaction) throws {
    let held = try transaction.first(
      "SELECT 1 FROM job WHERE id = $1 AND attempt = $2 AND state = 'leased'" + transaction.dialect.lockRow,
      [.integer(lease.jobID), .int(lease.attempt)]
    ) { $0.int(0) }
    guard held != nil else { throw JobQueueError.leaseLost(lease) }
  }

  /// Cancels a job that does not run, or asks the running one to stop. False when it is finished already.
  public static func cancel(_ id: Int64, because reason: String, now: Timestamp, in transaction: Transaction) throws
    -> Bool
  {
    let cancelled = try transaction.run(
      """
      UPDATE job SET state = 'cancelled', reason = $2, settled_at = $3 WHERE id = $1 AND state IN ('waiting', 'available')
      """, [.integer(id), .text(reason), .time(now)])
    let asked =
      cancelled == 1
      ? 0
      : try transaction.run(
        "UPDATE job SET cancel_requested_at = $2, reason = $3 WHERE id = $1 AND state = 'leased'",
        [.integer(id), .time(now), .text(reason)])
    guard cancelled + asked == 1 else { return false }
    try record(
      cancelled == 1 ? .cancelled : .cancelRequested, job: id, attempt: try attempt(of: id, in: transaction),
      worker: nil,
      reason: reason, now: now, in: transaction)
    return true
  }

  private static func attempt(of id: Int64, in transaction: Transaction) throws -> Int {
    try transaction.first("SELECT attempt FROM job WHERE id = $1", [.integer(id)]) { $0.int(0) } ?? 0
  }

  static func record(
    _ transition: JobTransition, job: Int64, attempt: Int, worker: String?, reason: String?, now: Timestamp,
    in transaction: Transaction
  ) throws {
    try transaction.run(
      """
      INSERT INTO job_event (job_id, at, transition, attempt, worker_id, reason) VALUES ($1, $2, $3, $4, $5, $6)
      """,
      [
        .integer(job), .time(now), .text(transition.rawValue), .int(attempt), .optional(worker), .optional(reason),
      ])
  }
}

public import Database
public import Timekeeping

extension JobTable {
  /// How many jobs one leasing transaction reclaims or moves to `available` at the most, so that it stays short.
  private static let housekeepingMax = 1000

  /// The longest lease.
  public static let leaseDurationMax = Duration.seconds(3600)

  /// Selects the leases to reclaim: expired ones ($1: now), and those that end further ahead than any lease can ($2),
  /// left behind by a dead worker when the clock was set back.
  private static let isOverdue = "state = 'leased' AND (lease_expires_at <= $1 OR lease_expires_at > $2)"

  private static func overdueBinds(_ now: Timestamp) -> [SQLValue] {
    [.time(now), .time(now + leaseDurationMax + leaseDurationMax)]
  }

  /// What a worker asks for.
  public struct LeaseRequest: Sendable {
    public var worker: String
    /// The kinds it has handlers for; all others are left alone.
    public var kinds: [String]
    /// In this order.
    public var queues: [String]
    /// At most so many jobs, ≥ 0.
    public var count: Int
    /// Above zero, at most `leaseDurationMax`.
    public var duration: Duration

    public init(worker: String, kinds: [String], queues: [String], count: Int, duration: Duration) {
      precondition(duration > .zero && duration <= leaseDurationMax, "a lease lasts up to an hour")
      self.worker = worker
      self.kinds = kinds
      self.queues = queues
      self.count = count
      self.duration = duration
    }
  }

  /// Reclaims expired leases, moves due jobs to `available`, and leases up to `count` jobs, within the limits of their
  /// queues; best priority first, aged by waiting.
  public static func lease(_ request: LeaseRequest, now: Timestamp, in transaction: Transaction) throws -> [LeasedJob] {
    try reclaimExpired(now: now, in: transaction)
    try moveDue(now: now, in: transaction)
    var jobs: [LeasedJob] = []
    for queue in request.queues where jobs.count < request.count {
      let room = try room(of: queue, atMost: request.count - jobs.count, in: transaction)
      guard room > 0 else { continue }
      jobs += try lease(request, from: queue, count: room, now: now, in: transaction)
    }
    return jobs
  }

  /// A cheap look, without writing, whether `lease` would find anything to do.
  public static func hasWork(kinds: [String], queues: [String], now: Timestamp, in transaction: Transaction) throws
    -> Bool
  {
    let expired = try transaction.first(
      "SELECT 1 FROM job WHERE \(isOverdue) LIMIT 1", overdueBinds(now)
    ) { $0.int(0) }
    let due = try transaction.first(
      "SELECT 1 FROM job WHERE state = 'waiting' AND run_at <= $1 LIMIT 1", [.time(now)]
    ) { $0.int(0) }
    if expired != nil || due != nil { return true }
    for queue in queues {
      let found = try transaction.first(
        """
        SELECT 1 FROM job
        WHERE state = 'available' AND is_held = 0 AND queue = $1 AND kind IN (\(placeholders(kinds, from: 2))) LIMIT 1
        """, [.text(queue)] + kinds.map { .text($0) }
      ) { $0.int(0) }
      if found != nil, try room(of: queue, atMost: 1, in: transaction) > 0 { return true }
    }
    return false
  }

  /// A job whose worker died counts one failure and becomes available again, or dead at `max_failures`: a job that kills its
  /// worker cannot loop for ever. Returns how many leases had expired.
  @discardableResult
  public static func reclaimExpired(now: Timestamp, in transaction: Transaction) throws -> Int {
    let expired = try transaction.query(
      """
      SELECT id, attempt, failures + 1 >= max_failures, worker_id, cancel_requested_at IS NOT NULL, reason FROM job
      WHERE \(isOverdue)
      ORDER BY lease_expires_at LIMIT \(housekeepingMax)
      """ + transaction.dialect.skipLocked, overdueBinds(now)
    ) {
      (
        id: $0.int64(0), attempt: $0.int(1), isLast: $0.bool(2), worker: $0.optionalText(3), isCancelled: $0.bool(4),
        asked: $0.optionalText(5)
      )
    }
    for job in expired {
      let state: JobState = job.isCancelled ? .cancelled : job.isLast ? .dead : .available
      let expiry = "the lease of attempt \(job.attempt) expired: its worker died or was suspended"
      let reason = job.isCancelled ? job.asked ?? expiry : expiry
      try transaction.run(
        """
        UPDATE job SET state = $2, failures = failures + 1, lease_expires_at = NULL, reason = $3,
          settled_at = CASE WHEN $2 = 'available' THEN NULL ELSE CAST($4 AS bigint) END
        WHERE id = $1
        """, [.integer(job.id), .text(state.rawValue), .text(reason), .time(now)])
      try record(
        job.isCancelled ? .cancelled : job.isLast ? .exhausted : .reclaimed, job: job.id, attempt: job.attempt,
        worker: job.worker, reason: reason, now: now, in: transaction)
    }
    return expired.count
  }

  /// The workers that hold leases now, by id; as many as jobs run at once.
  public static func leaseHolders(in transaction: Transaction) throws -> [String] {
    try transaction.query("SELECT DISTINCT worker_id FROM job WHERE state = 'leased' AND worker_id IS NOT NULL") {
      $0.text(0)
    }
  }

  /// Ends the leases of workers that are known to have died: from `now` on they count as expired, so that the next leasing
  /// reclaims them. Returns how many.
  @discardableResult
  public static func expireLeases(
    ofWorkers workers: [String], now: Timestamp, in transaction: Transaction
  ) throws -> Int {
    try workers.reduce(0) { count, worker in
      let expired = try transaction.run(
        "UPDATE job SET lease_expires_at = $2 WHERE state = 'leased' AND worker_id = $1 AND lease_expires_at > $2",
        [.text(worker), .time(now)])
      return count + expired
    }
  }

  private static func moveDue(now: Timestamp, in transaction: Transaction) throws {
    let due = """
      SELECT id FROM job WHERE state = 'waiting' AND run_at <= $1 ORDER BY run_at LIMIT \(housekeepingMax)
      """
    guard try transaction.first(due, [.time(now)], { $0.int64(0) }) != nil else { return }
    let ids = try transaction.query(
      "UPDATE job SET state = 'available' WHERE id IN (\(due + transaction.dialect.skipLocked)) RETURNING id, attempt",
      [.time(now)]
    ) { (id: $0.int64(0), attempt: $0.int(1)) }
    for job in ids {
      try record(.due, job: job.id, attempt: job.attempt, worker: nil, reason: nil, now: now, in: transaction)
    }
  }

  /// How many more jobs of the queue may be leased now. The queue's row is the guard of its limit.
  private static func room(of queue: String, atMost wanted: Int, in transaction: Transaction) throws -> Int {
    let limit = try transaction.first(
      "SELECT concurrency_max FROM queue WHERE name = $1" + transaction.dialect.lockRow, [.text(queue)]
    ) { $0.optionalInt(0) }
    guard let limit else { return 0 }
    guard let limit else { return wanted }
    let leased = try transaction.first(
      "SELECT count(*) FROM job WHERE state = 'leased' AND queue = $1", [.text(queue)]
    ) { $0.int(0) }
    return min(wanted, max(0, limit - (leased ?? 0)))
  }

  private static func lease(
    _ request: LeaseRequest, from queue: String, count: Int, now: Timestamp, in transaction: Transaction
  ) throws -> [LeasedJob] {
    let choice = """
      SELECT id FROM job
      WHERE state = 'available' AND is_held = 0 AND queue = $3 AND kind IN (\(placeholders(request.kinds, from: 5)))
      ORDER BY order_at, id LIMIT $4
      """
    let jobs = try transaction.query(
      """
      UPDATE job SET state = 'leased', attempt = attempt + 1, worker_id = $1, lease_expires_at = $2
      WHERE id IN (\(choice + transaction.dialect.skipLocked))
      RETURNING id, attempt, kind, queue, payload, payload_version, failures, max_failures, order_at
      """,
      [.text(request.worker), .time(now + request.duration), .text(queue), .int(count)]
        + request.kinds.map { .text($0) }
    ) { row in
      (
        order: row.int64(8),
        job: LeasedJob(
          lease: Lease(jobID: row.int64(0), attempt: row.int(1)), kind: row.text(2), queue: row.text(3),
          payload: row.text(4), payloadVersion: row.int(5), failures: row.int(6), maxFailures: row.int(7))
      )
    }
    for (_, job) in jobs {
      try record(
        .leased, job: job.id, attempt: job.attempt, worker: request.worker, reason: nil, now: now, in: transaction)
    }
    // RETURNING promises no order.
    return jobs.sorted { ($0.order, $0.job.id) < ($1.order, $1.job.id) }.map(\.job)
  }

  private static func placeholders(_ values: [String], from first: Int) -> String {
    values.indices.map { "$\(first + $0)" }.joined(separator: ", ")
  }
}

public import Database
public import Timekeeping

/// What every leasing transaction does first: jobs whose worker died, jobs whose time has come.
extension JobTable {
  /// How many jobs one leasing transaction reclaims or moves to `available` at the most, so that it stays short.
  private static let housekeepingMax = 1000

  /// Selects the leases to reclaim: expired ones ($1: now), and those that end further ahead than any lease can ($2),
  /// left behind by an earlier boot whose clock was ahead.
  private static let isOverdue = "state = 'leased' AND (lease_expires_at <= $1 OR lease_expires_at > $2)"

  private static func overdueBinds(_ now: Timestamp) -> [SQLValue] {
    [.time(now), .time(now + leaseDurationMax + leaseDurationMax)]
  }

  struct Chores {
    var hasOverdue: Bool
    var hasDue: Bool
    /// Whether anything at all is paused.
    var hasPause: Bool
    /// Whether any job at all may be leased, of whatever queue and kind; on a server that stays to be seen.
    var hasAvailable: Bool
  }

  private static let firstAvailable =
    "SELECT id FROM job WHERE state = 'available' AND is_held = 0 ORDER BY queue, order_at, id LIMIT 1"

  /// One look at what a leasing transaction has to do besides leasing: `isOverdue` by its two ends of the index, since between them
  /// lies all that is leased, and on PostgreSQL what was.
  ///
  /// On a server the near end of the index over what is available holds what others lease just now: it is walked once, by whoever
  /// leases.
  static func chores(now: Timestamp, in transaction: Transaction) throws -> Chores {
    let hasAvailable =
      switch transaction.dialect {
      case .sqlite: "(\(firstAvailable)) IS NOT NULL"
      case .postgresql: "TRUE"
      }
    let chores = try transaction.first(
      """
      SELECT EXISTS (SELECT 1 FROM job WHERE state = 'leased' AND lease_expires_at <= $1)
          OR EXISTS (SELECT 1 FROM job WHERE state = 'leased' AND lease_expires_at > $2),
        EXISTS (SELECT 1 FROM job WHERE state = 'waiting' AND run_at <= $1), EXISTS (SELECT 1 FROM pause),
        \(hasAvailable)
      """, overdueBinds(now)
    ) { Chores(hasOverdue: $0.bool(0), hasDue: $0.bool(1), hasPause: $0.bool(2), hasAvailable: $0.bool(3)) }
    return chores ?? Chores(hasOverdue: false, hasDue: false, hasPause: false, hasAvailable: false)
  }

  /// The same for who has nothing to do, and when a job falls due or a lease runs out.
  private static func idleChores(now: Timestamp, in transaction: Transaction) throws -> (Chores, next: Timestamp?) {
    let found = try transaction.first(
      """
      SELECT (SELECT lease_expires_at FROM job WHERE state = 'leased' ORDER BY lease_expires_at LIMIT 1),
        EXISTS (SELECT 1 FROM job WHERE state = 'leased' AND lease_expires_at > $1),
        (SELECT run_at FROM job WHERE state = 'waiting' ORDER BY run_at LIMIT 1), EXISTS (SELECT 1 FROM pause),
        (\(firstAvailable)) IS NOT NULL
      """, [.time(now + leaseDurationMax + leaseDurationMax)]
    ) { row in
      let (expiry, due) = (row.optionalTime(0), row.optionalTime(2))
      let chores = Chores(
        hasOverdue: expiry.map { $0 <= now } == true || row.bool(1), hasDue: due.map { $0 <= now } == true,
        hasPause: row.bool(3), hasAvailable: row.bool(4))
      return (chores, next: [expiry, due].compactMap(\.self).min())
    }
    return found ?? (Chores(hasOverdue: false, hasDue: false, hasPause: false, hasAvailable: false), next: nil)
  }

  /// What an idle worker sees.
  public struct Outlook: Sendable, Equatable {
    /// Whether leasing may find something. A rate may still forbid it.
    public var hasWork: Bool
    /// When a job falls due, a lease runs out or a destination may be called again, if not before that.
    public var nextChangeAt: Timestamp?
  }

  /// A cheap look, without writing, whether `lease` would find anything to do, and when it will at the latest.
  public static func outlook(kinds: [ServedKind], queues: [String], now: Timestamp, in transaction: Transaction) throws
    -> Outlook
  {
    let (chores, next) = try idleChores(now: now, in: transaction)
    if chores.hasOverdue || chores.hasDue { return Outlook(hasWork: true) }
    guard chores.hasAvailable else { return Outlook(hasWork: false, nextChangeAt: next) }
    let kinds = chores.hasPause ? try unpaused(kinds, in: transaction) : kinds
    var nextChangeAt = [next]
    for queue in queues where !kinds.isEmpty {
      let found = try transaction.first(
        """
        SELECT 1 FROM job
        WHERE state = 'available' AND is_held = 0 AND queue = $1 AND \(servedWhenLooking.sql(kinds)) LIMIT 1
        """, [.text(queue)] + binds(kinds)
      ) { $0.int(0) }
      guard found != nil else { continue }
      let door = try door(of: queue, mayBePaused: chores.hasPause, now: now, in: transaction)
      if door.room > 0 { return Outlook(hasWork: true) }
      nextChangeAt.append(door.heldUntil)
    }
    return Outlook(hasWork: false, nextChangeAt: nextChangeAt.compactMap(\.self).min())
  }

  /// A job whose worker died counts one failure and becomes available again, or dead at `max_failures`: a job that kills its
  /// worker cannot loop for ever. Returns how many leases had expired.
  @discardableResult
  public static func reclaimExpired(now: Timestamp, in transaction: Transaction) throws -> Int {
    let expired = try transaction.query(
      """
      SELECT id, attempt, failures + 1 >= max_failures, worker_id, cancel_requested_at IS NOT NULL, reason, queue,
        concurrency_key
      FROM job WHERE \(isOverdue)
      ORDER BY lease_expires_at LIMIT \(housekeepingMax)
      """ + transaction.dialect.skipLocked, overdueBinds(now)
    ) {
      (
        id: $0.int64(0), attempt: $0.int(1), isLast: $0.bool(2), worker: $0.optionalText(3), isCancelled: $0.bool(4),
        asked: $0.optionalText(5), queue: $0.text(6), key: $0.optionalText(7)
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
    try admitHeld(
      Set(expired.compactMap { job in job.key.map { QueueKey(queue: job.queue, key: $0) } }), in: transaction)
    if !expired.isEmpty { transaction.announce(.work) }
    return expired.count
  }

  /// The workers that hold leases now, by id; as many as jobs run at once.
  public static func leaseHolders(in transaction: Transaction) throws -> Set<String> {
    // Not DISTINCT: a table for the answer is made anew each time, and there is next to nothing to put into it.
    Set(
      try transaction.query("SELECT worker_id FROM job WHERE state = 'leased' AND worker_id IS NOT NULL") { $0.text(0) }
    )
  }

  /// Ends the leases of workers that are known to have died: from `now` on they count as expired, so that the next leasing
  /// reclaims them. Returns how many.
  @discardableResult
  public static func expireLeases(
    ofWorkers workers: [String], now: Timestamp, in transaction: Transaction
  ) throws -> Int {
    let expired = try workers.reduce(0) { count, worker in
      count
        + (try transaction.run(
          "UPDATE job SET lease_expires_at = $2 WHERE state = 'leased' AND worker_id = $1 AND lease_expires_at > $2",
          [.text(worker), .time(now)]))
    }
    if expired > 0 { transaction.announce(.work) }
    return expired
  }

  /// Those whose key is limited become available as held ones, and are let in by their turn.
  static func moveDue(now: Timestamp, in transaction: Transaction) throws {
    let due = "SELECT id FROM job WHERE state = 'waiting' AND run_at <= $1 ORDER BY run_at LIMIT \(housekeepingMax)"
    let moved = try transaction.query(
      """
      UPDATE job SET state = 'available', waits_from = NULL,
        is_held = CASE WHEN concurrency_key IS NOT NULL
            AND (SELECT key_concurrency_max FROM queue WHERE name = job.queue) IS NOT NULL THEN 1 ELSE 0 END
      WHERE \(transaction.dialect.isChosen("id", by: due)) RETURNING id, attempt, queue, concurrency_key
      """, [.time(now)]
    ) { row in
      (
        lease: Lease(jobID: row.int64(0), attempt: row.int(1)),
        key: row.optionalText(3).map { QueueKey(queue: row.text(2), key: $0) }
      )
    }
    try record(.due, moved.map(\.lease), worker: nil, now: now, in: transaction)
    try admitHeld(Set(moved.compactMap(\.key)), in: transaction)
  }
}

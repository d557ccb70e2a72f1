package import Database
import JobQueue
package import Timekeeping

/// One pass of the scheduler.
package struct CycleRow: Sendable, Equatable {
  package var id: Int64
  package var state: CycleState
  package var scheduler: String
  package var startedAt: Timestamp
  package var finishedAt: Timestamp?
  package var message: String?
}

/// Cycles: `cycle`. At most one runs; the schema says so too.
package enum CycleTable {
  /// How long a cycle stays its scheduler's without a sign of life.
  package static let leaseDuration = Duration.seconds(20)

  /// Begins a cycle. One whose scheduler died is closed as failed first; throws `cycleRunning` while another is alive.
  /// `scheduler`: a `ProcessIdentity`'s text.
  package static func begin(scheduler: String, now: Timestamp, in transaction: Transaction) throws -> Int64 {
    if let running = try findRunning(now: now, in: transaction) {
      guard !running.isAlive else { throw LeadStoreError.cycleRunning(cycle: running.id, scheduler: running.scheduler) }
      try close(running.id, state: .failed, message: "its scheduler died or was cut off", now: now, in: transaction)
    }
    let id = try transaction.first(
      """
      INSERT INTO cycle (state, scheduler, lease_expires_at, started_at) VALUES ('running', $1, $2, $3) RETURNING id
      """, [.text(scheduler), .time(now + leaseDuration), .time(now)]
    ) { $0.int64(0) }
    guard let id else { preconditionFailure("INSERT … RETURNING gave no row") }
    return id
  }

  /// The cycle that runs now, its scheduler being alive as far as can be told; nil when there is none.
  package static func running(now: Timestamp, in transaction: Transaction) throws -> Int64? {
    try findRunning(now: now, in: transaction).flatMap { $0.isAlive ? $0.id : nil }
  }

  private static func findRunning(
    now: Timestamp, in transaction: Transaction
  ) throws -> (id: Int64, scheduler: String, isAlive: Bool)? {
    try transaction.first(
      "SELECT id, scheduler, lease_expires_at FROM cycle WHERE state = 'running'" + transaction.lockRow
    ) { row in
      let (scheduler, expiresAt) = (row.text(1), row.time(2))
      let isDead = ProcessIdentity(scheduler)?.isKnownDead == true
      // A lease far in the future comes from a clock that was set back since.
      let isAlive = !isDead && expiresAt > now && expiresAt <= now + leaseDuration + leaseDuration
      return (row.int64(0), scheduler, isAlive)
    }
  }

  /// Shows that the scheduler is alive and owns the cycle. Throws `cycleLost` when it does not any more: nothing of the
  /// transaction may be committed then.
  package static func extend(
    _ id: Int64, scheduler: String, now: Timestamp, in transaction: Transaction
  ) throws {
    let changed = try transaction.run(
      "UPDATE cycle SET lease_expires_at = $3 WHERE id = $1 AND scheduler = $2 AND state = 'running'",
      [.integer(id), .text(scheduler), .time(now + leaseDuration)])
    guard changed == 1 else { throw LeadStoreError.cycleLost(id) }
  }

  /// Ends the cycle. Throws `cycleLost` when it is not this scheduler's.
  package static func finish(
    _ id: Int64, scheduler: String, state: CycleState, message: String, now: Timestamp, in transaction: Transaction
  ) throws {
    try extend(id, scheduler: scheduler, now: now, in: transaction)
    try close(id, state: state, message: message, now: now, in: transaction)
  }

  /// Closes the cycle that runs, whoever's it is: in a private copy of a store, whose schedulers do not work on it.
  package static func closeRunning(message: String, now: Timestamp, in transaction: Transaction) throws {
    let running = try transaction.first("SELECT id FROM cycle WHERE state = 'running'") { $0.int64(0) }
    if let running { try close(running, state: .failed, message: message, now: now, in: transaction) }
  }

  private static func close(
    _ id: Int64, state: CycleState, message: String, now: Timestamp, in transaction: Transaction
  ) throws {
    try transaction.run(
      "UPDATE cycle SET state = $2, message = $3, finished_at = $4, lease_expires_at = NULL WHERE id = $1",
      [.integer(id), .text(state.rawValue), .text(message), .time(now)])
  }

  /// Newest first. `id`: only that one; `since`, `until`: by start.
  package static func list(
    id: Int64? = nil, since: Timestamp? = nil, until: Timestamp? = nil, limit: Int, in transaction: Transaction
  ) throws -> [CycleRow] {
    try transaction.query(
      """
      SELECT id, state, scheduler, started_at, finished_at, message FROM cycle
      WHERE (CAST($1 AS bigint) IS NULL OR id = $1) AND (CAST($2 AS bigint) IS NULL OR started_at >= $2)
        AND (CAST($3 AS bigint) IS NULL OR started_at < $3)
      ORDER BY id DESC LIMIT $4
      """, [.optional(id), .optional(since), .optional(until), .int(limit)]
    ) { row in
      CycleRow(
        id: row.int64(0), state: try row.value(1, as: CycleState.self), scheduler: row.text(2), startedAt: row.time(3),
        finishedAt: row.optionalTime(4), message: row.optionalText(5))
    }
  }
}

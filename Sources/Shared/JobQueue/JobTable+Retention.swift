public import Database
public import Timekeeping

/// How long finished jobs are kept, with their events.
public struct Retention: Sendable, Equatable {
  /// Older ones go; > 0, counted from when they were settled.
  public var age: Duration
  /// Of more than so many, ≥ 0, the oldest go.
  public var count: Int

  /// `age` > 0, `count` ≥ 0.
  public init(age: Duration, count: Int) {
    precondition(age > .zero && count >= 0, "retention is above zero")
    self.age = age
    self.count = count
  }
}

extension JobTable {
  /// Up to where the finished jobs of a state are let go. Many jobs are settled in one millisecond, so the id tells them apart.
  public struct PruningEnd: Sendable, Equatable {
    /// The last one that goes, or a moment before which all go.
    public let settledAt: Timestamp
    /// Of those settled at that moment, the last that goes.
    public let id: Int64
  }

  /// Up to where retention lets jobs in `state` go, which must be a finished one. Walks the index of as many jobs as are kept:
  /// to be asked in a read, once in a while.
  public static func pruningEnd(
    _ state: JobState, _ retention: Retention, now: Timestamp, in transaction: Transaction
  ) throws -> PruningEnd {
    let tooMany = try transaction.first(
      """
      SELECT settled_at, id FROM job WHERE \(finished(state))
      ORDER BY settled_at DESC, id DESC LIMIT 1 OFFSET $1
      """, [.int(retention.count)]
    ) { PruningEnd(settledAt: $0.time(0), id: $0.int64(1)) }
    // No id is below 1: what was settled exactly that long ago stays. A settled_at in the future, from before the clock was
    // set back, counts as young.
    let tooOld = PruningEnd(settledAt: now - retention.age, id: 0)
    guard let tooMany, tooMany.settledAt >= tooOld.settledAt else { return tooOld }
    return tooMany
  }

  /// Deletes at most `limit` jobs in the finished state `state` up to `end`, oldest first, with their events. Permanent jobs
  /// stay. Returns how many went; fewer than `limit`: there are no more.
  public static func prune(
    _ state: JobState, upTo end: PruningEnd, limit: Int, in transaction: Transaction
  ) throws -> Int {
    try transaction.run(
      """
      DELETE FROM job WHERE id IN (
        SELECT id FROM job WHERE \(finished(state)) AND settled_at <= $1 AND (settled_at < $1 OR id <= $2)
        ORDER BY settled_at, id LIMIT $3)
      """, [.time(end.settledAt), .integer(end.id), .int(limit)])
  }

  /// Deletes the events of a finished job that is itself kept. One that is unfinished keeps its own.
  package static func forgetSteps(of job: Int64, in transaction: Transaction) throws {
    try transaction.run(
      """
      DELETE FROM job_event WHERE job_id = $1 AND EXISTS (
        SELECT 1 FROM job WHERE id = $1 AND state IN ('succeeded', 'dead', 'cancelled'))
      """, [.integer(job)])
  }

  /// Both in one transaction: finds the end, and deletes at most `limit` jobs up to it. Returns how many went.
  public static func prune(
    _ state: JobState, _ retention: Retention, limit: Int, now: Timestamp, in transaction: Transaction
  ) throws -> Int {
    let end = try pruningEnd(state, retention, now: now, in: transaction)
    return try prune(state, upTo: end, limit: limit, in: transaction)
  }

  /// The state stands in the text, so that the partial index is found.
  private static func finished(_ state: JobState) -> String {
    precondition(!state.isUnfinished, "only finished jobs are pruned")
    return "state = '\(state.rawValue)' AND settled_at IS NOT NULL AND is_permanent = 0"
  }
}

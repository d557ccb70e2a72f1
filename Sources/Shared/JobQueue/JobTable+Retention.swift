public import Database
public import Timekeeping

/// How long finished jobs are kept, with their events.
public struct Retention: Sendable, Equatable {
  /// Older ones go.
  public var age: Duration
  /// Of more than so many, ≥ 0, the oldest go.
  public var count: Int

  public init(age: Duration, count: Int) {
    precondition(age > .zero && count >= 0, "retention is above zero")
    self.age = age
    self.count = count
  }
}

extension JobTable {
  /// Deletes at most `limit` jobs in the finished state `state` that retention lets go, oldest first, with their events.
  /// Permanent jobs stay. Returns how many went; fewer than `limit`: there are no more.
  public static func prune(
    _ state: JobState, _ retention: Retention, limit: Int, now: Timestamp, in transaction: Transaction
  ) throws -> Int {
    // The state stands in the text, so that the partial index is found.
    let finished = "state = '\(state.rawValue)' AND settled_at IS NOT NULL AND is_permanent = 0"
    precondition(!state.isUnfinished, "only finished jobs are pruned")
    let firstKept = try transaction.first(
      "SELECT settled_at FROM job WHERE \(finished) ORDER BY settled_at DESC LIMIT 1 OFFSET $1", [.int(retention.count)]
    ) { $0.time(0) }
    // A settled_at in the future, from before the clock was set back, counts as young.
    let before = max(now - retention.age, firstKept.map { $0 + .milliseconds(1) } ?? now - retention.age)
    return try transaction.run(
      """
      DELETE FROM job WHERE id IN (
        SELECT id FROM job WHERE \(finished) AND settled_at < $1 ORDER BY settled_at LIMIT $2)
      """, [.time(before), .int(limit)])
  }
}

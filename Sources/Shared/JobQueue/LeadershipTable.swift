public import Database
public import Timekeeping

/// A named role that one process holds for a time. The term fences: whoever held an earlier one is no longer the holder.
public enum LeadershipTable {
  /// Takes or keeps the role until `now + duration`, at once when its holder is known to have died. Returns the term; nil
  /// when another process holds it. `holder`: a `ProcessIdentity`'s text.
  public static func claim(
    _ name: String, holder: String, duration: Duration, now: Timestamp, in transaction: Transaction
  ) throws -> Int? {
    let current = try transaction.first(
      "SELECT holder FROM leadership WHERE name = $1" + transaction.dialect.lockRow, [.text(name)]
    ) { $0.text(0) }
    if let current, current != holder, ProcessIdentity(current)?.isKnownDead == true {
      try transaction.run("UPDATE leadership SET expires_at = 0 WHERE name = $1", [.text(name)])
    }
    return try transaction.first(
      """
      INSERT INTO leadership (name, holder, term, expires_at) VALUES ($1, $2, 1, $3)
      ON CONFLICT (name) DO UPDATE SET expires_at = excluded.expires_at, holder = excluded.holder,
        term = leadership.term + CASE WHEN leadership.holder = excluded.holder THEN 0 ELSE 1 END
      WHERE leadership.holder = excluded.holder OR leadership.expires_at <= $4 OR leadership.expires_at > $5
      RETURNING term
      """,
      [
        .text(name), .text(holder), .time(now + duration), .time(now),
        // A clock set back must not leave the role to a dead holder for longer than a lease.
        .time(now + duration + duration),
      ]
    ) { $0.int(0) }
  }
}

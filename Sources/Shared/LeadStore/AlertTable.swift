package import Alerts
package import Database
package import Timekeeping

/// An alert as an observer sees it.
package struct AlertRow: Sendable, Equatable {
  package var id: Int64
  package var key: AlertKey
  /// What is wrong, or was.
  package var text: String
  package var raisedAt: Timestamp
  /// When people were told of it first; nil: they were not yet.
  package var notifiedAt: Timestamp?
  /// Nil: it lasts.
  package var recoveredAt: Timestamp?
  package var recoveryText: String?
}

/// What people are alerted to: `alert`. Each verb is part of the transaction in which the fact is decided.
///
/// Several processes may look at once: on PostgreSQL the open alerts are locked by whoever reads them to write, and of two that
/// raise one the schema lets one through.
package enum AlertTable {
  // MARK: The look

  /// The alerts that last, their rows locked until the transaction ends: one for each event and subject at most.
  package static func open(in transaction: Transaction) throws -> [OpenAlert] {
    try transaction.query(
      "SELECT id, event, subject, calm_looks, relapses FROM alert WHERE recovered_at IS NULL ORDER BY id"
        + transaction.lockRow
    ) { row in
      OpenAlert(
        id: row.int64(0), key: AlertKey(try row.value(1, as: AlertEvent.self), row.text(2)), calmLooks: row.int(3),
        relapses: row.int(4))
    }
  }

  /// How the last alert of this key ended; nil when there was none, or it lasts.
  package static func lastEnd(_ key: AlertKey, in transaction: Transaction) throws -> AlertEnd? {
    let last = try transaction.first(
      "SELECT recovered_at, relapses FROM alert WHERE event = $1 AND subject = $2 ORDER BY id DESC LIMIT 1",
      [.text(key.event.rawValue), .text(key.subject)]
    ) { ($0.optionalTime(0), $0.int(1)) }
    guard let last, let recoveredAt = last.0 else { return nil }
    return AlertEnd(recoveredAt: recoveredAt, relapses: last.1)
  }

  /// Writes what a look changes. An alert that somebody else raised just now stays theirs.
  package static func apply(_ change: AlertChange, now: Timestamp, in transaction: Transaction) throws {
    switch change {
    case .raise(let finding, let relapses):
      try transaction.run(
        """
        INSERT INTO alert (event, subject, text, raised_at, relapses) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
        """,
        [
          .text(finding.key.event.rawValue), .text(finding.key.subject), .text(finding.text), .time(now),
          .int(relapses),
        ])
    case .stay(let id, let calmLooks):
      try transaction.run(
        "UPDATE alert SET calm_looks = $2 WHERE id = $1 AND recovered_at IS NULL", [.integer(id), .int(calmLooks)])
    case .recover(let id, let text):
      try transaction.run(
        "UPDATE alert SET recovered_at = $2, recovery_text = $3 WHERE id = $1 AND recovered_at IS NULL",
        [.integer(id), .time(now), .text(text)])
    }
  }

  /// Ends an alert about which nobody wants to hear any more; people are not told.
  package static func withdraw(_ id: Int64, now: Timestamp, in transaction: Transaction) throws {
    try transaction.run(
      """
      UPDATE alert SET recovered_at = $2, recovery_text = 'no longer watched', is_withdrawn = 1
      WHERE id = $1 AND recovered_at IS NULL
      """, [.integer(id), .time(now)])
  }

  // MARK: Telling

  /// Alerts of whose beginning or end people were not told, oldest first, their rows locked: at most `limit`. What ended
  /// untold before `staleBefore` is nobody's news any more.
  package static func untold(
    staleBefore: Timestamp, limit: Int, in transaction: Transaction
  ) throws -> [UntoldAlert] {
    try transaction.query(
      """
      SELECT id, event, subject, text, raised_at, raise_bulletin_id IS NOT NULL, recovered_at, recovery_text FROM alert
      WHERE is_withdrawn = 0 AND recovery_bulletin_id IS NULL
        AND ((recovered_at IS NULL AND raise_bulletin_id IS NULL)
          OR (recovered_at IS NOT NULL AND (raise_bulletin_id IS NOT NULL OR recovered_at >= $1)))
      ORDER BY id LIMIT $2
      """ + transaction.lockRow, [.time(staleBefore), .int(limit)]
    ) { row in
      UntoldAlert(
        id: row.int64(0), key: AlertKey(try row.value(1, as: AlertEvent.self), row.text(2)), text: row.text(3),
        raisedAt: row.time(4), isRaiseTold: row.bool(5),
        recovery: row.optionalTime(6).map { .init(at: $0, text: row.text(7)) })
    }
  }

  /// This message tells of these alerts as they stand.
  package static func tell(_ alerts: [UntoldAlert], by bulletin: Int64, in transaction: Transaction) throws {
    for alert in alerts {
      try transaction.run(
        """
        UPDATE alert SET raise_bulletin_id = COALESCE(raise_bulletin_id, $2),
          recovery_bulletin_id = CASE WHEN recovered_at IS NULL THEN NULL ELSE CAST($2 AS bigint) END
        WHERE id = $1
        """, [.integer(alert.id), .integer(bulletin)])
    }
  }

  /// People have this message: they know of what it tells.
  package static func noteTold(by bulletin: Int64, now: Timestamp, in transaction: Transaction) throws {
    try transaction.run(
      """
      UPDATE alert SET notified_at = $2
      WHERE notified_at IS NULL AND (raise_bulletin_id = $1 OR recovery_bulletin_id = $1)
      """, [.integer(bulletin), .time(now)])
  }

  /// Messages made before this one that tell of an event and subject of which it tells too, the latest first.
  package static func messages(before bulletin: Int64, in transaction: Transaction) throws -> [Int64] {
    let ofSameSubjects = """
      FROM alert AS told JOIN alert AS earlier ON earlier.event = told.event AND earlier.subject = told.subject
      WHERE (told.raise_bulletin_id = $1 OR told.recovery_bulletin_id = $1)
      """
    return try transaction.query(
      """
      SELECT earlier.raise_bulletin_id \(ofSameSubjects) AND earlier.raise_bulletin_id < $1
      UNION SELECT earlier.recovery_bulletin_id \(ofSameSubjects) AND earlier.recovery_bulletin_id < $1
      ORDER BY 1 DESC
      """, [.integer(bulletin)]
    ) { $0.int64(0) }
  }

  // MARK: Looking

  /// Those that last, oldest first, then those that ended, the latest first: at most `limit`.
  package static func list(limit: Int, in transaction: Transaction) throws -> [AlertRow] {
    try transaction.query(
      """
      SELECT id, event, subject, text, raised_at, notified_at, recovered_at, recovery_text FROM alert
      ORDER BY CASE WHEN recovered_at IS NULL THEN 0 ELSE 1 END, recovered_at DESC, raised_at, id LIMIT $1
      """, [.int(limit)]
    ) { row in
      AlertRow(
        id: row.int64(0), key: AlertKey(try row.value(1, as: AlertEvent.self), row.text(2)), text: row.text(3),
        raisedAt: row.time(4), notifiedAt: row.optionalTime(5), recoveredAt: row.optionalTime(6),
        recoveryText: row.optionalText(7))
    }
  }

  /// Lets go of alerts that ended before `time`, at most `limit`, with the messages that no alert refers to. Returns how many
  /// rows went.
  package static func prune(endedBefore time: Timestamp, limit: Int, in transaction: Transaction) throws -> Int {
    let alerts = try transaction.run(
      """
      DELETE FROM alert WHERE id IN (
        SELECT id FROM alert WHERE recovered_at IS NOT NULL AND recovered_at < $1 ORDER BY recovered_at LIMIT $2)
      """, [.time(time), .int(limit)])
    let bulletins = try transaction.run(
      """
      DELETE FROM bulletin WHERE id IN (
        SELECT id FROM bulletin WHERE made_at < $1
          AND NOT EXISTS (SELECT 1 FROM alert WHERE raise_bulletin_id = bulletin.id)
          AND NOT EXISTS (SELECT 1 FROM alert WHERE recovery_bulletin_id = bulletin.id)
        ORDER BY made_at LIMIT $2)
      """, [.time(time), .int(limit)])
    return max(alerts, bulletins)
  }
}

package import Database
package import Timekeeping

/// The last request that created a lead or may have: `cooldown`, one row.
package enum CooldownTable {
  /// Notes that at `moment` a request had created leads, or may have. Of two such moments of one boot the later one stays,
  /// in whatever order they are written.
  package static func start(_ moment: Moment, in transaction: Transaction) throws {
    try transaction.run(
      """
      INSERT INTO cooldown (id, last_request_at, boot_id, boot_milliseconds) VALUES (1, $1, $2, $3)
      ON CONFLICT (id) DO UPDATE SET last_request_at = excluded.last_request_at, boot_id = excluded.boot_id,
        boot_milliseconds = excluded.boot_milliseconds
      WHERE cooldown.boot_id IS NULL OR excluded.boot_id IS NULL OR cooldown.boot_id <> excluded.boot_id
        OR cooldown.boot_milliseconds <= excluded.boot_milliseconds
      """, [.time(moment.wall), .optional(moment.bootID), .optional(moment.sinceBoot?.milliseconds)])
  }

  /// How long ago that was; nil: never, or the cooldown was cleared.
  ///
  /// Within one boot of the machine it is measured on a clock that never jumps. Across boots, and for shifted clocks,
  /// on the wall clock, where a request in the future shows that the clock was set back: the cooldown then starts anew
  /// at `moment`, so that it neither opens early nor blocks for longer than once its length. `isSetBack` tells the
  /// caller to audit that.
  package static func elapsed(
    at moment: Moment, in transaction: Transaction
  ) throws -> (elapsed: Duration, isSetBack: Bool)? {
    let last = try transaction.first(
      "SELECT last_request_at, boot_id, boot_milliseconds FROM cooldown WHERE id = 1" + transaction.lockRow
    ) { (at: $0.time(0), bootID: $0.optionalText(1), sinceBoot: $0.optionalInt64(2)) }
    guard let last else { return nil }
    if let bootID = moment.bootID, bootID == last.bootID, let then = last.sinceBoot, let now = moment.sinceBoot {
      return (now - .milliseconds(then), false)
    }
    let elapsed = moment.wall - last.at
    guard elapsed < .zero else { return (elapsed, false) }
    return (.zero, true)
  }

  /// Takes over the time of the replaced script's last upload. False, with nothing changed, when the store knows of a
  /// later one.
  package static func adopt(lastRequestAt time: Timestamp, in transaction: Transaction) throws -> Bool {
    try transaction.run(
      """
      INSERT INTO cooldown (id, last_request_at) VALUES (1, $1)
      ON CONFLICT (id) DO UPDATE SET last_request_at = excluded.last_request_at, boot_id = NULL, boot_milliseconds = NULL
      WHERE cooldown.last_request_at < excluded.last_request_at
      """, [.time(time)]) == 1
  }

  /// When the last request that created leads was answered; nil: never, or the cooldown was cleared.
  package static func lastRequest(in transaction: Transaction) throws -> Timestamp? {
    try transaction.first("SELECT last_request_at FROM cooldown WHERE id = 1") { $0.time(0) }
  }

  /// Ends the cooldown. The caller audits it. False when none was running or past.
  package static func clear(in transaction: Transaction) throws -> Bool {
    try transaction.run("DELETE FROM cooldown") == 1
  }
}

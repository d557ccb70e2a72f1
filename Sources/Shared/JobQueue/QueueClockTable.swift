public import Database
public import Timekeeping

/// Notices that the wall clock was set, and moves with it what waits for a span of time and not for a date.
///
/// Leases, backoffs, heartbeats, roles and rates are spans that are stored as times. When the clock is set an hour forward,
/// all leases would run out at once while their jobs still run; set back, a retry after two seconds would take an hour. The
/// time since boot does not jump: a changed distance to it is how far the clock was set.
public enum QueueClockTable {
  /// A smaller change is the clock's drift and its correction.
  static let toleranceMilliseconds: Int64 = 2000

  /// To be called before any other use of `moment.wall` in a transaction that leases, reclaims or extends. Returns by how much
  /// the clock was set since anybody looked, nil when it was not, or when that cannot be told: after a reboot, or with a
  /// clock that is shifted for a test.
  @discardableResult
  public static func observe(_ moment: Moment, in transaction: Transaction) throws -> Duration? {
    guard let bootID = moment.bootID, let ahead = moment.aheadMilliseconds else { return nil }
    let known = try transaction.first(
      "SELECT boot_id, ahead_milliseconds FROM queue_clock WHERE id = 1" + transaction.lockRow
    ) { (bootID: $0.text(0), ahead: $0.int64(1)) }
    let jump = known.map { $0.bootID == bootID ? ahead - $0.ahead : 0 } ?? 0
    let isSet = abs(jump) > toleranceMilliseconds
    guard known?.bootID != bootID || isSet else { return nil }
    try transaction.run(
      """
      INSERT INTO queue_clock (id, boot_id, ahead_milliseconds) VALUES (1, $1, $2)
      ON CONFLICT (id) DO UPDATE SET boot_id = excluded.boot_id, ahead_milliseconds = excluded.ahead_milliseconds
      """, [.text(bootID), .integer(ahead)])
    if known?.bootID != bootID { try startRates(at: Timestamp(milliseconds: ahead), in: transaction) }
    guard isSet else { return nil }
    try move(by: jump, in: transaction)
    return .milliseconds(jump)
  }

  /// Observes, and returns the time by which rates are counted: it runs as evenly as the time since boot, is within
  /// `toleranceMilliseconds` of the wall clock, and moves with it when the clock is set, as everything that is stored does.
  /// Where the machine cannot tell the time since boot, it is the wall clock.
  public static func evenTime(_ moment: Moment, in transaction: Transaction) throws -> Timestamp {
    try observe(moment, in: transaction)
    guard let bootID = moment.bootID, let sinceBoot = moment.sinceBoot else { return moment.wall }
    let ahead = try transaction.first(
      "SELECT ahead_milliseconds FROM queue_clock WHERE id = 1 AND boot_id = $1", [.text(bootID)]
    ) { $0.int64(0) }
    return ahead.map { Timestamp(milliseconds: $0) + sinceBoot } ?? moment.wall
  }

  /// Whether the store has seen the clocks of this machine as far apart as they are in `moment`.
  static func isKnown(_ moment: Moment, in transaction: Transaction) throws -> Bool {
    guard let bootID = moment.bootID, let ahead = moment.aheadMilliseconds else { return true }
    let known = try transaction.first(
      "SELECT ahead_milliseconds FROM queue_clock WHERE id = 1 AND boot_id = $1", [.text(bootID)]
    ) { $0.int64(0) }
    return known.map { abs(ahead - $0) <= toleranceMilliseconds } ?? false
  }

  /// What the wall clock says about the time before this boot may be wrong: no bucket is refilled for more than the time since
  /// then, which has passed for certain.
  private static func startRates(at bootTime: Timestamp, in transaction: Transaction) throws {
    try transaction.run("UPDATE rate_limit SET refilled_at = $1 WHERE refilled_at < $1", [.time(bootTime)])
  }

  /// Bounded by what runs and what waits for another try.
  private static func move(by jump: Int64, in transaction: Transaction) throws {
    let jump: [SQLValue] = [.integer(jump)]
    try transaction.run("UPDATE job SET lease_expires_at = lease_expires_at + $1 WHERE state = 'leased'", jump)
    try transaction.run(
      """
      UPDATE job SET run_at = run_at + $1, order_at = order_at + $1, waits_from = waits_from + $1
      WHERE waits_from IS NOT NULL
      """, jump)
    try transaction.run("UPDATE worker SET heartbeat_at = heartbeat_at + $1 WHERE ended_at IS NULL", jump)
    try transaction.run("UPDATE leadership SET expires_at = expires_at + $1 WHERE expires_at > 0", jump)
    try transaction.run(
      """
      UPDATE rate_limit SET refilled_at = refilled_at + $1,
        held_until = CASE WHEN held_until > 0 THEN held_until + $1 ELSE 0 END
      """, jump)
  }
}

extension Moment {
  /// How far the wall clock is ahead of the time since boot.
  var aheadMilliseconds: Int64? { sinceBoot.map { wall.milliseconds - $0.milliseconds } }
}

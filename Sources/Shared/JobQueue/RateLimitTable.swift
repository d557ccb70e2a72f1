public import Database
public import Timekeeping

/// A rate toward one destination, shared by all processes: a token bucket.
///
/// In any stretch of `t` seconds at most `burst + perSecond · t` tokens are given out, whatever the number of processes. A
/// clock set back refills nothing and blocks nothing.
public struct RateLimit: Sendable, Equatable {
  /// Whoever shares this name shares the rate.
  public let destination: String
  /// How many tokens the bucket holds, ≥ 1.
  public let burst: Double
  /// How many flow into it, > 0.
  public let perSecond: Double

  /// A limit that holds in *every* minute, sliding: a third of it may come at once, the rest spread evenly.
  public init(destination: String, perMinute: Int) {
    precondition(perMinute > 0, "a rate is above zero")
    self.destination = destination
    burst = max(1, (Double(perMinute) / 3).rounded(.down))
    perSecond = max(1, Double(perMinute) - burst) / 60
  }
}

/// The token buckets: `rate_limit`. One row for each destination; its verbs write, also when they refuse.
public enum RateLimitTable {
  /// The longest that one answer may hold a destination back, however far a clock jumps.
  static let holdMax = Duration.seconds(600)

  /// Takes one token, or returns how long to wait before asking again. The transaction is to be committed either way.
  public static func take(_ limit: RateLimit, now: Timestamp, in transaction: Transaction) throws -> Duration? {
    let bucket = try bucket(of: limit, now: now, in: transaction)
    if let heldUntil = bucket.heldUntil { return heldUntil - now }
    guard bucket.tokens >= 1 else {
      return .milliseconds(Int64(((1 - bucket.tokens) / limit.perSecond * 1000).rounded(.up)))
    }
    try keep(bucket.tokens - 1, of: limit.destination, now: now, in: transaction)
    return nil
  }

  /// How many tokens could be taken now; none while the destination is held back. To be followed by `spend` in the same
  /// transaction.
  static func ready(_ limit: RateLimit, now: Timestamp, in transaction: Transaction) throws -> Int {
    let bucket = try bucket(of: limit, now: now, in: transaction)
    return bucket.heldUntil == nil ? Int(bucket.tokens) : 0
  }

  /// Takes `count` tokens, of which `ready` has said that they are there.
  static func spend(_ count: Int, of limit: RateLimit, now: Timestamp, in transaction: Transaction) throws {
    guard count > 0 else { return }
    let bucket = try bucket(of: limit, now: now, in: transaction)
    try keep(max(0, bucket.tokens - Double(count)), of: limit.destination, now: now, in: transaction)
  }

  /// Until when the destination asked for silence; nil when it may be called.
  static func heldUntil(_ destination: String, now: Timestamp, in transaction: Transaction) throws -> Timestamp? {
    let until = try transaction.first(
      "SELECT held_until FROM rate_limit WHERE destination = $1", [.text(destination)]
    ) { $0.time(0) }
    // Further ahead than any hold: from before the clock was set back.
    return until.flatMap { $0 > now && $0 <= now + holdMax ? $0 : nil }
  }

  /// The bucket as it is now, with what has flowed in since it was last written.
  private static func bucket(
    of limit: RateLimit, now: Timestamp, in transaction: Transaction
  ) throws -> (tokens: Double, heldUntil: Timestamp?) {
    try transaction.run(
      "INSERT INTO rate_limit (destination, tokens, refilled_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
      [.text(limit.destination), .real(limit.burst), .time(now)])
    let bucket = try transaction.first(
      "SELECT tokens, refilled_at, held_until FROM rate_limit WHERE destination = $1" + transaction.lockRow,
      [.text(limit.destination)]
    ) { (tokens: $0.double(0), refilledAt: $0.time(1), heldUntil: $0.time(2)) }
    guard let bucket else { preconditionFailure("the bucket was just inserted") }
    let heldUntil = min(bucket.heldUntil, now + holdMax)
    if bucket.refilledAt > now || bucket.heldUntil > heldUntil {
      // The clock was set back: from here on the new time counts, otherwise nothing would be given out until the old one.
      try transaction.run(
        "UPDATE rate_limit SET refilled_at = $2, held_until = $3 WHERE destination = $1",
        [.text(limit.destination), .time(min(bucket.refilledAt, now)), .time(heldUntil)])
    }
    let elapsed = max(0, (now - bucket.refilledAt).inSeconds)
    return (min(limit.burst, bucket.tokens + elapsed * limit.perSecond), heldUntil > now ? heldUntil : nil)
  }

  private static func keep(
    _ tokens: Double, of destination: String, now: Timestamp, in transaction: Transaction
  ) throws {
    try transaction.run(
      "UPDATE rate_limit SET tokens = $2, refilled_at = $3, held_until = 0 WHERE destination = $1",
      [.text(destination), .real(tokens), .time(now)])
  }

  /// The destination asked for silence: nobody gets a token, and no job of its queues is leased, before `until`; at most ten
  /// minutes.
  public static func hold(
    _ destination: String, until: Timestamp, now: Timestamp, in transaction: Transaction
  ) throws {
    let until = min(until, now + holdMax)
    try transaction.run(
      """
      INSERT INTO rate_limit (destination, tokens, refilled_at, held_until) VALUES ($1, 0, $2, $3)
      ON CONFLICT (destination) DO UPDATE SET tokens = 0, refilled_at = excluded.refilled_at,
        held_until = CASE WHEN rate_limit.held_until > excluded.held_until AND rate_limit.held_until < $4
          THEN rate_limit.held_until ELSE excluded.held_until END
      """, [.text(destination), .time(now), .time(until), .time(now + holdMax)])
  }
}

public import Database
public import Timekeeping

/// Who holds a role, as the store has it.
public struct Leadership: Sendable, Equatable {
  /// `leadership.name`.
  public let role: String
  /// A `ProcessIdentity`'s text.
  public let holder: String
  /// Grows by one at each change of holder and never falls: the fencing token of everything done in the role.
  public let term: Int
  /// A moment of the past once it was released.
  public let expiresAt: Timestamp

  /// Says who holds a role; claims nothing. See the properties.
  public init(role: String, holder: String, term: Int, expiresAt: Timestamp) {
    self.role = role
    self.holder = holder
    self.term = term
    self.expiresAt = expiresAt
  }

  /// Whether the holder may still act in the role.
  public func isHeld(at now: Timestamp) -> Bool { expiresAt > now }
}

/// What goes wrong with a role.
public enum LeadershipError: Error, Sendable, Equatable {
  /// The role expired or has another holder or term by now (`current`, nil: nobody ever held it): whoever acted in it must
  /// drop what it was about to write.
  case lost(role: String, term: Int, current: Leadership?)
}

extension LeadershipError: CustomStringConvertible {
  /// One sentence for people.
  public var description: String {
    switch self {
    case .lost(let role, let term, let current):
      guard let current else { return "Term \(term) of the role \(role) is over; nobody holds it" }
      return current.term == term
        ? "Term \(term) of the role \(role) expired before it was renewed"
        : "Term \(term) of the role \(role) is over; term \(current.term) has begun"
    }
  }
}

/// A named role that one process holds for a time. The term fences: whoever held an earlier one is no longer the holder.
public enum LeadershipTable {
  /// Takes or keeps the role until `now + duration`, at once when its holder is known to have died. Returns the term; nil
  /// when another process holds it. `holder`: a `ProcessIdentity`'s text.
  public static func claim(
    _ name: String, holder: String, duration: Duration, now: Timestamp, in transaction: Transaction
  ) throws -> Int? {
    let current = try transaction.first(
      "SELECT holder FROM leadership WHERE name = $1" + transaction.lockRow, [.text(name)]
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

  /// Throws `LeadershipError.lost` unless `holder` holds the role in this term at `now`: the first statement of every
  /// transaction that is written in the role. The row stays locked until the commit, so that nobody takes the role between.
  public static func require(
    _ name: String, holder: String, term: Int, now: Timestamp, in transaction: Transaction
  ) throws {
    let current = try find(name, lock: transaction.lockRow, in: transaction)
    guard let current, current.holder == holder, current.term == term, current.isHeld(at: now) else {
      throw LeadershipError.lost(role: name, term: term, current: current)
    }
  }

  /// Gives the role up, so that the next one need not wait for the lease to run out. False when it was lost before; the
  /// term goes on from where it was.
  @discardableResult
  public static func release(_ name: String, holder: String, term: Int, in transaction: Transaction) throws -> Bool {
    try transaction.run(
      "UPDATE leadership SET expires_at = 0 WHERE name = $1 AND holder = $2 AND term = $3",
      [.text(name), .text(holder), .int(term)]) == 1
  }

  /// The last one to hold the role, who may have lost it by now; nil when nobody ever held it.
  public static func current(_ name: String, in transaction: Transaction) throws -> Leadership? {
    try find(name, lock: "", in: transaction)
  }

  private static func find(_ name: String, lock: String, in transaction: Transaction) throws -> Leadership? {
    try transaction.first(
      "SELECT holder, term, expires_at FROM leadership WHERE name = $1" + lock, [.text(name)]
    ) { Leadership(role: name, holder: $0.text(0), term: $0.int(1), expiresAt: $0.time(2)) }
  }
}

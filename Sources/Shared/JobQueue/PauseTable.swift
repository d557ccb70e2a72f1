public import Database
public import Timekeeping

/// What a person has stopped: as long as it stands, no job of it is leased. What runs already goes on to its end.
public struct Pause: Sendable, Equatable {
  /// What `name` names; `pause.scope`.
  public enum Scope: String, Sendable, CaseIterable, Codable {
    case queue
    case kind
  }

  /// Whether a queue or a kind is stopped.
  public let scope: Scope
  /// The queue's name, or the kind's.
  public let name: String
  /// When it was stopped.
  public let pausedAt: Timestamp
  /// Who stopped it, for people.
  public let pausedBy: String
  /// Why, for people.
  public let reason: String

  /// Stops nothing by itself: `PauseTable.pause` does. See the properties.
  public init(scope: Scope, name: String, pausedAt: Timestamp, pausedBy: String, reason: String) {
    self.scope = scope
    self.name = name
    self.pausedAt = pausedAt
    self.pausedBy = pausedBy
    self.reason = reason
  }
}

/// Pauses of queues and kinds: `pause`. They hold over all processes and until somebody resumes, whatever is restarted.
public enum PauseTable {
  /// The most pauses that `list` returns; a store has a few queues and kinds.
  private static let listMax = 1000

  /// Stops a queue or a kind from the commit on. A kind need not be known: its jobs may come later. Returns the pause
  /// that stood already and stays as it was, nil when this one is new. Throws `unknownQueue`.
  @discardableResult
  public static func pause(
    _ scope: Pause.Scope, _ name: String, by person: String, because reason: String, now: Timestamp,
    in transaction: Transaction
  ) throws -> Pause? {
    if scope == .queue {
      let known = try transaction.first("SELECT 1 FROM queue WHERE name = $1", [.text(name)]) { $0.int(0) }
      guard known != nil else { throw JobQueueError.unknownQueue(name) }
    }
    let added = try transaction.run(
      """
      INSERT INTO pause (scope, name, paused_at, paused_by, reason) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
      """, [.text(scope.rawValue), .text(name), .time(now), .text(person), .text(reason)])
    return added == 1 ? nil : try find(scope, name, in: transaction)
  }

  /// Ends a pause. Returns it as it stood; nil when there was none.
  @discardableResult
  public static func resume(_ scope: Pause.Scope, _ name: String, in transaction: Transaction) throws -> Pause? {
    transaction.announce(.work)
    return try transaction.first(
      "DELETE FROM pause WHERE scope = $1 AND name = $2 RETURNING \(columns)", [.text(scope.rawValue), .text(name)],
      decode)
  }

  /// The pause of this queue or kind; nil when it is not paused, or not known.
  public static func find(_ scope: Pause.Scope, _ name: String, in transaction: Transaction) throws -> Pause? {
    try transaction.first(
      "SELECT \(columns) FROM pause WHERE scope = $1 AND name = $2", [.text(scope.rawValue), .text(name)], decode)
  }

  /// Every pause, queues first, by name.
  public static func list(in transaction: Transaction) throws -> [Pause] {
    try transaction.query(
      "SELECT \(columns) FROM pause ORDER BY scope DESC, name LIMIT \(listMax)", [], decode)
  }

  private static let columns = "scope, name, paused_at, paused_by, reason"

  private static func decode(_ row: Row) throws -> Pause {
    guard let scope = Pause.Scope(rawValue: row.text(0)) else {
      preconditionFailure("the schema allows a scope that the code does not know")
    }
    return Pause(
      scope: scope, name: row.text(1), pausedAt: row.time(2), pausedBy: row.text(3), reason: row.text(4))
  }
}

public import Database
public import Timekeeping

/// A worker process as the store knows it.
public struct WorkerRecord: Sendable, Equatable {
  /// The text of a `ProcessIdentity`, such that neighbours see when it has died; never a host name.
  public let id: String
  /// For people.
  public let host: String
  /// For people.
  public let pid: Int
  /// Of its program, for people.
  public let version: String
  /// Names, with the version of the payload that it knows behind an `@` where that is above 1.
  public let kinds: [String]
  /// Where it takes jobs from, in this order.
  public let queues: [String]
  /// When it signed on.
  public let startedAt: Timestamp
  /// When it was last heard of.
  public let heartbeatAt: Timestamp
  /// When it signed off; nil for one that runs, and for one that died.
  public let endedAt: Timestamp?

  /// See the properties.
  public init(
    id: String, host: String, pid: Int, version: String, kinds: [String], queues: [String], startedAt: Timestamp,
    heartbeatAt: Timestamp, endedAt: Timestamp? = nil
  ) {
    self.id = id
    self.host = host
    self.pid = pid
    self.version = version
    self.kinds = kinds
    self.queues = queues
    self.startedAt = startedAt
    self.heartbeatAt = heartbeatAt
    self.endedAt = endedAt
  }

  func serving(_ kinds: [ServedKind]) -> WorkerRecord {
    WorkerRecord(
      id: id, host: host, pid: pid, version: version, kinds: kinds.map(\.text), queues: queues, startedAt: startedAt,
      heartbeatAt: heartbeatAt)
  }

  /// A worker whose heartbeat is older than this is taken for dead.
  public static let heartbeatAgeMax = Duration.seconds(15)

  /// A heartbeat that far in the future is none either: the clock was set back since.
  public func isAlive(at now: Timestamp) -> Bool {
    let age = now - heartbeatAt
    return endedAt == nil && age < Self.heartbeatAgeMax && age > .zero - Self.heartbeatAgeMax
  }
}

/// Workers are rows: registered at start, kept alive by heartbeats, ended at a drain.
public enum WorkerTable {
  /// Signs a worker on; its id must be new. To be done before it leases.
  public static func register(_ worker: WorkerRecord, in transaction: Transaction) throws {
    try transaction.run(
      """
      INSERT INTO worker (id, host, pid, version, kinds, queues, started_at, heartbeat_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
      """,
      [
        .text(worker.id), .text(worker.host), .int(worker.pid), .text(worker.version), .text(json(worker.kinds)),
        .text(json(worker.queues)), .time(worker.startedAt), .time(worker.heartbeatAt),
      ])
  }

  /// Says that it lives.
  public static func beat(_ id: String, now: Timestamp, in transaction: Transaction) throws {
    try transaction.run("UPDATE worker SET heartbeat_at = $2 WHERE id = $1", [.text(id), .time(now)])
  }

  /// Signs it off. Its leases are not touched.
  public static func end(_ id: String, now: Timestamp, in transaction: Transaction) throws {
    try transaction.run("UPDATE worker SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL", [.text(id), .time(now)])
  }

  /// Newest first, at most `limit`.
  public static func list(limit: Int, in transaction: Transaction) throws -> [WorkerRecord] {
    try transaction.query(
      "SELECT \(columns) FROM worker ORDER BY heartbeat_at DESC, id LIMIT $1", [.int(limit)], record)
  }

  /// Those of which `isAlive` holds at `now`, newest first, at most `limit`: however many have ever been.
  static func alive(at now: Timestamp, limit: Int, in transaction: Transaction) throws -> [WorkerRecord] {
    let ages = [now + (.zero - WorkerRecord.heartbeatAgeMax), now + WorkerRecord.heartbeatAgeMax]
    return try transaction.query(
      """
      SELECT \(columns) FROM worker WHERE heartbeat_at > $1 AND heartbeat_at < $2 AND ended_at IS NULL
      ORDER BY heartbeat_at DESC, id LIMIT $3
      """, ages.map(SQLValue.time) + [.int(limit)], record)
  }

  static func find(_ id: String, in transaction: Transaction) throws -> WorkerRecord? {
    try transaction.first("SELECT \(columns) FROM worker WHERE id = $1", [.text(id)], record)
  }

  private static let columns = "id, host, pid, version, kinds, queues, started_at, heartbeat_at, ended_at"

  private static func record(_ row: Row) -> WorkerRecord {
    WorkerRecord(
      id: row.text(0), host: row.text(1), pid: row.int(2), version: row.text(3), kinds: names(row.text(4)),
      queues: names(row.text(5)), startedAt: row.time(6), heartbeatAt: row.time(7), endedAt: row.optionalTime(8))
  }

  /// Whether a live worker serves this kind. A process of this machine that is known to have died serves nothing, however
  /// fresh its heartbeat.
  public static func isServed(kind: String, now: Timestamp, in transaction: Transaction) throws -> Bool {
    try alive(at: now, limit: 100, in: transaction).contains {
      $0.kinds.contains { ServedKind(text: $0).name == kind } && ProcessIdentity($0.id)?.isKnownDead != true
    }
  }

  /// Kinds and queues are identifiers, free of quotes and backslashes.
  private static func json(_ names: [String]) -> String {
    "[" + names.map { "\"\($0)\"" }.joined(separator: ",") + "]"
  }

  private static func names(_ json: String) -> [String] {
    json.dropFirst().dropLast().split(separator: ",").map { String($0.dropFirst().dropLast()) }
  }
}

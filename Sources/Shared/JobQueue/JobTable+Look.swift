public import Database
import Timekeeping

extension JobTable {
  /// Which jobs to list.
  public struct Filter: Sendable {
    public var state: JobState?
    public var kind: String?
    public var limit: Int

    public init(state: JobState? = nil, kind: String? = nil, limit: Int = 50) {
      self.state = state
      self.kind = kind
      self.limit = limit
    }
  }

  /// Newest first, at most `filter.limit`.
  public static func list(_ filter: Filter, in transaction: Transaction) throws -> [JobRecord] {
    try transaction.query(
      """
      SELECT \(recordColumns) FROM job
      WHERE (CAST($1 AS text) IS NULL OR state = $1) AND (CAST($2 AS text) IS NULL OR kind = $2)
      ORDER BY id DESC LIMIT $3
      """, [.optional(filter.state?.rawValue), .optional(filter.kind), .int(filter.limit)], decodeRecord)
  }

  public static func find(_ id: Int64, in transaction: Transaction) throws -> JobRecord? {
    try transaction.first("SELECT \(recordColumns) FROM job WHERE id = $1", [.integer(id)], decodeRecord)
  }

  /// The jobs among `ids` that exist, by id.
  public static func find(_ ids: [Int64], in transaction: Transaction) throws -> [JobRecord] {
    try ids.compactMap { try find($0, in: transaction) }
  }

  /// The jobs enqueued before `id` under the unique key that it has too, oldest first, at most 100: those it replaced.
  public static func predecessors(of id: Int64, in transaction: Transaction) throws -> [JobRecord] {
    try transaction.query(
      """
      SELECT \(recordColumns) FROM job
      WHERE id < $1 AND unique_key = (SELECT replacement.unique_key FROM job AS replacement WHERE replacement.id = $1)
      ORDER BY id LIMIT 100
      """, [.integer(id)], decodeRecord)
  }

  /// Every transition of one job, oldest first; the last 1,000.
  public static func events(of id: Int64, in transaction: Transaction) throws -> [JobEvent] {
    try transaction.query(
      """
      SELECT job_id, at, transition, attempt, worker_id, reason FROM job_event WHERE job_id = $1 ORDER BY id DESC LIMIT 1000
      """, [.integer(id)]
    ) { row in
      guard let transition = JobTransition(rawValue: row.text(2)) else {
        preconditionFailure("the schema allows a transition that the code does not know")
      }
      return JobEvent(
        jobID: row.int64(0), at: row.time(1), transition: transition, attempt: row.int(3),
        workerID: row.optionalText(4),
        reason: row.optionalText(5))
    }.reversed()
  }

  /// How many jobs of each kind are in each state. Walks the table; for people, not for loops.
  public static func counts(in transaction: Transaction) throws -> [(kind: String, state: JobState, count: Int)] {
    try transaction.query("SELECT kind, state, count(*) FROM job GROUP BY kind, state ORDER BY kind, state") { row in
      (row.text(0), try decodeState(row.text(1)), row.int(2))
    }
  }

  private static let recordColumns = """
    id, kind, queue, state, priority, run_at, attempt, failures, max_failures, unique_key, concurrency_key, is_held,
    payload_version, worker_id, lease_expires_at, cancel_requested_at, reason, result, created_at, settled_at
    """

  private static func decodeRecord(_ row: Row) throws -> JobRecord {
    JobRecord(
      id: row.int64(0), kind: row.text(1), queue: row.text(2), state: try decodeState(row.text(3)),
      priority: row.int(4), runAt: row.time(5), attempt: row.int(6), failures: row.int(7), maxFailures: row.int(8),
      uniqueKey: row.optionalText(9), concurrencyKey: row.optionalText(10), isHeld: row.bool(11),
      payloadVersion: row.int(12), workerID: row.optionalText(13), leaseExpiresAt: row.optionalTime(14),
      cancelRequestedAt: row.optionalTime(15), reason: row.optionalText(16), result: row.optionalText(17),
      createdAt: row.time(18), settledAt: row.optionalTime(19))
  }

  private static func decodeState(_ text: String) throws -> JobState {
    guard let state = JobState(rawValue: text) else {
      preconditionFailure("the schema allows a state that the code does not know")
    }
    return state
  }
}

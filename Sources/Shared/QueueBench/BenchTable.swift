package import Database
import Glibc
package import Timekeeping

/// The statements of measurements, for stores that were made for them.
package enum BenchTable {
  /// Jobs that stand in the way of others.
  package enum Crowd: String, Sendable, CaseIterable {
    /// Due in a month, of higher priority.
    case waiting
    /// May run now; older than what is enqueued afterwards.
    case available
    /// Succeeded, with all their events.
    case finished
  }

  /// Adds `count` such jobs with their events, in a transaction of moderate size; `worker` is registered.
  package static func add(
    _ crowd: Crowd, _ count: Int, of job: BenchJob, worker: String, now: Timestamp, in transaction: Transaction
  ) throws {
    let last = try transaction.first("SELECT COALESCE(MAX(id), 0) FROM job") { $0.int64(0) } ?? 0
    let (state, priority, runAt): (String, Int, Timestamp) =
      switch crowd {
      case .waiting: ("waiting", 100, now + .seconds(30 * 86_400))
      case .available: ("available", 0, now)
      case .finished: ("succeeded", 0, now)
      }
    let isFinished = crowd == .finished
    try transaction.run(
      """
      WITH RECURSIVE line (number) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT number + 1 FROM line WHERE number < CAST($1 AS bigint))
      INSERT INTO job (kind, queue, state, priority, run_at, order_at, payload, payload_version, max_failures, created_at,
        is_permanent, attempt, worker_id, settled_at)
      SELECT $2, $3, $4, CAST($5 AS bigint), CAST($6 AS bigint) + number,
        CAST($6 AS bigint) + number - CAST($5 AS bigint) * 60000, $7, 1, 8, CAST($8 AS bigint), 0, CAST($9 AS bigint),
        CAST($10 AS text), CAST($11 AS bigint)
      FROM line
      """,
      [
        .int(count), .text(BenchJob.kind), .text(job.queue), .text(state), .int(priority), .time(runAt),
        .text(job.payload), .time(now), .int(isFinished ? 1 : 0), isFinished ? .text(worker) : .null,
        isFinished ? .time(now) : .null,
      ])
    try addEvents("enqueued", attempt: 0, worker: nil, after: last, now: now, in: transaction)
    guard isFinished else { return }
    try addEvents("leased", attempt: 1, worker: worker, after: last, now: now, in: transaction)
    try addEvents("succeeded", attempt: 1, worker: worker, after: last, now: now, in: transaction)
  }

  private static func addEvents(
    _ transition: String, attempt: Int, worker: String?, after last: Int64, now: Timestamp,
    in transaction: Transaction
  ) throws {
    try transaction.run(
      """
      INSERT INTO job_event (job_id, at, transition, attempt, worker_id)
      SELECT id, CAST($2 AS bigint), $3, CAST($4 AS bigint), CAST($5 AS text) FROM job WHERE id > $1 ORDER BY id
      """, [.integer(last), .time(now), .text(transition), .int(attempt), .optional(worker)])
  }

  /// Removes a store that was made on a server. Transactions of processes that were just killed go on until they notice, and may lock
  /// its tables in another order: whoever then loses tries again. Blocks.
  static func drop(_ schema: String, on server: ServerAddress) throws {
    var tries = 1
    while true {
      do {
        return try execute("DROP SCHEMA IF EXISTS \(schema) CASCADE", on: server)
      } catch let error as DatabaseError where error.isLostToAnother && tries < dropsMax {
        tries += 1
        usleep(100_000)
      }
    }
  }

  private static let dropsMax = 20

  /// Clears away what lies dead in the tables that a measurement writes, and counts what is there. Blocks.
  static func vacuum(_ server: ServerAddress) throws {
    try execute("VACUUM (ANALYZE) \(server.schema).job, \(server.schema).job_event", on: server)
  }

  private static func execute(_ script: String, on server: ServerAddress) throws {
    let options = PostgresOptions(statementTimeout: .seconds(60), readOnly: false, applicationName: "lead-queue bench")
    try PostgresConnection(url: server.url, options: options).execute(script)
  }

  /// The server's version, such as 15.18. Blocks.
  static func version(of server: ServerAddress) throws -> String {
    let options = PostgresOptions(readOnly: true, applicationName: "lead-queue bench")
    let connection = try PostgresConnection(url: server.url, options: options)
    return try connection.first("SHOW server_version") { $0.text(0) } ?? ""
  }

  /// How many jobs of the queue may be leased now; the count stops at `limit`.
  package static func available(queue: String, upTo limit: Int, in transaction: Transaction) throws -> Int {
    try transaction.first(
      """
      SELECT COUNT(*) FROM (
        SELECT 1 FROM job WHERE state = 'available' AND is_held = 0 AND queue = $1 LIMIT $2) AS found
      """, [.text(queue), .int(limit)]
    ) { $0.int(0) } ?? 0
  }

  /// Whether a worker holds a job of the queue.
  package static func hasLeased(queue: String, in transaction: Transaction) throws -> Bool {
    try transaction.first(
      "SELECT 1 FROM job WHERE state = 'leased' AND queue = $1 LIMIT 1", [.text(queue)]
    ) { $0.int(0) } != nil
  }
}

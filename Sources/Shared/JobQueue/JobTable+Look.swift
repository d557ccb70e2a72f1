public import Database
import Timekeeping

extension JobTable {
  /// At most `filter.limit` jobs. Without states: newest first, walking the table until enough are found. With states:
  /// running ones by the end of their lease, ready ones in the order of leasing, then those held back, waiting ones by
  /// when they are due, finished ones the latest first; each through an index of its state, so that it costs the same
  /// with millions of other jobs.
  public static func list(_ filter: Filter, in transaction: Transaction) throws -> [JobRecord] {
    guard !filter.states.isEmpty else {
      return try records("TRUE", [], filter, order: "id DESC", limit: filter.limit, in: transaction)
    }
    var jobs: [JobRecord] = []
    for part in [listLeased, listAvailable, listWaiting, listFinished] where jobs.count < filter.limit {
      jobs += try part(filter, filter.limit - jobs.count, transaction)
    }
    return jobs
  }

  /// The job with this id; nil when there is none, or retention has let it go.
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
      SELECT job_id, at, transition, attempt, worker_id, reason FROM job_event WHERE job_id = $1
      ORDER BY id DESC LIMIT 1000
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

  /// The names of all queues, sorted; a store has a few.
  public static func queueNames(in transaction: Transaction) throws -> [String] {
    try transaction.query("SELECT name FROM queue ORDER BY name LIMIT 1000") { $0.text(0) }
  }

  // MARK: Parts of a list, each through an index

  private static func listLeased(
    _ filter: Filter, _ limit: Int, _ transaction: Transaction
  ) throws -> [JobRecord] {
    guard filter.states.contains(.leased) else { return [] }
    return try records(
      "state = 'leased'", [], filter, order: "lease_expires_at, queue, id", limit: limit, in: transaction)
  }

  private static func listAvailable(
    _ filter: Filter, _ limit: Int, _ transaction: Transaction
  ) throws -> [JobRecord] {
    guard filter.states.contains(.available) else { return [] }
    let queues = try filter.queue.map { [$0] } ?? queueNames(in: transaction)
    var ready: [(orderAt: Int64, job: JobRecord)] = []
    for queue in queues {
      ready += try records(
        "state = 'available' AND is_held = 0 AND queue = $1", [.text(queue)], filter,
        order: "order_at, id", limit: limit, in: transaction
      ).map { (($0.runAt - .seconds(60 * $0.priority)).milliseconds, $0) }
    }
    var jobs = ready.sorted { ($0.orderAt, $0.job.id) < ($1.orderAt, $1.job.id) }.prefix(limit).map(\.job)
    // By key, as the index has them. `is_held = 1` would make SQLite leave the column out of the order, and sort.
    for queue in queues where jobs.count < limit {
      jobs += try records(
        """
        concurrency_key IS NOT NULL AND state IN ('available', 'leased') AND state = 'available' AND is_held > 0
          AND queue = $1
        """, [.text(queue)], filter, order: "queue, concurrency_key, is_held, order_at, id",
        limit: limit - jobs.count, in: transaction)
    }
    return jobs
  }

  private static func listWaiting(
    _ filter: Filter, _ limit: Int, _ transaction: Transaction
  ) throws -> [JobRecord] {
    guard filter.states.contains(.waiting) else { return [] }
    return try records("state = 'waiting'", [], filter, order: "run_at, id", limit: limit, in: transaction)
  }

  /// Permanent jobs have no part in the index that retention reads; they are as many as the application keeps.
  private static func listFinished(
    _ filter: Filter, _ limit: Int, _ transaction: Transaction
  ) throws -> [JobRecord] {
    var jobs: [JobRecord] = []
    for state in JobState.allCases where !state.isUnfinished && filter.states.contains(state) {
      for permanence in ["is_permanent = 0", "is_permanent = 1"] {
        jobs += try records(
          "state = '\(state.rawValue)' AND settled_at IS NOT NULL AND \(permanence)", [], filter,
          order: "settled_at DESC, id DESC", limit: limit, in: transaction)
      }
    }
    return Array(
      jobs.sorted { ($0.settledAt ?? $0.createdAt, $0.id) > ($1.settledAt ?? $1.createdAt, $1.id) }.prefix(limit))
  }

  private static func records(
    _ part: String, _ binds: [SQLValue], _ filter: Filter, order: String, limit: Int,
    in transaction: Transaction
  ) throws -> [JobRecord] {
    let (conditions, binds) = conditions(filter, states: [], after: binds)
    return try transaction.query(
      "SELECT \(recordColumns) FROM job WHERE \(part)\(conditions) ORDER BY \(order) LIMIT \(max(0, limit))", binds,
      decodeRecord)
  }

  static let recordColumns = """
    id, kind, queue, state, priority, run_at, attempt, failures, max_failures, unique_key, concurrency_key, is_held,
    payload_version, worker_id, lease_expires_at, cancel_requested_at, reason, result, created_at, settled_at
    """

  static func decodeRecord(_ row: Row) throws -> JobRecord {
    JobRecord(
      id: row.int64(0), kind: row.text(1), queue: row.text(2), state: try decodeState(row.text(3)),
      priority: row.int(4), runAt: row.time(5), attempt: row.int(6), failures: row.int(7), maxFailures: row.int(8),
      uniqueKey: row.optionalText(9), concurrencyKey: row.optionalText(10), isHeld: row.bool(11),
      payloadVersion: row.int(12), workerID: row.optionalText(13), leaseExpiresAt: row.optionalTime(14),
      cancelRequestedAt: row.optionalTime(15), reason: row.optionalText(16), result: row.optionalText(17),
      createdAt: row.time(18), settledAt: row.optionalTime(19))
  }

  static func decodeState(_ text: String) throws -> JobState {
    guard let state = JobState(rawValue: text) else {
      preconditionFailure("the schema allows a state that the code does not know")
    }
    return state
  }
}

public import Database
public import Timekeeping

extension JobTable {
  /// Enqueues one job and returns its id; nil when an unfinished job has the same unique key.
  /// Throws `unknownQueue`.
  public static func enqueue(_ job: NewJob, now: Timestamp, in transaction: Transaction) throws -> Int64? {
    try enqueue([job], now: now, in: transaction)[0]
  }

  /// Enqueues jobs, in a few statements however many they are, and returns their ids in the same order; nil where an
  /// unfinished job, or one before it in `jobs`, has the same unique key. Throws `unknownQueue`, and nothing may be committed.
  public static func enqueue(_ jobs: [NewJob], now: Timestamp, in transaction: Transaction) throws -> [Int64?] {
    let hasKeyLimit = try limitedQueues(of: jobs, in: transaction)
    let ids = assign(try insert(jobs, hasKeyLimit, now: now, in: transaction), to: jobs)
    let made = ids.compactMap(\.self)
    try record(.enqueued, made.lazy.map { Lease(jobID: $0, attempt: 0) }, worker: nil, now: now, in: transaction)
    let keys = jobs.compactMap { job in job.concurrencyKey.map { QueueKey(queue: job.queue, key: $0) } }
    try admitHeld(Set(keys), in: transaction)
    if !made.isEmpty { transaction.announce(.work) }
    return ids
  }

  /// The unfinished job with this unique key.
  public static func unfinished(uniqueKey: String, in transaction: Transaction) throws -> Int64? {
    try transaction.first(
      """
      SELECT id FROM job
      WHERE unique_key = $1 AND unique_key IS NOT NULL AND state IN ('waiting', 'available', 'leased')
      """, [.text(uniqueKey)]
    ) { $0.int64(0) }
  }

  /// Whether each queue limits its keys. Throws for one that does not exist.
  private static func limitedQueues(of jobs: [NewJob], in transaction: Transaction) throws -> [String: Bool] {
    var isLimited: [String: Bool] = [:]
    for job in jobs where isLimited[job.queue] == nil {
      let found = try transaction.first(
        "SELECT key_concurrency_max IS NOT NULL FROM queue WHERE name = $1", [.text(job.queue)]
      ) { $0.bool(0) }
      guard let found else { throw JobQueueError.unknownQueue(job.queue) }
      isLimited[job.queue] = found
    }
    return isLimited
  }

  /// The rows that were made.
  private static func insert(
    _ jobs: [NewJob], _ hasKeyLimit: [String: Bool], now: Timestamp, in transaction: Transaction
  ) throws -> [(id: Int64, key: String?)] {
    var made: [(id: Int64, key: String?)] = []
    made.reserveCapacity(jobs.count)
    try insertion.run(jobs, in: transaction) { job, binds in
      let runAt = job.runAt ?? now
      let isDue = runAt <= now
      let isHeld = isDue && job.concurrencyKey != nil && hasKeyLimit[job.queue] == true
      binds.append(.text(job.kind))
      binds.append(.text(job.queue))
      binds.append(.text((isDue ? JobState.available : .waiting).rawValue))
      binds.append(.int(job.priority))
      binds.append(.time(runAt))
      binds.append(.time(runAt - .seconds(60 * job.priority)))
      binds.append(.text(job.payload))
      binds.append(.int(job.payloadVersion))
      binds.append(.optional(job.uniqueKey))
      binds.append(.int(job.maxFailures))
      binds.append(.time(now))
      binds.append(.optional(job.concurrencyKey))
      binds.append(.bool(isHeld))
      binds.append(.bool(job.isPermanent))
    } eachRow: { row in
      made.append((row.int64(0), row.optionalText(1)))
    }
    return made
  }

  /// Rows get ascending ids in the order of the VALUES; those that were refused leave no row. Of two with one unique key the
  /// first is made.
  private static func assign(_ made: [(id: Int64, key: String?)], to jobs: [NewJob]) -> [Int64?] {
    var keyed = Dictionary(
      made.compactMap { row in row.key.map { ($0, row.id) } }, uniquingKeysWith: { first, _ in first })
    var plain = made.filter { $0.key == nil }.map(\.id).sorted()[...]
    return jobs.map { job in
      guard let key = job.uniqueKey else { return plain.popFirst() }
      return keyed.removeValue(forKey: key)
    }
  }

  private static let insertColumns = [
    "kind", "queue", "state", "priority", "run_at", "order_at", "payload", "payload_version", "unique_key",
    "max_failures",
    "created_at", "concurrency_key", "is_held", "is_permanent",
  ]

  private static let insertion = BatchStatement(common: 0, columns: insertColumns.count) { parameters, _ in
    "(" + parameters.joined(separator: ", ") + ")"
  } text: { rows in
    """
    INSERT INTO job (\(insertColumns.joined(separator: ", "))) VALUES \(rows)
    ON CONFLICT DO NOTHING RETURNING id, unique_key
    """
  }
}

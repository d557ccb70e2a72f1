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
    let ids = try insert(jobs, hasKeyLimit, now: now, in: transaction)
    let made = ids.compactMap { id in id.map { Lease(jobID: $0, attempt: 0) } }
    try record(.enqueued, made, worker: nil, now: now, in: transaction)
    if hasKeyLimit.values.contains(true) {
      let keys = jobs.compactMap { job in job.concurrencyKey.map { QueueKey(queue: job.queue, key: $0) } }
      try admitHeld(Set(keys), in: transaction)
    }
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
      isLimited[job.queue] = try limitsKeys(job.queue, in: transaction)
    }
    return isLimited
  }

  /// Whether the queue has a limit for concurrency keys. Throws `unknownQueue`.
  static func limitsKeys(_ queue: String, in transaction: Transaction) throws -> Bool {
    let isLimited = try transaction.first(
      "SELECT key_concurrency_max IS NOT NULL FROM queue WHERE name = $1", [.text(queue)]
    ) { $0.bool(0) }
    guard let isLimited else { throw JobQueueError.unknownQueue(queue) }
    return isLimited
  }

  private static func insert(
    _ jobs: [NewJob], _ hasKeyLimit: [String: Bool], now: Timestamp, in transaction: Transaction
  ) throws -> [Int64?] {
    let mayBeRefused = jobs.contains { $0.uniqueKey != nil }
    return mayBeRefused
      ? try insertUnlessRefused(jobs, hasKeyLimit, now: now, in: transaction)
      : try insertAll(jobs, hasKeyLimit, now: now, in: transaction)
  }

  /// For jobs without unique keys. Rows get ascending ids in the order of the VALUES, but may be returned in any.
  private static func insertAll(
    _ jobs: [NewJob], _ hasKeyLimit: [String: Bool], now: Timestamp, in transaction: Transaction
  ) throws -> [Int64?] {
    var ids: [Int64] = []
    ids.reserveCapacity(jobs.count)
    let insertion = transaction.dialect == .sqlite ? insertionOfAll.sqlite : insertionOfAll.postgresql
    try insertion.run(jobs.count, common: [.time(now)], in: transaction) { index, binds in
      append(jobs[index], hasKeyLimit, now: now, to: &binds)
    } eachRow: { row in
      ids.append(row.int64(0))
    } eachPortion: { portion in
      guard let last = transaction.lastInsertedID else { return }
      ids.append(contentsOf: last - Int64(portion.count) + 1...last)
    }
    if zip(ids, ids.dropFirst()).contains(where: >) { ids.sort() }
    return ids
  }

  /// Of two with one unique key the first is made.
  private static func insertUnlessRefused(
    _ jobs: [NewJob], _ hasKeyLimit: [String: Bool], now: Timestamp, in transaction: Transaction
  ) throws -> [Int64?] {
    var plain: [Int64] = []
    var keyed: [String: Int64] = [:]
    try insertionUnlessRefused.run(jobs.count, common: [.time(now)], in: transaction) { index, binds in
      append(jobs[index], hasKeyLimit, now: now, to: &binds)
    } eachRow: { row in
      if let key = row.optionalText(1) { keyed[key] = row.int64(0) } else { plain.append(row.int64(0)) }
    }
    plain.sort()
    var rest = plain[...]
    return jobs.map { job in
      guard let key = job.uniqueKey else { return rest.popFirst() }
      return keyed.removeValue(forKey: key)
    }
  }

  private static func append(
    _ job: NewJob, _ hasKeyLimit: [String: Bool], now: Timestamp, to binds: inout [SQLValue]
  ) {
    let runAt = job.runAt ?? now
    let isDue = runAt <= now
    let isHeld = isDue && job.concurrencyKey != nil && hasKeyLimit[job.queue] == true
    binds.append(.text(job.kind))
    binds.append(.text(job.queue))
    binds.append(.text((isDue ? JobState.available : .waiting).rawValue))
    binds.append(.int(job.priority))
    binds.append(.time(runAt))
    binds.append(.text(job.payload))
    binds.append(.int(job.payloadVersion))
    binds.append(.optional(job.uniqueKey))
    binds.append(.int(job.maxFailures))
    binds.append(.optional(job.concurrencyKey))
    binds.append(.bool(isHeld))
    binds.append(.bool(job.isPermanent))
  }

  private static let insertionUnlessRefused = insertion(" ON CONFLICT DO NOTHING RETURNING id, unique_key")
  private static let insertionOfAll = (
    sqlite: insertion(Dialect.sqlite.returningID), postgresql: insertion(Dialect.postgresql.returningID)
  )

  /// In the order of `append`.
  private static let newColumns: [BatchStatement.Column] = [
    .text, .text, .text, .integer, .integer, .text, .integer, .text, .integer, .text, .integer, .integer,
  ]

  private static func insertion(_ ending: String) -> BatchStatement {
    BatchStatement(common: 1, columns: newColumns) { values in
      "\(values.joined(separator: ", ")), CAST(\(values[4]) AS bigint) - CAST(\(values[3]) AS bigint) * 60000, $1"
    } text: { rows in
      """
      INSERT INTO job (kind, queue, state, priority, run_at, payload, payload_version, unique_key, max_failures,
        concurrency_key, is_held, is_permanent, order_at, created_at)
      \(rows)
      """ + ending
    }
  }
}

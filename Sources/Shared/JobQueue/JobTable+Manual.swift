public import Database
public import Timekeeping

/// The verbs that people use. Many jobs are changed in portions, each a transaction of its own: `portion` chooses the
/// ids in a short reading, the verb changes them in a short writing, and looks again there at what each job is by then.
extension JobTable {
  /// How many jobs one transaction changes.
  public static let portionMax = 500
  /// How many rows one reading looks at: some tens of milliseconds.
  static let windowRows = 20_000

  /// Jobs that a filter means, by id.
  public struct Portion: Sendable, Equatable {
    /// At most `portionMax`, ascending.
    public var ids: [Int64]
    /// Go on after this id; nil: all were seen.
    public var next: Int64?
  }

  /// How many jobs of one kind and state a filter means.
  public struct Tally: Sendable, Equatable {
    /// See `NewJob.kind`.
    public var kind: String
    /// Where they stand.
    public var state: JobState
    /// Of the rows looked at, > 0.
    public var count: Int
    /// The lowest id among them.
    public var firstID: Int64
    /// The highest id among them.
    public var lastID: Int64

    /// See the properties.
    public init(kind: String, state: JobState, count: Int, firstID: Int64, lastID: Int64) {
      self.kind = kind
      self.state = state
      self.count = count
      self.firstID = firstID
      self.lastID = lastID
    }
  }

  /// The next jobs with an id above `last`. It looks at a bounded number of rows and may return no ids and yet a
  /// `next`.
  public static func portion(of filter: Filter, after last: Int64, in transaction: Transaction) throws -> Portion {
    guard let end = try windowEnd(after: last, in: transaction) else { return Portion(ids: [], next: nil) }
    let (conditions, binds) = conditions(filter, states: filter.states, after: [.integer(last)])
    let ids = try transaction.query(
      "SELECT id \(window) WHERE TRUE\(conditions) ORDER BY id LIMIT \(portionMax)", binds
    ) { $0.int64(0) }
    return Portion(ids: ids, next: ids.count == portionMax ? ids[portionMax - 1] : end)
  }

  /// A preview of the next jobs with an id above `last`: how many of each kind and state among a bounded number of
  /// rows, and where to go on.
  public static func tally(
    of filter: Filter, after last: Int64, in transaction: Transaction
  ) throws -> (tallies: [Tally], next: Int64?) {
    guard let end = try windowEnd(after: last, in: transaction) else { return ([], nil) }
    let (conditions, binds) = conditions(filter, states: filter.states, after: [.integer(last)])
    let tallies = try transaction.query(
      """
      SELECT kind, state, count(*), min(id), max(id) \(window) WHERE TRUE\(conditions)
      GROUP BY kind, state ORDER BY kind, state
      """, binds
    ) { row in
      Tally(
        kind: row.text(0), state: try decodeState(row.text(1)), count: row.int(2), firstID: row.int64(3),
        lastID: row.int64(4))
    }
    return (tallies, end)
  }

  /// The newest job's id; 0 without jobs.
  public static func newestID(in transaction: Transaction) throws -> Int64 {
    try transaction.first("SELECT id FROM job ORDER BY id DESC LIMIT 1") { $0.int64(0) } ?? 0
  }

  /// As `cancel`, for each of these jobs that `filter` still means: what does not run is cancelled, what runs is asked
  /// to stop, what is finished stays. One result for each id, in that order.
  public static func cancel(
    _ ids: [Int64], matching filter: Filter? = nil, because reason: String, now: Timestamp,
    in transaction: Transaction
  ) throws -> [ManualResult] {
    try change(ids, matching: filter, in: transaction) { job in
      guard job.state.isUnfinished, try cancel(job.id, because: reason, now: now, in: transaction) else {
        return .refused(.state(job.state))
      }
      return job.state == .leased ? .askedToStop : .cancelled
    }
  }

  /// Makes each of these dead or cancelled jobs available again, if `filter` still means it: as if enqueued now, with
  /// all its failures forgiven and its attempts counted on. `pointless` may say why running a job again would do
  /// nothing or harm. A job that cannot be revived is reported and keeps none of the others from it. One result for
  /// each id, in that order.
  public static func retry(
    _ ids: [Int64], matching filter: Filter? = nil, because reason: String, now: Timestamp,
    in transaction: Transaction, pointless: (JobRecord) throws -> String? = { _ in nil }
  ) throws -> [ManualResult] {
    try change(ids, matching: filter, in: transaction) { job in
      guard job.state == .dead || job.state == .cancelled else { return .refused(.state(job.state)) }
      if let key = job.uniqueKey, let twin = try unfinished(uniqueKey: key, in: transaction) {
        return .refused(.twin(twin))
      }
      if let why = try pointless(job) { return .refused(.pointless(why)) }
      return try revive(job, because: reason, now: now, in: transaction)
    }
  }

  private static func revive(
    _ job: JobRecord, because reason: String, now: Timestamp, in transaction: Transaction
  ) throws -> ManualOutcome {
    // One that shares a limit comes back behind it, and the limit lets in whom it may.
    let isKeyed = try job.concurrencyKey != nil && limitsKeys(job.queue, in: transaction)
    let changed = try transaction.run(
      """
      UPDATE job SET state = 'available', is_held = $4, failures = 0, run_at = $2, order_at = $2 - priority * 60000,
        settled_at = NULL, result = NULL, cancel_requested_at = NULL, reason = $3
      WHERE id = $1 AND state IN ('dead', 'cancelled')
      """, [.integer(job.id), .time(now), .text(reason), .bool(isKeyed)])
    guard changed == 1 else { return .refused(.changedSince) }
    try record(
      .revived, job: job.id, attempt: job.attempt, worker: nil, reason: reason, now: now, in: transaction)
    transaction.announce(.work)
    guard isKeyed, let key = job.concurrencyKey else { return .revived(isHeld: false) }
    try admitHeld(queue: job.queue, key: key, in: transaction)
    return .revived(isHeld: try find(job.id, in: transaction)?.isHeld ?? false)
  }

  private static func change(
    _ ids: [Int64], matching filter: Filter?, in transaction: Transaction, _ verb: (JobRecord) throws -> ManualOutcome
  ) throws -> [ManualResult] {
    try ids.map { id in
      let job = try transaction.first(
        "SELECT \(recordColumns) FROM job WHERE id = $1" + transaction.lockRow, [.integer(id)], decodeRecord)
      guard let job else { return ManualResult(id: id, kind: nil, outcome: .refused(.unknown)) }
      guard filter?.matches(job) ?? true else {
        return ManualResult(id: id, kind: job.kind, outcome: .refused(.changedSince))
      }
      return ManualResult(id: id, kind: job.kind, outcome: try verb(job))
    }
  }

  // MARK: Walking the table in short readings

  /// Ends in the row where `window` ends; nil behind the last job.
  private static func windowEnd(after last: Int64, in transaction: Transaction) throws -> Int64? {
    try transaction.first(
      "SELECT max(id) FROM (SELECT id FROM job WHERE id > $1 ORDER BY id LIMIT \(windowRows)) AS looked_at",
      [.integer(last)]
    ) { $0.optionalInt64(0) } ?? nil
  }

  private static let window = """
    FROM (
      SELECT id, kind, queue, state, reason, created_at, worker_id
      FROM job WHERE id > $1 ORDER BY id LIMIT \(windowRows)
    ) AS looked_at
    """
}

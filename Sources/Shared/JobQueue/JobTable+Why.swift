public import Database
public import Timekeeping

extension JobTable {
  /// At most so many jobs are named beside a limit.
  private static let namedMax = 20
  /// Jobs ahead are counted up to here.
  private static let aheadMax = 1000
  /// Live workers that are looked at.
  private static let workersMax = 1000

  /// Which rules keep a job from running at `now`, in the order in which leasing applies them; nil without such a job.
  /// Every look goes through an index, so that it costs the same with millions of jobs.
  public static func standing(of id: Int64, now: Timestamp, in transaction: Transaction) throws -> JobStanding? {
    guard let job = try find(id, in: transaction) else { return nil }
    let events = try events(of: id, in: transaction)
    let reasons =
      switch job.state {
      case .succeeded, .dead, .cancelled: [finished(job, events)]
      case .leased: [try running(job, events, now: now, in: transaction)]
      case .waiting, .available: try waiting(job, events, now: now, in: transaction)
      }
    return JobStanding(
      job: job, reasons: reasons, lastError: events.last { $0.transition.isBadEnd && $0.reason != nil }, events: events)
  }

  private static func finished(_ job: JobRecord, _ events: [JobEvent]) -> JobWaitReason {
    .finished(how: events.last { $0.transition.ends(in: job.state) }?.transition, at: job.settledAt)
  }

  private static func running(
    _ job: JobRecord, _ events: [JobEvent], now: Timestamp, in transaction: Transaction
  ) throws -> JobWaitReason {
    guard let leaseExpiresAt = job.leaseExpiresAt else {
      preconditionFailure("the schema allows a leased job without an end of its lease")
    }
    let worker = try job.workerID.flatMap { try WorkerTable.find($0, in: transaction) }
    return .running(
      JobWaitReason.Running(
        workerID: job.workerID, since: events.last { $0.transition == .leased && $0.attempt == job.attempt }?.at,
        leaseExpiresAt: leaseExpiresAt, cancelRequestedAt: job.cancelRequestedAt,
        isWorkerAlive: worker?.isAlive(at: now)))
  }

  private static func waiting(
    _ job: JobRecord, _ events: [JobEvent], now: Timestamp, in transaction: Transaction
  ) throws -> [JobWaitReason] {
    var reasons: [JobWaitReason] = []
    if job.state == .waiting, job.runAt > now { reasons.append(.waiting(until: job.runAt, cause(job, events))) }
    if let pause = try PauseTable.find(.queue, job.queue, in: transaction) { reasons.append(.queuePaused(pause)) }
    if let pause = try PauseTable.find(.kind, job.kind, in: transaction) { reasons.append(.kindPaused(pause)) }
    if let unserved = try unserved(job, now: now, in: transaction) { reasons.append(.unserved(unserved)) }
    let limits = try limits(ofQueue: job.queue, in: transaction)
    if let full = try queueFull(job, limits, in: transaction) { reasons.append(full) }
    if job.isHeld, let key = job.concurrencyKey {
      reasons.append(
        .keyFull(
          key: key, limit: limits.keyConcurrencyMax,
          holders: try holders(queue: job.queue, key: key, in: transaction)))
    }
    reasons += try destination(limits, now: now, in: transaction)
    if job.state == .available, !job.isHeld, let behind = try behind(job, in: transaction) { reasons.append(behind) }
    return reasons.isEmpty ? [.free] : reasons
  }

  private static func cause(_ job: JobRecord, _ events: [JobEvent]) -> JobWaitReason.WaitCause {
    let last = events.last { [.retried, .snoozed, .enqueued, .revived].contains($0.transition) }
    switch last?.transition {
    case .retried: return .failed(failures: job.failures, of: job.maxFailures, because: last?.reason)
    case .snoozed: return .snoozed(because: last?.reason)
    default: return .planned
    }
  }

  private static func unserved(
    _ job: JobRecord, now: Timestamp, in transaction: Transaction
  ) throws -> JobWaitReason.Unserved? {
    let alive = try WorkerTable.alive(at: now, limit: workersMax, in: transaction)
    guard !alive.isEmpty else { return .noWorker }
    let ofKind = alive.filter { $0.kinds.contains { ServedKind(text: $0).name == job.kind } }
    guard !ofKind.isEmpty else { return .kind }
    let ofQueue = ofKind.filter { $0.queues.contains(job.queue) }
    guard !ofQueue.isEmpty else { return .queue }
    let understands = ofQueue.contains { worker in
      worker.kinds.map(ServedKind.init(text:)).contains {
        $0.name == job.kind && job.payloadVersion <= $0.payloadVersionMax
      }
    }
    return understands ? nil : .payloadVersion(job.payloadVersion)
  }

  private static func queueFull(
    _ job: JobRecord, _ limits: QueueSettings, in transaction: Transaction
  ) throws -> JobWaitReason? {
    guard let limit = limits.concurrencyMax else { return nil }
    let leased = try transaction.first(
      "SELECT count(*) FROM job WHERE state = 'leased' AND queue = $1", [.text(job.queue)]
    ) { $0.int(0) }
    guard let leased, leased >= limit else { return nil }
    let ids = try transaction.query(
      "SELECT id FROM job WHERE state = 'leased' AND queue = $1 ORDER BY lease_expires_at, id LIMIT \(namedMax)",
      [.text(job.queue)]
    ) { $0.int64(0) }
    return .queueFull(limit: limit, running: ids.sorted())
  }

  private static func holders(queue: String, key: String, in transaction: Transaction) throws -> [Int64] {
    try transaction.query(
      """
      SELECT id FROM job
      WHERE concurrency_key IS NOT NULL AND state IN ('available', 'leased') AND queue = $1 AND concurrency_key = $2
        AND is_held = 0
      ORDER BY order_at, id LIMIT \(namedMax)
      """, [.text(queue), .text(key)]
    ) { $0.int64(0) }
  }

  /// The silence that the destination asked for, and the bucket of starts, as leasing finds them.
  private static func destination(
    _ limits: QueueSettings, now: Timestamp, in transaction: Transaction
  ) throws -> [JobWaitReason] {
    guard let destination = limits.destination else { return [] }
    let bucket = try transaction.first(
      "SELECT tokens, refilled_at, held_until FROM rate_limit WHERE destination = $1", [.text(destination)]
    ) { (tokens: $0.double(0), refilledAt: $0.time(1), heldUntil: $0.time(2)) }
    guard let bucket else { return [] }
    if bucket.heldUntil > now { return [.destinationHeld(destination, until: bucket.heldUntil)] }
    guard let perMinute = limits.startsPerMinute else { return [] }
    let limit = RateLimit(destination: destination, perMinute: perMinute)
    let elapsed = max(0, (now - bucket.refilledAt).inSeconds)
    let tokens = min(limit.burst, bucket.tokens + elapsed * limit.perSecond)
    guard tokens < 1 else { return [] }
    let wait = Duration.milliseconds(Int64(((1 - tokens) / limit.perSecond * 1000).rounded(.up)))
    return [.startsUsedUp(perMinute: perMinute, until: now + wait)]
  }

  private static func behind(_ job: JobRecord, in transaction: Transaction) throws -> JobWaitReason? {
    // Two ranges: SQLite walks no further than it must only when each is one stretch of the index.
    let ready = "SELECT 1 FROM job WHERE state = 'available' AND is_held = 0 AND queue = $1"
    let ahead = try transaction.first(
      """
      SELECT (SELECT count(*) FROM (\(ready) AND order_at < $2 LIMIT \(aheadMax)) AS earlier),
        (SELECT count(*) FROM (\(ready) AND order_at = $2 AND id < $3 LIMIT \(aheadMax)) AS equal)
      """, [.text(job.queue), .time(job.runAt - .seconds(60 * job.priority)), .integer(job.id)]
    ) { $0.int(0) + $0.int(1) }
    let count = min(ahead ?? 0, aheadMax)
    guard count > 0 else { return nil }
    return .behind(count: count, isAtLeast: count == aheadMax)
  }

  private static func limits(ofQueue queue: String, in transaction: Transaction) throws -> QueueSettings {
    try transaction.first(
      "SELECT concurrency_max, key_concurrency_max, destination, starts_per_minute FROM queue WHERE name = $1",
      [.text(queue)]
    ) { row in
      QueueSettings(
        concurrencyMax: row.optionalInt(0), keyConcurrencyMax: row.optionalInt(1), destination: row.optionalText(2),
        startsPerMinute: row.optionalInt(3))
    } ?? QueueSettings()
  }
}

extension JobTransition {
  /// An attempt ended otherwise than well.
  fileprivate var isBadEnd: Bool {
    switch self {
    case .retried, .discarded, .exhausted, .reclaimed: true
    case .enqueued, .due, .leased, .succeeded, .snoozed, .returned, .cancelRequested, .cancelled, .revived: false
    }
  }

  fileprivate func ends(in state: JobState) -> Bool {
    switch self {
    case .succeeded: state == .succeeded
    case .discarded, .exhausted: state == .dead
    case .cancelled: state == .cancelled
    case .enqueued, .due, .leased, .retried, .snoozed, .returned, .reclaimed, .cancelRequested, .revived: false
    }
  }
}

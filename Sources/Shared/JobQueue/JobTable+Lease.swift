public import Database
public import Timekeeping

extension JobTable {
  /// The longest lease.
  public static let leaseDurationMax = Duration.seconds(3600)

  /// What a worker asks for.
  public struct LeaseRequest: Sendable {
    /// `worker.id` of a registered worker.
    public var worker: String
    /// What it has handlers for; all others are left alone.
    public var kinds: [ServedKind]
    /// In this order.
    public var queues: [String]
    /// At most so many jobs, ≥ 0.
    public var count: Int
    /// Above zero, at most `leaseDurationMax`.
    public var duration: Duration

    /// See the properties.
    public init(worker: String, kinds: [ServedKind], queues: [String], count: Int, duration: Duration) {
      precondition(duration > .zero && duration <= leaseDurationMax, "a lease lasts up to an hour")
      self.worker = worker
      self.kinds = kinds
      self.queues = queues
      self.count = count
      self.duration = duration
    }
  }

  /// Reclaims expired leases, moves due jobs to `available`, and leases up to `count` jobs within the limits, pauses and
  /// rates of their queues; best priority first, aged by waiting.
  public static func lease(_ request: LeaseRequest, now: Timestamp, in transaction: Transaction) throws -> [LeasedJob] {
    let chores = try chores(now: now, in: transaction)
    if chores.hasOverdue { try reclaimExpired(now: now, in: transaction) }
    if chores.hasDue { try moveDue(now: now, in: transaction) }
    guard chores.hasAvailable || chores.hasOverdue || chores.hasDue else { return [] }
    let kinds = chores.hasPause ? try unpaused(request.kinds, in: transaction) : request.kinds
    guard request.count > 0, !kinds.isEmpty else { return [] }
    var jobs: [LeasedJob] = []
    for queue in request.queues where jobs.count < request.count {
      let door = try door(of: queue, isLocked: true, mayBePaused: chores.hasPause, now: now, in: transaction)
      var count = min(door.room, request.count - jobs.count)
      if let rate = door.rate, count > 0 {
        count = min(count, try RateLimitTable.ready(rate, now: now, in: transaction))
      }
      guard count > 0 else { continue }
      let leased = try lease(request, kinds, from: queue, count: count, now: now, in: transaction)
      if let rate = door.rate { try RateLimitTable.spend(leased.count, of: rate, now: now, in: transaction) }
      jobs += leased
    }
    return jobs
  }

  static func unpaused(_ kinds: [ServedKind], in transaction: Transaction) throws -> [ServedKind] {
    try kinds.filter { kind in
      try transaction.first("SELECT 1 FROM pause WHERE scope = 'kind' AND name = $1", [.text(kind.name)]) { $0.int(0) }
        == nil
    }
  }

  /// What stands before a queue: how many of its jobs may be leased now, as far as that can be told without writing.
  struct Door {
    var room: Int
    /// Its destination asked for silence until then.
    var heldUntil: Timestamp?
    /// What each lease costs, still to be asked.
    var rate: RateLimit?
  }

  /// The queue's row is the guard of its limits: who is about to lease within them locks it.
  static func door(
    of queue: String, isLocked: Bool = false, mayBePaused: Bool, now: Timestamp, in transaction: Transaction
  ) throws -> Door {
    guard var settings = try limits(of: queue, lock: "", in: transaction) else { return Door(room: 0) }
    let lock = transaction.lockRow
    // Queues without limits are leased from by all at once. Limits change only while nobody leases.
    if isLocked, settings.areThere, !lock.isEmpty {
      settings = try limits(of: queue, lock: lock, in: transaction) ?? settings
    }
    if mayBePaused, try isPaused(queue, in: transaction) { return Door(room: 0) }
    var door = Door(room: .max)
    if let limit = settings.concurrencyMax {
      let leased = try transaction.first(
        "SELECT count(*) FROM job WHERE state = 'leased' AND queue = $1", [.text(queue)]
      ) { $0.int(0) }
      door.room = max(0, limit - (leased ?? 0))
    }
    guard let destination = settings.destination else { return door }
    door.heldUntil = try RateLimitTable.heldUntil(destination, now: now, in: transaction)
    if door.heldUntil != nil { door.room = 0 }
    door.rate = settings.perMinute.map { RateLimit(destination: destination, perMinute: $0) }
    return door
  }

  private struct Limits {
    var concurrencyMax: Int?
    var destination: String?
    var perMinute: Int?

    var areThere: Bool { concurrencyMax != nil || destination != nil }
  }

  private static func limits(of queue: String, lock: String, in transaction: Transaction) throws -> Limits? {
    try transaction.first(
      "SELECT concurrency_max, destination, starts_per_minute FROM queue WHERE name = $1" + lock, [.text(queue)]
    ) { Limits(concurrencyMax: $0.optionalInt(0), destination: $0.optionalText(1), perMinute: $0.optionalInt(2)) }
  }

  private static func isPaused(_ queue: String, in transaction: Transaction) throws -> Bool {
    try transaction.first("SELECT 1 FROM pause WHERE scope = 'queue' AND name = $1", [.text(queue)]) { $0.int(0) }
      != nil
  }

  private static func lease(
    _ request: LeaseRequest, _ kinds: [ServedKind], from queue: String, count: Int, now: Timestamp,
    in transaction: Transaction
  ) throws -> [LeasedJob] {
    let choice = """
      SELECT id FROM job
      WHERE state = 'available' AND is_held = 0 AND queue = $3 AND \(servedWhenLeasing.sql(kinds))
      ORDER BY order_at, id LIMIT $4
      """
    var jobs: [(order: Int64, job: LeasedJob)] = []
    jobs.reserveCapacity(count)
    let update = """
      UPDATE job SET state = 'leased', attempt = attempt + 1, worker_id = $1, lease_expires_at = $2
      WHERE \(transaction.dialect.isChosen("id", by: choice))
      RETURNING id, attempt, kind, payload, payload_version, failures, max_failures, order_at
      """
    var values = [.text(request.worker), .time(now + request.duration), .text(queue), .int(count)] + binds(kinds)
    let isNoted = transaction.dialect.changesWithinStatements
    if isNoted { values.append(.time(now)) }
    let statement = isNoted ? noting(.leased, at: "$\(values.count)", by: "$1", of: update) : update
    try transaction.forEachRow(statement, values) { row in
      let job = LeasedJob(
        lease: Lease(jobID: row.int64(0), attempt: row.int(1)), kind: row.text(2), queue: queue, payload: row.text(3),
        payloadVersion: row.int(4), failures: row.int(5), maxFailures: row.int(6))
      jobs.append((row.int64(7), job))
    }
    if !isNoted {
      try record(.leased, jobs.map(\.job.lease), worker: request.worker, now: now, in: transaction)
    }
    // RETURNING promises no order.
    let isOrdered = zip(jobs, jobs.dropFirst()).allSatisfy { ($0.order, $0.job.id) < ($1.order, $1.job.id) }
    if !isOrdered { jobs.sort { ($0.order, $0.job.id) < ($1.order, $1.job.id) } }
    return jobs.map(\.job)
  }

  static func binds(_ kinds: [ServedKind]) -> [SQLValue] {
    kinds.flatMap { [.text($0.name), .int($0.payloadVersionMax)] }
  }
}

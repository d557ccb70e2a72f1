package import Database
package import JobQueue
package import Timekeeping

/// The final word on one lead of a batch.
package enum LeadResult: Sendable, Equatable {
  /// `crmID`: where it was read back.
  case created(crmID: Int64?)
  /// The CRM had it before us.
  case duplicate(existingID: Int64?)
  case rejected(reason: String)
  /// Given back to the catalog unsent. Of pending leads only: the schema refuses it of one that may be in the CRM.
  case released(reason: String)
}

/// The transitions of a batch's leads. Each begins with the lease's fence, so that an attempt that lost its job writes
/// nothing; each moves leads, counters and ledger together.
extension BatchTable {
  /// Today's limit has no room for what was to be sent. Thrown, so that the intent is rolled back.
  package struct DailyLimitReached: Error {}

  /// Commits the intent to send these leads, pending or in doubt, in one request, immediately before it leaves: from here on they may be
  /// in the CRM. They count against `today`, the day of the request, and move there from the day they were planned for.
  /// The transaction must be durable against power failure. Throws `DailyLimitReached` and `leaseLost`.
  package static func intend(
    _ batch: Int64, positions: [Int], lease: Lease, bodyHash: String, today: String, dailyLimit: Int, now: Timestamp,
    in transaction: Transaction
  ) throws {
    try JobTable.requireLease(lease, in: transaction)
    try moveQuota(of: batch, positions: positions, to: today, lease: lease, now: now, in: transaction)
    guard try QuotaTable.count(of: today, in: transaction).used <= dailyLimit else {
      throw DailyLimitReached()
    }
    for run in PositionRuns.of(positions) {
      let changed = try transaction.run(
        """
        UPDATE batch_lead SET state = 'unresolved', requests = requests + 1, sent_at = $4,
          doubt = CASE WHEN doubt = 1 THEN 2 ELSE 0 END
        WHERE batch_id = $1 AND position BETWEEN $2 AND $3
          AND (state = 'pending' OR (state = 'unresolved' AND doubt = 1))
        """, [.integer(batch), .int(run.lowerBound), .int(run.upperBound), .time(now)])
      precondition(changed == run.count, "only a lead that is pending or in doubt is sent")
    }
    try LedgerTable.append(
      LedgerLine(
        at: now, entry: .intended, batchID: batch, attempt: lease.attempt, amount: positions.count, day: today,
        detail: bodyHash), in: transaction)
  }

  /// The request did not leave, or the CRM said that it processed nothing: the leads are pending again, or in doubt as before
  /// it, for an earlier one.
  package static func unsend(
    _ batch: Int64, positions: [Int], lease: Lease, entry: LedgerEntry, reason: String, now: Timestamp,
    in transaction: Transaction
  ) throws {
    try JobTable.requireLease(lease, in: transaction)
    for run in PositionRuns.of(positions) {
      let changed = try transaction.run(
        """
        UPDATE batch_lead SET state = CASE WHEN doubt > 0 THEN 'unresolved' ELSE 'pending' END,
          doubt = CASE WHEN doubt > 0 THEN 1 ELSE 0 END
        WHERE batch_id = $1 AND position BETWEEN $2 AND $3 AND state = 'unresolved'
        """, [.integer(batch), .int(run.lowerBound), .int(run.upperBound)])
      precondition(changed == run.count, "a lead of the request is not unresolved")
    }
    try LedgerTable.append(
      LedgerLine(
        at: now, entry: entry, batchID: batch, attempt: lease.attempt, amount: positions.count, detail: reason),
      in: transaction)
  }

  /// The CRM rolled back a request with this lead alone: evidence against the lead, if that goes on.
  package static func noteLoneRollback(_ batch: Int64, position: Int, lease: Lease, in transaction: Transaction) throws
  {
    try JobTable.requireLease(lease, in: transaction)
    try transaction.run(
      "UPDATE batch_lead SET lone_rollbacks = lone_rollbacks + 1 WHERE batch_id = $1 AND position = $2",
      [.integer(batch), .int(position)])
  }

  /// No clear answer: the leads stay unresolved, in doubt, and the ledger says since when.
  package static func noteUnknown(
    _ batch: Int64, positions: [Int], lease: Lease, reason: String, now: Timestamp, in transaction: Transaction
  ) throws {
    try JobTable.requireLease(lease, in: transaction)
    for run in PositionRuns.of(positions) {
      try transaction.run(
        """
        UPDATE batch_lead SET doubt = 1, absences = 0, absent_at = NULL, absent_boot_id = NULL,
          absent_boot_milliseconds = NULL
        WHERE batch_id = $1 AND position BETWEEN $2 AND $3 AND state = 'unresolved'
        """, [.integer(batch), .int(run.lowerBound), .int(run.upperBound)])
    }
    try LedgerTable.append(
      LedgerLine(
        at: now, entry: .unknown, batchID: batch, attempt: lease.attempt, amount: positions.count, detail: reason),
      in: transaction)
  }

  /// A read-back did not find these unresolved leads. They stay in doubt, but for those `cleared`, which are pending again:
  /// so much time has passed that no request can bring them any more. The request that they were in may still be
  /// committed: the cooldown begins as if it had been.
  package static func noteAbsent(
    _ batch: Int64, positions: [Int], cleared: Set<Int>, lease: Lease, moment: Moment, in transaction: Transaction
  ) throws {
    guard !positions.isEmpty else { return }
    try JobTable.requireLease(lease, in: transaction)
    for run in PositionRuns.of(positions) {
      try transaction.run(
        """
        UPDATE batch_lead SET absences = CASE WHEN doubt = 1 THEN absences + 1 ELSE 1 END, doubt = 1, absent_at = $4, absent_boot_id = $5,
          absent_boot_milliseconds = $6
        WHERE batch_id = $1 AND position BETWEEN $2 AND $3 AND state = 'unresolved'
        """, [.integer(batch), .int(run.lowerBound), .int(run.upperBound)] + binds(moment))
    }
    for run in PositionRuns.of(positions.filter(cleared.contains)) {
      let changed = try transaction.run(
        """
        UPDATE batch_lead SET state = 'pending', doubt = 0
        WHERE batch_id = $1 AND position BETWEEN $2 AND $3 AND state = 'unresolved'
        """, [.integer(batch), .int(run.lowerBound), .int(run.upperBound)])
      precondition(changed == run.count, "a lead that was looked for is not unresolved")
    }
    try LedgerTable.append(
      LedgerLine(at: moment.wall, entry: .absent, batchID: batch, attempt: lease.attempt, amount: positions.count),
      in: transaction)
    try CooldownTable.start(moment, in: transaction)
  }

  /// The clock was set back since these unresolved leads were found to be missing: their grace period begins anew.
  package static func restartGrace(
    _ batch: Int64, positions: [Int], lease: Lease, moment: Moment, in transaction: Transaction
  ) throws {
    try JobTable.requireLease(lease, in: transaction)
    for run in PositionRuns.of(positions) {
      try transaction.run(
        """
        UPDATE batch_lead SET absent_at = $4, absent_boot_id = $5, absent_boot_milliseconds = $6
        WHERE batch_id = $1 AND position BETWEEN $2 AND $3 AND state = 'unresolved'
        """, [.integer(batch), .int(run.lowerBound), .int(run.upperBound)] + binds(moment))
    }
  }

  private static func binds(_ moment: Moment) -> [SQLValue] {
    [.time(moment.wall), .optional(moment.bootID), .optional(moment.sinceBoot?.milliseconds)]
  }

  /// Writes final results. Leads, quota, ledger and catalog change together. Leads that have a final state already are passed
  /// over. Returns what was newly counted.
  @discardableResult
  package static func finish(
    _ batch: Int64, results: [(position: Int, result: LeadResult)], lease: Lease, moment: Moment,
    in transaction: Transaction
  ) throws -> DailyCount {
    try JobTable.requireLease(lease, in: transaction)
    return try finishUnfenced(batch, results: results, attempt: lease.attempt, moment: moment, in: transaction)
  }

  /// As `finish`, for a batch whose job has ended and can have no running attempt.
  @discardableResult
  package static func finishUnfenced(
    _ batch: Int64, results: [(position: Int, result: LeadResult)], attempt: Int, moment: Moment,
    in transaction: Transaction
  ) throws -> DailyCount {
    var changes: [String: DailyCount] = [:]
    for (positions, result) in PositionRuns.of(results) {
      let counts = try settleRun(
        batch, positions, result, attempt: attempt, now: moment.wall, in: transaction)
      for (day, count) in counts { changes[day, default: DailyCount(day: day)].add(result, count) }
    }
    for change in changes.values.sorted(by: { $0.day < $1.day }) { try QuotaTable.add(change, in: transaction) }
    let total = changes.values.reduce(into: DailyCount(day: "")) { sum, change in
      sum.created += change.created
      sum.duplicates += change.duplicates
      sum.rejected += change.rejected
      sum.reserved += change.reserved
    }
    if total.created > 0 { try CooldownTable.start(moment, in: transaction) }
    try settleIfDone(batch, now: moment.wall, in: transaction)
    return total
  }

  /// Gives one result to all leads of a run that have no final state yet. Returns how many there were of each day.
  private static func settleRun(
    _ batch: Int64, _ positions: ClosedRange<Int>, _ result: LeadResult, attempt: Int, now: Timestamp,
    in transaction: Transaction
  ) throws -> [(day: String, count: Int)] {
    let run: [SQLValue] = [.integer(batch), .int(positions.lowerBound), .int(positions.upperBound)]
    let isOpen = "batch_id = $1 AND position BETWEEN $2 AND $3 AND state IN ('pending', 'unresolved')"
    let counts = try transaction.query("SELECT day, count(*) FROM batch_lead WHERE \(isOpen) GROUP BY day", run) {
      (day: $0.text(0), count: $0.int(1))
    }
    guard !counts.isEmpty else { return [] }
    try transaction.run(
      """
      INSERT INTO ledger (at, entry, batch_id, lead_id, attempt, amount, day, detail)
      SELECT CAST($4 AS bigint), CAST($5 AS text), batch_id, lead_id, CAST($6 AS bigint), 1, day, CAST($7 AS text)
      FROM batch_lead WHERE \(isOpen) ORDER BY position
      """, run + [.time(now), .text(result.entry.rawValue), .int(attempt), .optional(result.reason)])
    try transaction.run(
      """
      UPDATE lead SET state = $4, reason = $5, changed_at = $6
      WHERE id IN (SELECT lead_id FROM batch_lead WHERE \(isOpen))
      """, run + [.text(result.leadState.rawValue), .optional(result.reason), .time(now)])
    if case .released = result {
      // Its file may have changed while it was selected: it is read again before the next plan.
      try transaction.run(
        """
        UPDATE source SET fingerprint = NULL WHERE id IN (
          SELECT lead.source_id FROM lead JOIN batch_lead ON batch_lead.lead_id = lead.id
          WHERE batch_lead.batch_id = $1 AND batch_lead.position BETWEEN $2 AND $3)
        """, run)
    }
    try transaction.run(
      "UPDATE batch_lead SET state = $4, settled_at = $5, crm_id = $6, reason = $7 WHERE \(isOpen)",
      run + [
        .text(result.batchLeadState.rawValue), .time(now), .optional(result.crmID), .optional(result.reason),
      ])
    return counts
  }

  private static func settleIfDone(_ batch: Int64, now: Timestamp, in transaction: Transaction) throws {
    try transaction.run(
      """
      UPDATE batch SET settled_at = $2 WHERE id = $1 AND settled_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM batch_lead WHERE batch_id = $1 AND state IN ('pending', 'unresolved'))
      """, [.integer(batch), .time(now)])
  }

  private static func moveQuota(
    of batch: Int64, positions: [Int], to today: String, lease: Lease, now: Timestamp, in transaction: Transaction
  ) throws {
    let wanted = Set(positions)
    let elsewhere = try transaction.query(
      """
      SELECT position, day FROM batch_lead WHERE batch_id = $1 AND state IN ('pending', 'unresolved') AND day <> $2
      """,
      [.integer(batch), .text(today)]
    ) { (position: $0.int(0), day: $0.text(1)) }
    var moved: [String: Int] = [:]
    for (position, day) in elsewhere where wanted.contains(position) {
      try transaction.run(
        "UPDATE batch_lead SET day = $3 WHERE batch_id = $1 AND position = $2",
        [.integer(batch), .int(position), .text(today)])
      moved[day, default: 0] += 1
    }
    for (day, count) in moved.sorted(by: { $0.key < $1.key }) {
      try QuotaTable.add(DailyCount(day: day, reserved: -count), in: transaction)
      try QuotaTable.add(DailyCount(day: today, reserved: count), in: transaction)
      try LedgerTable.append(
        LedgerLine(
          at: now, entry: .moved, batchID: batch, attempt: lease.attempt, amount: count, day: today, detail: day),
        in: transaction)
    }
  }
}

extension LeadResult {
  fileprivate var leadState: LeadState {
    switch self {
    case .created: .created
    case .duplicate: .duplicate
    case .rejected: .rejected
    case .released: .available
    }
  }

  fileprivate var batchLeadState: BatchLeadState {
    switch self {
    case .created: .created
    case .duplicate: .duplicate
    case .rejected: .rejected
    case .released: .released
    }
  }

  fileprivate var entry: LedgerEntry {
    switch self {
    case .created: .created
    case .duplicate: .duplicate
    case .rejected: .rejected
    case .released: .released
    }
  }

  fileprivate var crmID: Int64? {
    switch self {
    case .created(let id), .duplicate(let id): id
    case .rejected, .released: nil
    }
  }

  fileprivate var reason: String? {
    switch self {
    case .created, .duplicate: nil
    case .rejected(let reason), .released(let reason): reason
    }
  }
}

extension DailyCount {
  /// Counts one result of `count` leads and gives their reservations back.
  fileprivate mutating func add(_ result: LeadResult, _ count: Int) {
    reserved -= count
    switch result {
    case .created: created += count
    case .duplicate: duplicates += count
    case .rejected: rejected += count
    case .released: break
    }
  }
}

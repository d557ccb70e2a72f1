package import Database
package import Leads
package import Timekeeping

/// A batch and how far it is.
package struct BatchRow: Sendable, Equatable {
  package var id: Int64
  package var planID: Int64
  package var ordinal: Int
  package var jobID: Int64
  package var leadCount: Int
  package var newestLeadID: Int64
  package var createdAt: Timestamp
  package var settledAt: Timestamp?
}

/// One lead of a batch.
package struct BatchLead: Sendable, Equatable {
  package var position: Int
  package var leadID: Int64
  package var key: LeadKey
  package var npi: String?
  package var leadClass: LeadClass
  package var state: BatchLeadState
  /// The day whose limit it counts against.
  package var day: String
  package var requests: Int
  package var sentAt: Timestamp?
  /// Read-backs that did not find it, a grace period apart, since it was last sent.
  package var absences: Int
  package var absentAt: Moment?
  package var doubt = Doubt.none
  /// Requests of this batch with this lead alone that the CRM rolled back.
  package var loneRollbacks = 0
  /// Earlier batches in which the CRM rolled back a request with this lead alone.
  package var earlierRollbacks = 0
  package var crmID: Int64?
  package var reason: String?
}

/// Batches and their leads: `batch`, `batch_lead`. The changes are in `BatchTable+Progress.swift`.
package enum BatchTable {
  /// Selects leads for one request of one job: takes them out of the catalog's supply and reserves `day`'s quota.
  /// All of `leads` are available: chosen in the same transaction. Returns the batch's id.
  package static func create(
    plan: Int64, ordinal: Int, job: Int64, leads: [SelectedLead], newestLeadID: Int64, day: String, now: Timestamp,
    in transaction: Transaction
  ) throws -> Int64 {
    let id = try transaction.first(
      """
      INSERT INTO batch (plan_id, ordinal, job_id, lead_count, newest_lead_id, created_at)
      VALUES ($1, $2, $3, $4, $5, $6) RETURNING id
      """,
      [.integer(plan), .int(ordinal), .integer(job), .int(leads.count), .integer(newestLeadID), .time(now)]
    ) { $0.int64(0) }
    guard let id else { preconditionFailure("INSERT … RETURNING gave no row") }
    for (position, lead) in leads.enumerated() {
      try transaction.run(
        """
        INSERT INTO batch_lead (batch_id, position, lead_id, class, state, day) VALUES ($1, $2, $3, $4, 'pending', $5)
        """,
        [.integer(id), .int(position), .integer(lead.id), .text(lead.leadClass.rawValue), .text(day)])
      try CatalogTable.select(lead.id, now: now, in: transaction)
    }
    try QuotaTable.add(DailyCount(day: day, reserved: leads.count), in: transaction)
    try LedgerTable.append(
      LedgerLine(at: now, entry: .reserved, batchID: id, amount: leads.count, day: day), in: transaction)
    return id
  }

  /// Gives an open batch to a new job, when its own ended without settling it.
  package static func assign(_ id: Int64, to job: Int64, in transaction: Transaction) throws {
    let changed = try transaction.run(
      "UPDATE batch SET job_id = $2 WHERE id = $1 AND settled_at IS NULL", [.integer(id), .integer(job)])
    precondition(changed == 1, "only an open batch changes its job")
  }

  package static func find(_ id: Int64, in transaction: Transaction) throws -> BatchRow? {
    try transaction.first("SELECT \(columns) FROM batch WHERE id = $1", [.integer(id)], decode)
  }

  package static func find(ofJob job: Int64, in transaction: Transaction) throws -> BatchRow? {
    try transaction.first("SELECT \(columns) FROM batch WHERE job_id = $1", [.integer(job)], decode)
  }

  /// In order. A plan has at most `max_upload_per_run / batch_size` of them.
  package static func list(ofPlan plan: Int64, in transaction: Transaction) throws -> [BatchRow] {
    try transaction.query(
      "SELECT \(columns) FROM batch WHERE plan_id = $1 ORDER BY ordinal", [.integer(plan)], decode)
  }

  /// The batches that are not settled, oldest first; at most 1,000.
  package static func open(in transaction: Transaction) throws -> [BatchRow] {
    try transaction.query(
      "SELECT \(columns) FROM batch WHERE settled_at IS NULL ORDER BY id LIMIT 1000", [], decode)
  }

  package static func openCount(in transaction: Transaction) throws -> Int {
    try transaction.first("SELECT count(*) FROM batch WHERE settled_at IS NULL") { $0.int(0) } ?? 0
  }

  /// Leads without a final state, over all open batches.
  package static func openLeadCount(in transaction: Transaction) throws -> Int {
    try transaction.first(
      """
      SELECT count(*) FROM batch JOIN batch_lead ON batch_lead.batch_id = batch.id
      WHERE batch.settled_at IS NULL AND batch_lead.state IN ('pending', 'unresolved')
      """
    ) { $0.int(0) } ?? 0
  }

  /// All leads of a batch, or only those without a final state, by position.
  package static func leads(
    ofBatch id: Int64, liveOnly: Bool = false, in transaction: Transaction
  ) throws -> [BatchLead] {
    let live = "AND batch_lead.state IN ('pending', 'unresolved')"
    return try transaction.query(
      """
      SELECT \(leadColumns) FROM batch_lead JOIN lead ON lead.id = batch_lead.lead_id
      WHERE batch_lead.batch_id = $1 \(liveOnly ? live : "") ORDER BY batch_lead.position
      """, [.integer(id)], decodeLead)
  }

  /// The body of the CRM's row for each position of `positions`, in that order, without our marker.
  package static func bodies(
    ofBatch id: Int64, positions: [Int], in transaction: Transaction
  ) throws -> [String] {
    var bodies: [Int: String] = [:]
    try transaction.forEachRow(
      """
      SELECT batch_lead.position, lead.body FROM batch_lead JOIN lead ON lead.id = batch_lead.lead_id
      WHERE batch_lead.batch_id = $1 AND batch_lead.state IN ('pending', 'unresolved')
      """, [.integer(id)]
    ) { bodies[$0.int(0)] = $0.text(1) }
    return try positions.map { position in
      guard let body = bodies[position] else {
        throw LeadStoreError.unreadable("no open lead at position \(position) of batch \(id)")
      }
      return body
    }
  }

  /// Every batch a lead was ever in, oldest first.
  package static func history(
    ofLead leadID: Int64, in transaction: Transaction
  ) throws -> [(batchID: Int64, lead: BatchLead)] {
    let batches = try transaction.query(
      "SELECT batch_id FROM batch_lead WHERE lead_id = $1 ORDER BY batch_id LIMIT 1000", [.integer(leadID)]
    ) { $0.int64(0) }
    return try batches.flatMap { batch in
      try transaction.query(
        """
        SELECT \(leadColumns) FROM batch_lead JOIN lead ON lead.id = batch_lead.lead_id
        WHERE batch_lead.batch_id = $1 AND batch_lead.lead_id = $2
        """, [.integer(batch), .integer(leadID)]
      ) { (batch, try decodeLead($0)) }
    }
  }

  /// How many leads of each state a batch holds.
  package static func tally(
    ofBatch id: Int64, in transaction: Transaction
  ) throws -> [BatchLeadState: Int] {
    let counts = try transaction.query(
      "SELECT state, count(*) FROM batch_lead WHERE batch_id = $1 GROUP BY state", [.integer(id)]
    ) { (try $0.value(0, as: BatchLeadState.self), $0.int(1)) }
    return Dictionary(uniqueKeysWithValues: counts)
  }

  /// Leads that a reading begun at `beganAt` may not show: in flight, unknown, or created since.
  package static func inFlight(since beganAt: Timestamp, in transaction: Transaction) throws -> PerClass<Int> {
    var inFlight = PerClass(repeating: 0)
    let count: (Row) throws -> Void = { row in
      inFlight[try row.value(0, as: LeadClass.self)] += row.int(1)
    }
    try transaction.forEachRow(
      """
      SELECT batch_lead.class, count(*) FROM batch JOIN batch_lead ON batch_lead.batch_id = batch.id
      WHERE batch.settled_at IS NULL AND batch_lead.state IN ('pending', 'unresolved')
      GROUP BY batch_lead.class
      """, [], count)
    try transaction.forEachRow(
      """
      SELECT class, count(*) FROM batch_lead WHERE state = 'created' AND settled_at >= $1 GROUP BY class
      """, [.time(beganAt)], count)
    return inFlight
  }

  /// Whether a lead of the batch was created since then.
  package static func hasCreated(
    inBatch id: Int64, since: Timestamp, in transaction: Transaction
  ) throws -> Bool {
    try transaction.first(
      "SELECT 1 FROM batch_lead WHERE batch_id = $1 AND state = 'created' AND settled_at >= $2 LIMIT 1",
      [.integer(id), .time(since)]
    ) { $0.int(0) } != nil
  }

  /// How many leads we created between two moments.
  package static func createdCount(
    from: Timestamp, until: Timestamp, in transaction: Transaction
  ) throws -> Int {
    try transaction.first(
      "SELECT count(*) FROM batch_lead WHERE state = 'created' AND settled_at >= $1 AND settled_at < $2",
      [.time(from), .time(until)]
    ) { $0.int(0) } ?? 0
  }

  /// How many leads of each class we created between two moments, the second excluded.
  package static func createdPerClass(
    from: Timestamp, until: Timestamp, in transaction: Transaction
  ) throws -> PerClass<Int> {
    var created = PerClass(repeating: 0)
    try transaction.forEachRow(
      """
      SELECT class, count(*) FROM batch_lead
      WHERE state = 'created' AND settled_at >= $1 AND settled_at < $2 GROUP BY class
      """, [.time(from), .time(until)]
    ) { created[try $0.value(0, as: LeadClass.self)] += $0.int(1) }
    return created
  }

  private static let columns = "id, plan_id, ordinal, job_id, lead_count, newest_lead_id, created_at, settled_at"

  private static func decode(_ row: Row) -> BatchRow {
    BatchRow(
      id: row.int64(0), planID: row.int64(1), ordinal: row.int(2), jobID: row.int64(3), leadCount: row.int(4),
      newestLeadID: row.int64(5), createdAt: row.time(6), settledAt: row.optionalTime(7))
  }

  /// How many columns `leadColumns` are.
  static let leadColumnCount = 18

  static let leadColumns = """
    batch_lead.position, batch_lead.lead_id, lead.key, lead.npi, batch_lead.class, batch_lead.state, batch_lead.day,
    batch_lead.requests, batch_lead.sent_at, batch_lead.absences, batch_lead.absent_at, batch_lead.crm_id,
    batch_lead.reason, batch_lead.doubt, batch_lead.absent_boot_id, batch_lead.absent_boot_milliseconds,
    (SELECT count(*) FROM batch_lead AS earlier WHERE earlier.lead_id = batch_lead.lead_id
      AND earlier.batch_id < batch_lead.batch_id AND earlier.lone_rollbacks > 0), batch_lead.lone_rollbacks
    """

  static func decodeLead(_ row: Row) throws -> BatchLead {
    BatchLead(
      position: row.int(0), leadID: row.int64(1), key: LeadKey(rawValue: row.text(2)), npi: row.optionalText(3),
      leadClass: try row.value(4, as: LeadClass.self), state: try row.value(5, as: BatchLeadState.self),
      day: row.text(6), requests: row.int(7), sentAt: row.optionalTime(8), absences: row.int(9),
      absentAt: row.optionalTime(10).map { wall in
        Moment(
          wall: wall, bootID: row.optionalText(14), sinceBoot: row.optionalInt64(15).map(Duration.milliseconds))
      }, doubt: try Doubt.read(row.int(13)), loneRollbacks: row.int(17), earlierRollbacks: row.int(16),
      crmID: row.optionalInt64(11),
      reason: row.optionalText(12))
  }
}

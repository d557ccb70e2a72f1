package import Database
package import Timekeeping

/// One lead of a batch, with what the catalog says of it.
package struct BatchLeadDetail: Sendable, Equatable {
  package var batchID: Int64
  /// The highest lead id in the CRM before the batch.
  package var newestLeadID: Int64
  package var lead: BatchLead
  package var score: Int
  package var source: String?
  package var line: Int
  /// Where the lead stands in the catalog now.
  package var catalogState: LeadState
  /// When the CRM was first found to hold it no more; nil: it was there when last looked for.
  package var missingAt: Timestamp?
  /// When it went back to the catalog although this batch had settled it.
  package var requeuedAt: Timestamp?
}

/// Two records of one lead that do not agree.
package struct BookInconsistency: Sendable, Equatable {
  package var detail: BatchLeadDetail
  /// Final lines of the ledger for this lead in this batch, and those of them that say what `batch_lead` says.
  package var finalLines: Int
  package var agreeingLines: Int
}

/// Reading for people: `inspect` and `verify`.
extension BatchTable {
  /// The leads of one batch, by position.
  package static func details(ofBatch id: Int64, in transaction: Transaction) throws -> [BatchLeadDetail] {
    try transaction.query(
      "SELECT \(detailColumns) \(fromBatch) WHERE batch.id = $1 ORDER BY batch_lead.position", [.integer(id)],
      decodeDetail)
  }

  /// The leads of a plan after a position of a batch, in order, at most `limit`.
  package static func details(
    ofPlan plan: Int64, after last: (batch: Int64, position: Int), limit: Int, in transaction: Transaction
  ) throws -> [BatchLeadDetail] {
    try transaction.query(
      """
      SELECT \(detailColumns) \(fromBatch)
      WHERE batch.plan_id = $1 AND (batch.id > $2 OR (batch.id = $2 AND batch_lead.position > $3))
      ORDER BY batch.id, batch_lead.position LIMIT $4
      """, [.integer(plan), .integer(last.batch), .int(last.position), .int(limit)], decodeDetail)
  }

  package static func detail(
    ofBatch id: Int64, position: Int, in transaction: Transaction
  ) throws -> BatchLeadDetail? {
    try transaction.first(
      "SELECT \(detailColumns) \(fromBatch) WHERE batch.id = $1 AND batch_lead.position = $2",
      [.integer(id), .int(position)],
      decodeDetail)
  }

  /// Leads that may be in the CRM and are not settled, oldest batch first.
  package static func unresolved(limit: Int, in transaction: Transaction) throws -> [BatchLeadDetail] {
    try transaction.query(
      """
      SELECT \(detailColumns) \(fromBatch)
      WHERE batch_lead.state IN ('pending', 'unresolved') AND batch_lead.state = 'unresolved'
      ORDER BY batch.id, batch_lead.position LIMIT $1
      """, [.int(limit)], decodeDetail)
  }

  /// What a plan's batches hold: leads of each state, leads that the batches were made with, and leads that the ledger
  /// says were reserved.
  package static func balance(
    ofPlan plan: Int64, in transaction: Transaction
  ) throws -> (states: [BatchLeadState: Int], leadCount: Int, reserved: Int) {
    let states = try transaction.query(
      """
      SELECT batch_lead.state, count(*) FROM batch JOIN batch_lead ON batch_lead.batch_id = batch.id
      WHERE batch.plan_id = $1 GROUP BY batch_lead.state
      """, [.integer(plan)]
    ) { (try $0.value(0, as: BatchLeadState.self), $0.int(1)) }
    let leadCount = try transaction.first(
      "SELECT COALESCE(sum(lead_count), 0) FROM batch WHERE plan_id = $1", [.integer(plan)]
    ) { $0.int(0) }
    let reserved = try transaction.first(
      """
      SELECT COALESCE(sum(ledger.amount), 0) FROM batch JOIN ledger ON ledger.batch_id = batch.id
      WHERE batch.plan_id = $1 AND ledger.entry = 'reserved'
      """, [.integer(plan)]
    ) { $0.int(0) }
    return (Dictionary(uniqueKeysWithValues: states), leadCount ?? 0, reserved ?? 0)
  }

  /// Leads of a plan whose batch, catalog and ledger do not tell the same, at most `limit`.
  package static func inconsistencies(
    ofPlan plan: Int64, limit: Int, in transaction: Transaction
  ) throws -> [BookInconsistency] {
    try transaction.query(
      """
      WITH told AS (
        SELECT batch_lead.batch_id AS told_batch, batch_lead.position AS told_position,
          (SELECT count(*) FROM ledger
            WHERE ledger.lead_id = batch_lead.lead_id AND ledger.batch_id = batch_lead.batch_id
              AND ledger.entry IN ('created', 'duplicate', 'rejected', 'released')) AS final_lines,
          (SELECT count(*) FROM ledger
            WHERE ledger.lead_id = batch_lead.lead_id AND ledger.batch_id = batch_lead.batch_id
              AND ledger.entry = batch_lead.state) AS agreeing_lines
        FROM batch JOIN batch_lead ON batch_lead.batch_id = batch.id
        WHERE batch.plan_id = $1
      )
      SELECT \(detailColumns), told.final_lines, told.agreeing_lines \(fromBatch)
      JOIN told ON told.told_batch = batch_lead.batch_id AND told.told_position = batch_lead.position
      WHERE batch.plan_id = $1 AND (
        (batch_lead.state IN ('pending', 'unresolved') AND (lead.state <> 'selected' OR told.final_lines > 0))
        OR (batch_lead.state IN ('created', 'duplicate', 'rejected')
          AND ((batch_lead.requeued_at IS NULL AND lead.state <> batch_lead.state)
            OR told.final_lines <> 1 OR told.agreeing_lines <> 1))
        OR (batch_lead.state = 'released' AND (told.final_lines <> 1 OR told.agreeing_lines <> 1)))
      ORDER BY batch.id, batch_lead.position LIMIT $2
      """, [.integer(plan), .int(limit)]
    ) { row in
      BookInconsistency(detail: try decodeDetail(row), finalLines: row.int(21), agreeingLines: row.int(22))
    }
  }

  /// How many leads of each state count against each day, newest day first, at most `limit` pairs. Walks the table; for
  /// people, not for loops.
  package static func perDay(
    limit: Int, in transaction: Transaction
  ) throws -> [(day: String, state: BatchLeadState, count: Int)] {
    try transaction.query(
      "SELECT day, state, count(*) FROM batch_lead GROUP BY day, state ORDER BY day DESC, state LIMIT $1", [.int(limit)]
    ) { ($0.text(0), try $0.value(1, as: BatchLeadState.self), $0.int(2)) }
  }

  private static let fromBatch = """
    FROM batch JOIN batch_lead ON batch_lead.batch_id = batch.id JOIN lead ON lead.id = batch_lead.lead_id
    LEFT JOIN source ON source.id = lead.source_id
    """

  private static let detailColumns = """
    \(leadColumns), batch.id, batch.newest_lead_id, lead.score, source.path, lead.line, lead.state,
    batch_lead.missing_at, batch_lead.requeued_at
    """

  private static func decodeDetail(_ row: Row) throws -> BatchLeadDetail {
    let first = leadColumnCount
    return BatchLeadDetail(
      batchID: row.int64(first), newestLeadID: row.int64(first + 1), lead: try decodeLead(row),
      score: row.int(first + 2), source: row.optionalText(first + 3), line: row.int(first + 4),
      catalogState: try row.value(first + 5, as: LeadState.self), missingAt: row.optionalTime(first + 6),
      requeuedAt: row.optionalTime(first + 7))
  }
}

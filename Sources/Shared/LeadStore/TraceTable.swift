package import Database
package import Leads
package import Timekeeping

/// Everything the books hold of one lead of a batch: what `verify` compares.
package struct LeadTrace: Sendable, Equatable {
  package var place: BatchPosition
  package var leadID: Int64
  package var key: LeadKey
  package var npi: String?
  package var state: BatchLeadState
  /// Requests that carried it.
  package var requests: Int
  package var sentAt: Timestamp?
  /// Where the lead stands in the catalog now.
  package var catalogState: LeadState
  package var missingAt: Timestamp?
  package var requeuedAt: Timestamp?
  /// The ledger's lines about this lead in this batch that give it a final state, in order; normally one.
  package var answers: [TraceLine] = []
  /// How often the ledger says that it was requeued out of this batch.
  package var requeues = 0
}

/// A line of the ledger, as a link in the account of a lead.
package struct TraceLine: Sendable, Equatable {
  package var id: Int64
  package var at: Timestamp
  package var entry: LedgerEntry
  package var attempt: Int?
  /// Leads of the request, for an intent.
  package var amount: Int
  /// The SHA-256 of the request's body, for an intent.
  package var detail: String?
}

/// A batch with all its leads, and what the ledger says of it as a whole.
package struct BatchTrace: Sendable, Equatable {
  package var id: Int64
  package var planID: Int64
  package var cycleID: Int64
  /// What the plan selected, over all its batches.
  package var planSelected: Int
  package var leadCount: Int
  /// The highest lead id in the CRM before the batch.
  package var newestLeadID: Int64
  /// Leads that the ledger reserved for it.
  package var reserved = 0
  /// The intents to send, in order.
  package var intents: [TraceLine] = []
  /// By position.
  package var leads: [LeadTrace] = []

  /// The intent before the request that carried the lead last; nil where the ledger has none.
  package func intent(of lead: LeadTrace) -> TraceLine? {
    lead.sentAt.flatMap { sentAt in intents.last { $0.at == sentAt } }
  }
}

/// The books as `verify` reads them: batch by batch, a constant number of statements for about a thousand leads.
package enum TraceTable {
  /// Leads in one portion, unless its first batch alone has more.
  private static let portion = 1000
  /// Batches in one portion.
  private static let batchesMax = 200

  /// The batches after `id` in order, with about a thousand leads together; empty at the end. One consistent state.
  package static func batches(after id: Int64, in transaction: Transaction) throws -> [BatchTrace] {
    try batches(after: id, max: batchesMax, in: transaction)
  }

  private static func batches(
    after id: Int64, max batchesMax: Int, in transaction: Transaction
  ) throws -> [BatchTrace] {
    var batches = try transaction.query(
      """
      SELECT batch.id, batch.plan_id, plan.cycle_id, plan.selected, batch.lead_count, batch.newest_lead_id
      FROM batch JOIN plan ON plan.id = batch.plan_id WHERE batch.id > $1 ORDER BY batch.id LIMIT $2
      """, [.integer(id), .int(batchesMax)]
    ) {
      BatchTrace(
        id: $0.int64(0), planID: $0.int64(1), cycleID: $0.int64(2), planSelected: $0.int(3), leadCount: $0.int(4),
        newestLeadID: $0.int64(5))
    }
    var leads = 0
    let count = batches.prefix { batch in
      defer { leads += batch.leadCount }
      return leads == 0 || leads + batch.leadCount <= portion
    }.count
    batches.removeLast(batches.count - count)
    guard let last = batches.last else { return [] }
    try fill(&batches, from: batches[0].id, through: last.id, in: transaction)
    return batches
  }

  /// One batch; nil when there is none of that number.
  package static func batch(_ id: Int64, in transaction: Transaction) throws -> BatchTrace? {
    try batches(after: id - 1, max: 1, in: transaction).first { $0.id == id }
  }

  private static func fill(
    _ batches: inout [BatchTrace], from first: Int64, through last: Int64, in transaction: Transaction
  ) throws {
    let index = Dictionary(uniqueKeysWithValues: batches.enumerated().map { ($1.id, $0) })
    let range: [SQLValue] = [.integer(first), .integer(last)]
    try transaction.forEachRow(
      """
      SELECT batch_lead.batch_id, batch_lead.position, batch_lead.lead_id, lead.key, lead.npi, batch_lead.state,
        batch_lead.requests, batch_lead.sent_at, lead.state, batch_lead.missing_at, batch_lead.requeued_at
      FROM batch_lead JOIN lead ON lead.id = batch_lead.lead_id
      WHERE batch_lead.batch_id BETWEEN $1 AND $2 ORDER BY batch_lead.batch_id, batch_lead.position
      """, range
    ) { row in
      guard let batch = index[row.int64(0)] else { return }
      batches[batch].leads.append(try lead(row))
    }
    // Of each batch, where its leads stand among its leads: normally the position.
    let places = batches.map { Dictionary($0.leads.enumerated().map { ($1.leadID, $0) }) { first, _ in first } }
    try transaction.forEachRow(
      """
      SELECT batch_id, lead_id, id, at, entry, attempt, amount, detail FROM ledger
      WHERE batch_id IS NOT NULL AND batch_id BETWEEN $1 AND $2
        AND entry IN ('reserved', 'intended', 'created', 'duplicate', 'rejected', 'released', 'requeued')
      ORDER BY id
      """, range
    ) { row in
      guard let batch = index[row.int64(0)] else { return }
      let line = TraceLine(
        id: row.int64(2), at: row.time(3), entry: try row.value(4, as: LedgerEntry.self), attempt: row.optionalInt(5),
        amount: row.int(6), detail: row.optionalText(7))
      let place = row.optionalInt64(1).flatMap { places[batch][$0] }
      batches[batch].add(line, to: place)
    }
  }

  private static func lead(_ row: Row) throws -> LeadTrace {
    LeadTrace(
      place: BatchPosition(batchID: row.int64(0), position: row.int(1)), leadID: row.int64(2),
      key: LeadKey(rawValue: row.text(3)), npi: row.optionalText(4), state: try row.value(5, as: BatchLeadState.self),
      requests: row.int(6), sentAt: row.optionalTime(7), catalogState: try row.value(8, as: LeadState.self),
      missingAt: row.optionalTime(9), requeuedAt: row.optionalTime(10))
  }

  /// Plans after `id` that say they selected leads and have no batch, at most `limit`.
  package static func plansWithoutBatches(
    after id: Int64, limit: Int, in transaction: Transaction
  ) throws -> [PlanSelection] {
    try transaction.query(
      """
      SELECT id, cycle_id, created_at, selected FROM plan
      WHERE id > $1 AND selected > 0 AND NOT EXISTS (SELECT 1 FROM batch WHERE batch.plan_id = plan.id)
      ORDER BY id LIMIT $2
      """, [.integer(id), .int(limit)]
    ) { PlanSelection(planID: $0.int64(0), cycleID: $0.int64(1), createdAt: $0.time(2), selected: $0.int(3)) }
  }

  /// How many leads were ever selected. For a progress bar.
  package static func selectedCount(in transaction: Transaction) throws -> Int {
    try transaction.first("SELECT COALESCE(sum(lead_count), 0) FROM batch") { $0.int(0) } ?? 0
  }
}

extension BatchTrace {
  /// `place`: the index of the line's lead in `leads`; nil: it is about the batch as a whole.
  fileprivate mutating func add(_ line: TraceLine, to place: Int?) {
    switch line.entry {
    case .reserved: reserved += line.amount
    case .intended: intents.append(line)
    case .created, .duplicate, .rejected, .released:
      if let place { leads[place].answers.append(line) }
    case .requeued:
      if let place { leads[place].requeues += 1 }
    case .moved, .notSent, .notProcessed, .unknown, .absent, .imported: break
    }
  }
}

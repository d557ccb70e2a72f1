package import Database
package import Leads
package import Timekeeping

/// Where a lead stands in a batch.
package struct BatchPosition: Sendable, Hashable, Comparable {
  package var batchID: Int64
  package var position: Int

  package init(batchID: Int64, position: Int) {
    self.batchID = batchID
    self.position = position
  }

  package static func < (left: BatchPosition, right: BatchPosition) -> Bool {
    (left.batchID, left.position) < (right.batchID, right.position)
  }
}

/// Why a settled lead goes back to the catalog; the `detail` of its line in the ledger.
package enum RequeueCause: String, Sendable, CaseIterable {
  /// Created by us or a duplicate, and gone from the CRM since.
  case drift
  /// Rejected, and somebody says that it was a mistake.
  case rejection

  fileprivate var states: [BatchLeadState] {
    switch self {
    case .drift: [.created, .duplicate]
    case .rejection: [.rejected]
    }
  }
}

/// What happens to a lead after its batch settled it: it may be found gone from the CRM, and go back to the catalog.
extension BatchTable {
  /// Gives settled leads back to the catalog, each with a line in the ledger, so that a later plan may select them. Their batch
  /// keeps them in the state that it gave them. Passed over are leads whose state is not one of the cause's, and those
  /// requeued before: doing it again changes nothing. Returns what was requeued, in the order given.
  ///
  /// The files of these leads are read again before the next plan: a lead that its file no longer holds is withdrawn then.
  /// The caller audits it in the same transaction.
  package static func requeue(
    _ leads: [BatchPosition], because cause: RequeueCause, now: Timestamp, in transaction: Transaction
  ) throws -> [BatchPosition] {
    try leads.filter { try requeue($0, cause, now: now, in: transaction) }
  }

  private static func requeue(
    _ lead: BatchPosition, _ cause: RequeueCause, now: Timestamp, in transaction: Transaction
  ) throws -> Bool {
    let place: [SQLValue] = [.integer(lead.batchID), .int(lead.position)]
    let states = cause.states.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    let found = try transaction.first(
      """
      UPDATE batch_lead SET requeued_at = $3
      WHERE batch_id = $1 AND position = $2 AND requeued_at IS NULL AND state IN (\(states))
        AND EXISTS (SELECT 1 FROM lead WHERE lead.id = batch_lead.lead_id AND lead.state = batch_lead.state
          AND lead.source_id IS NOT NULL)
      RETURNING lead_id
      """, place + [.time(now)]
    ) { $0.int64(0) }
    guard let id = found else { return false }
    try LedgerTable.append(
      LedgerLine(
        at: now, entry: .requeued, batchID: lead.batchID, leadID: id, amount: 1, detail: cause.rawValue),
      in: transaction)
    // One whose details were let go has no row to be sent: it is available when its file was read again.
    try transaction.run(
      """
      UPDATE lead SET state = CASE WHEN body = '' THEN 'withdrawn' ELSE 'available' END, reason = NULL, changed_at = $2
      WHERE id = $1
      """, [.integer(id), .time(now)])
    // Its file may have changed since it was selected.
    try transaction.run(
      "UPDATE source SET fingerprint = NULL WHERE id = (SELECT source_id FROM lead WHERE id = $1)", [.integer(id)])
    return true
  }

  /// Notes that the CRM was found not to hold these leads, unless that is known. Returns how many it was not known of.
  package static func noteMissing(
    _ leads: [BatchPosition], now: Timestamp, in transaction: Transaction
  ) throws -> Int {
    try leads.reduce(0) { count, lead in
      try count
        + transaction.run(
          """
          UPDATE batch_lead SET missing_at = $3 WHERE batch_id = $1 AND position = $2 AND missing_at IS NULL
            AND requeued_at IS NULL AND state IN ('created', 'duplicate')
          """, [.integer(lead.batchID), .int(lead.position), .time(now)])
    }
  }

  /// Notes that the CRM holds these leads again. Returns how many had been missing.
  package static func noteFoundAgain(_ leads: [BatchPosition], in transaction: Transaction) throws -> Int {
    try leads.reduce(0) { count, lead in
      try count
        + transaction.run(
          """
          UPDATE batch_lead SET missing_at = NULL WHERE batch_id = $1 AND position = $2
            AND missing_at IS NOT NULL AND requeued_at IS NULL
          """, [.integer(lead.batchID), .int(lead.position)])
    }
  }

  /// How many leads are known to be gone from the CRM, and not back in the catalog.
  package static func missingCount(in transaction: Transaction) throws -> Int {
    try transaction.first(
      "SELECT count(*) FROM batch_lead WHERE missing_at IS NOT NULL AND requeued_at IS NULL"
    ) { $0.int(0) } ?? 0
  }

  /// The batch in which a lead got its final state; nil when it has none, or was released or requeued since.
  package static func settled(
    _ key: LeadKey, in transaction: Transaction
  ) throws -> (place: BatchPosition, state: BatchLeadState)? {
    try transaction.first(
      """
      SELECT batch_lead.batch_id, batch_lead.position, batch_lead.state
      FROM lead JOIN batch_lead ON batch_lead.lead_id = lead.id
      WHERE lead.key = $1 AND batch_lead.state IN ('created', 'duplicate', 'rejected')
        AND batch_lead.requeued_at IS NULL LIMIT 1
      """, [.text(key.rawValue)]
    ) {
      (BatchPosition(batchID: $0.int64(0), position: $0.int(1)), try $0.value(2, as: BatchLeadState.self))
    }
  }
}

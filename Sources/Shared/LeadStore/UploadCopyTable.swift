package import Database
package import Leads
package import Timekeeping

/// A lead that we created in the CRM, as it was sent.
package struct UploadedLead: Sendable, Equatable {
  /// Of the ledger's line; ascends.
  package var ledgerID: Int64
  package var at: Timestamp
  /// The day whose limit it counts against: YYYY-MM-DD in the configured zone.
  package var day: String
  package var key: LeadKey
  package var batchID: Int64
  package var position: Int
  /// The CRM's number of the row, where it told one.
  package var crmID: Int64?
  /// The row as JSON, without our marker; nil when its details were let go before.
  package var body: String?
}

/// How far the copies of uploaded leads have been written: `upload_copy`, a row for each day.
package enum UploadCopyTable {
  /// The next leads that are not in any copy yet, in the order of the ledger, at most `limit`. Lines of the ledger are committed
  /// in the order of their ids as far as they are about created leads, since one upload runs at a time.
  package static func next(limit: Int, in transaction: Transaction) throws -> [UploadedLead] {
    let last = try transaction.first("SELECT max(ledger_id) FROM upload_copy") { $0.optionalInt64(0) } ?? nil
    return try transaction.query(
      """
      SELECT ledger.id, ledger.at, ledger.day, lead.key, ledger.batch_id, batch_lead.position, batch_lead.crm_id, lead.body
      FROM ledger JOIN lead ON lead.id = ledger.lead_id
      JOIN batch_lead ON batch_lead.batch_id = ledger.batch_id AND batch_lead.lead_id = ledger.lead_id
      WHERE ledger.id > $1 AND ledger.entry = 'created' AND ledger.day IS NOT NULL
      ORDER BY ledger.id LIMIT $2
      """, [.integer(last ?? 0), .int(limit)]
    ) { row in
      let body = row.text(7)
      return UploadedLead(
        ledgerID: row.int64(0), at: row.time(1), day: row.text(2), key: LeadKey(rawValue: row.text(3)),
        batchID: row.int64(4), position: row.int(5), crmID: row.optionalInt64(6), body: body.isEmpty ? nil : body)
    }
  }

  /// How many bytes of a day's copy are known to be right; 0 for a day without one.
  package static func bytes(of day: String, in transaction: Transaction) throws -> Int64 {
    try transaction.first("SELECT bytes FROM upload_copy WHERE day = $1", [.text(day)]) { $0.int64(0) } ?? 0
  }

  /// Notes that a day's copy holds everything up to a line of the ledger, in so many bytes.
  package static func note(
    day: String, bytes: Int64, ledgerID: Int64, in transaction: Transaction
  ) throws {
    try transaction.run(
      """
      INSERT INTO upload_copy (day, bytes, ledger_id) VALUES ($1, $2, $3)
      ON CONFLICT (day) DO UPDATE SET bytes = excluded.bytes, ledger_id = excluded.ledger_id
      WHERE upload_copy.ledger_id < excluded.ledger_id
      """, [.text(day), .integer(bytes), .integer(ledgerID)])
  }
}

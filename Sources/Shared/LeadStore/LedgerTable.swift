package import Database
package import Timekeeping

/// One line of the ledger.
package struct LedgerLine: Sendable, Equatable {
  package var at: Timestamp
  package var entry: LedgerEntry
  package var batchID: Int64?
  package var leadID: Int64?
  package var attempt: Int?
  package var amount: Int
  package var day: String?
  package var detail: String?

  package init(
    at: Timestamp, entry: LedgerEntry, batchID: Int64?, leadID: Int64? = nil, attempt: Int? = nil, amount: Int,
    day: String? = nil, detail: String? = nil
  ) {
    self.at = at
    self.entry = entry
    self.batchID = batchID
    self.leadID = leadID
    self.attempt = attempt
    self.amount = amount
    self.day = day
    self.detail = detail
  }
}

/// The append-only record of what happened to leads and quotas.
package enum LedgerTable {
  package static func append(_ line: LedgerLine, in transaction: Transaction) throws {
    try transaction.run(
      """
      INSERT INTO ledger (at, entry, batch_id, lead_id, attempt, amount, day, detail)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
      """,
      [
        .time(line.at), .text(line.entry.rawValue), .optional(line.batchID), .optional(line.leadID),
        .optional(line.attempt), .int(line.amount), .optional(line.day), .optional(line.detail),
      ])
  }

  /// Oldest first; the lines about whole requests and, with `perLead`, those about single leads.
  package static func lines(
    ofBatch batchID: Int64, perLead: Bool, limit: Int, in transaction: Transaction
  ) throws -> [LedgerLine] {
    try transaction.query(
      """
      SELECT at, entry, batch_id, lead_id, attempt, amount, day, detail FROM ledger
      WHERE batch_id = $1 AND (CAST($2 AS bigint) = 1 OR lead_id IS NULL) ORDER BY id LIMIT $3
      """, [.integer(batchID), .bool(perLead), .int(limit)], decode)
  }

  /// Oldest first.
  package static func lines(ofLead leadID: Int64, limit: Int, in transaction: Transaction) throws -> [LedgerLine] {
    try transaction.query(
      """
      SELECT at, entry, batch_id, lead_id, attempt, amount, day, detail FROM ledger WHERE lead_id = $1 ORDER BY id LIMIT $2
      """, [.integer(leadID), .int(limit)], decode)
  }

  /// What happened to a batch, oldest first: its requests line by line, and the results of single leads summed where
  /// they were written together.
  package static func summary(ofBatch batchID: Int64, limit: Int, in transaction: Transaction) throws -> [LedgerLine] {
    try transaction.query(
      """
      SELECT at, entry, CAST($1 AS bigint), NULL, attempt, sum(amount), day, CASE WHEN lead_id IS NULL THEN detail END
      FROM ledger WHERE batch_id = $1
      GROUP BY at, entry, attempt, day, CASE WHEN lead_id IS NULL THEN id END, CASE WHEN lead_id IS NULL THEN detail END
      ORDER BY min(id) LIMIT $2
      """, [.integer(batchID), .int(limit)], decode)
  }

  /// How many uploads of the replaced script were taken over for each day. Walks the ledger; for people, not for loops.
  package static func importedPerDay(limit: Int, in transaction: Transaction) throws -> [String: Int] {
    let days = try transaction.query(
      """
      SELECT day, sum(amount) FROM ledger
      WHERE entry = 'imported' AND batch_id IS NULL AND lead_id IS NULL AND day IS NOT NULL
      GROUP BY day ORDER BY day DESC LIMIT $1
      """, [.int(limit)]
    ) { ($0.text(0), $0.int(1)) }
    return Dictionary(uniqueKeysWithValues: days)
  }

  private static func decode(_ row: Row) throws -> LedgerLine {
    LedgerLine(
      at: row.time(0), entry: try row.value(1, as: LedgerEntry.self), batchID: row.optionalInt64(2),
      leadID: row.optionalInt64(3), attempt: row.optionalInt(4), amount: row.int(5), day: row.optionalText(6),
      detail: row.optionalText(7))
  }
}

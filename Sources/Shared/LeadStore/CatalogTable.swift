package import Database
package import Leads
package import Timekeeping

/// A lead of the catalog as people and the selection see it.
package struct CatalogLead: Sendable, Equatable {
  package var id: Int64
  package var key: LeadKey
  package var source: String?
  package var line: Int
  /// A+, A, B or C.
  package var leadClass: String
  package var score: Int
  package var state: LeadState
  package var reason: String?
  package var changedAt: Timestamp
}

/// A lead chosen for a batch.
package struct SelectedLead: Sendable, Equatable {
  package var id: Int64
  package var key: LeadKey
  package var leadClass: LeadClass
  package var score: Int

  package init(id: Int64, key: LeadKey, leadClass: LeadClass, score: Int) {
    self.id = id
    self.key = key
    self.leadClass = leadClass
    self.score = score
  }
}

/// Every lead known from the sources, with its standing: `lead`.
package enum CatalogTable {
  /// Adds a lead read from a source, or brings one up to date that was not selected yet. The first source keeps a lead that
  /// several hold. False when nothing changed: the lead stands elsewhere already, or earlier in the same file, or was
  /// uploaded. `segment`: its client segment by the rules in force, empty for none.
  @discardableResult
  package static func put(
    _ lead: Lead, segment: String = "", line: Int, source: Int64, generation: Int, label: String, now: Timestamp,
    in transaction: Transaction
  ) throws -> Bool {
    let isChanged =
      try transaction.run(
        """
        INSERT INTO lead
          (key, source_id, line, class, score, body, npi, state, generation, changed_at, region, segment)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'available', $8, $9, $10, $11)
        ON CONFLICT (key) DO UPDATE SET source_id = excluded.source_id, line = excluded.line, class = excluded.class,
          score = excluded.score, body = excluded.body, npi = excluded.npi, state = 'available',
          generation = excluded.generation, changed_at = excluded.changed_at,
          region = excluded.region, segment = excluded.segment
        WHERE (lead.state = 'available' AND lead.source_id = excluded.source_id AND lead.generation <> excluded.generation)
          OR lead.state = 'withdrawn'
        """,
        [
          .text(lead.key.rawValue), .integer(source), .int(line), .text(lead.leadClass?.rawValue ?? classBelowStock),
          .int(lead.score), .text(lead.row(source: label)), .optional(lead.npi), .int(generation), .time(now),
          .text(lead.region), .text(segment),
        ]) == 1
    if !isChanged {
      // A selected lead stays as it was sent, but its file still holds it.
      try transaction.run(
        "UPDATE lead SET generation = $3 WHERE key = $1 AND source_id = $2 AND state = 'selected'",
        [.text(lead.key.rawValue), .integer(source), .int(generation)])
    }
    return isChanged
  }

  /// Withdraws the leads that a complete reading of their source did not find again. Returns how many.
  package static func withdrawUnseen(
    source: Int64, generation: Int, now: Timestamp, in transaction: Transaction
  ) throws -> Int {
    try transaction.run(
      """
      UPDATE lead SET state = 'withdrawn', changed_at = $3
      WHERE source_id = $1 AND generation <> $2 AND state = 'available'
      """, [.integer(source), .int(generation), .time(now)])
  }

  /// Withdraws the available leads of files that are no longer configured, and has all files read again: a lead may stand in
  /// another one, which then keeps it.
  package static func withdrawStrays(
    keeping paths: [String], now: Timestamp, in transaction: Transaction
  ) throws {
    var withdrawn = 0
    for source in try SourceTable.list(in: transaction) where !paths.contains(source.path) {
      withdrawn += try transaction.run(
        "UPDATE lead SET state = 'withdrawn', changed_at = $2 WHERE source_id = $1 AND state = 'available'",
        [.integer(source.id), .time(now)])
    }
    if withdrawn > 0 { try SourceTable.forgetFingerprints(in: transaction) }
  }

  /// Takes an available lead out of the supply.
  static func select(_ id: Int64, now: Timestamp, in transaction: Transaction) throws {
    let changed = try transaction.run(
      "UPDATE lead SET state = 'selected', reason = NULL, changed_at = $2 WHERE id = $1 AND state = 'available'",
      [.integer(id), .time(now)])
    precondition(changed == 1, "only an available lead is selected")
  }

  /// Remembers a lead that the replaced script uploaded. False when it is known already and not available for upload.
  package static func putUploaded(key: LeadKey, now: Timestamp, in transaction: Transaction) throws -> Bool {
    let id = try transaction.first(
      """
      INSERT INTO lead (key, line, class, score, body, state, generation, changed_at)
      VALUES ($1, 0, 'C', 0, '', 'created', 0, $2)
      ON CONFLICT (key) DO UPDATE SET state = 'created', changed_at = excluded.changed_at
      WHERE lead.state IN ('available', 'withdrawn')
      RETURNING id
      """, [.text(key.rawValue), .time(now)]
    ) { $0.int64(0) }
    guard let id else { return false }
    try LedgerTable.append(
      LedgerLine(at: now, entry: .imported, batchID: nil, leadID: id, amount: 1), in: transaction)
    return true
  }

  /// Leads in `state` (nil: any), newest change of the catalog last, at most `limit`.
  package static func list(state: LeadState?, limit: Int, in transaction: Transaction) throws -> [CatalogLead] {
    try transaction.query(
      """
      SELECT \(columns) WHERE CAST($1 AS text) IS NULL OR lead.state = $1 ORDER BY lead.id LIMIT $2
      """, [.optional(state?.rawValue), .int(limit)], decode)
  }

  package static func find(key: LeadKey, in transaction: Transaction) throws -> CatalogLead? {
    try transaction.first("SELECT \(columns) WHERE lead.key = $1", [.text(key.rawValue)], decode)
  }

  /// The keys of everything that was ever uploaded or found in the CRM, after `id`, oldest first.
  package static func uploadedKeys(
    after id: Int64, limit: Int, in transaction: Transaction
  ) throws -> [(id: Int64, key: LeadKey, at: Timestamp)] {
    try transaction.query(
      """
      SELECT id, key, changed_at FROM lead WHERE id > $1 AND state IN ('created', 'duplicate') ORDER BY id LIMIT $2
      """, [.integer(id), .int(limit)]
    ) { ($0.int64(0), LeadKey(rawValue: $0.text(1)), $0.time(2)) }
  }

  /// How many leads of each class are in each state. Walks the table; for people, not for loops.
  package static func counts(
    in transaction: Transaction
  ) throws -> [(leadClass: String, state: LeadState, count: Int)] {
    try transaction.query("SELECT class, state, count(*) FROM lead GROUP BY class, state ORDER BY class, state") {
      row in
      (row.text(0), try row.value(1, as: LeadState.self), row.int(2))
    }
  }

  private static let columns = """
    lead.id, lead.key, source.path, lead.line, lead.class, lead.score, lead.state, lead.reason, lead.changed_at
    FROM lead LEFT JOIN source ON source.id = lead.source_id
    """

  private static func decode(_ row: Row) throws -> CatalogLead {
    CatalogLead(
      id: row.int64(0), key: LeadKey(rawValue: row.text(1)), source: row.optionalText(2), line: row.int(3),
      leadClass: row.text(4), score: row.int(5), state: try row.value(6, as: LeadState.self),
      reason: row.optionalText(7), changedAt: row.time(8))
  }
}

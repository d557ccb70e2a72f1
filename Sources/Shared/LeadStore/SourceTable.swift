package import Database
package import Timekeeping

/// A source file as the catalog knows it.
package struct SourceRow: Sendable, Equatable {
  package var id: Int64
  package var path: String
  /// What the file looked like when it was read last; nil: it must be read.
  package var fingerprint: String?
  package var generation: Int
  package var state: SourceState
  package var problem: String?
  package var counts: Counts
  package var readAt: Timestamp?

  package struct Counts: Sendable, Equatable, Codable {
    package var records: Int
    package var usable: Int
    /// Usable, but the same lead stood earlier in this file or in another one.
    package var repeated: Int
    package var rejected: Int

    package init(records: Int = 0, usable: Int = 0, repeated: Int = 0, rejected: Int = 0) {
      self.records = records
      self.usable = usable
      self.repeated = repeated
      self.rejected = rejected
    }
  }
}

/// The files of leads: `source` and `rejected_record`.
package enum SourceTable {
  /// The source of this path, made when it is new.
  package static func findOrAdd(path: String, in transaction: Transaction) throws -> SourceRow {
    try transaction.run(
      "INSERT INTO source (path, state) VALUES ($1, 'new') ON CONFLICT DO NOTHING", [.text(path)])
    guard let source = try find(path: path, in: transaction) else {
      preconditionFailure("the source was just inserted")
    }
    return source
  }

  package static func find(path: String, in transaction: Transaction) throws -> SourceRow? {
    try transaction.first("SELECT \(columns) FROM source WHERE path = $1", [.text(path)], decode)
  }

  /// All sources ever configured, oldest first; bounded by what people write into configurations.
  package static func list(in transaction: Transaction) throws -> [SourceRow] {
    try transaction.query("SELECT \(columns) FROM source ORDER BY id", [], decode)
  }

  /// Begins a reading: a new generation, the old rejected records gone. Until `finish` the fingerprint is unknown, so that an
  /// interrupted reading is done again.
  package static func beginReading(_ id: Int64, in transaction: Transaction) throws -> Int {
    try transaction.run("DELETE FROM rejected_record WHERE source_id = $1", [.integer(id)])
    let generation = try transaction.first(
      "UPDATE source SET generation = generation + 1, fingerprint = NULL WHERE id = $1 RETURNING generation",
      [.integer(id)]
    ) { $0.int(0) }
    guard let generation else { throw LeadStoreError.unreadable("no source \(id)") }
    return generation
  }

  /// Keeps a record that cannot be used, with its line and reason.
  package static func reject(
    source: Int64, position: Int, line: Int, reason: String, in transaction: Transaction
  ) throws {
    try transaction.run(
      "INSERT INTO rejected_record (source_id, position, line, reason) VALUES ($1, $2, $3, $4)",
      [.integer(source), .int(position), .int(line), .text(reason)])
  }

  /// Ends a reading of the whole file.
  package static func finish(
    _ id: Int64, state: SourceState, fingerprint: String, counts: SourceRow.Counts, problem: String?, now: Timestamp,
    in transaction: Transaction
  ) throws {
    try transaction.run(
      """
      UPDATE source SET state = $2, fingerprint = $3, records = $4, usable = $5, repeated = $6, rejected = $7, problem = $8,
        read_at = $9
      WHERE id = $1
      """,
      [
        .integer(id), .text(state.rawValue), .text(fingerprint), .int(counts.records), .int(counts.usable),
        .int(counts.repeated), .int(counts.rejected), .optional(problem), .time(now),
      ])
  }

  /// The file could not be read: what is known of it stays, and so do its leads.
  package static func fail(_ id: Int64, state: SourceState, problem: String, in transaction: Transaction) throws {
    try transaction.run(
      "UPDATE source SET state = $2, problem = $3, fingerprint = NULL WHERE id = $1",
      [.integer(id), .text(state.rawValue), .text(problem)])
  }

  /// Lets every other source be read again: a lead that left one file may stand in another.
  package static func forgetFingerprints(except id: Int64? = nil, in transaction: Transaction) throws {
    try transaction.run(
      "UPDATE source SET fingerprint = NULL WHERE id <> COALESCE(CAST($1 AS bigint), 0)", [.optional(id)])
  }

  /// Records that cannot be used, in the order of source and file.
  package static func rejectedRecords(
    limit: Int, in transaction: Transaction
  ) throws -> [(path: String, line: Int, reason: String)] {
    try transaction.query(
      """
      SELECT source.path, rejected_record.line, rejected_record.reason
      FROM rejected_record JOIN source ON source.id = rejected_record.source_id
      ORDER BY rejected_record.source_id, rejected_record.position LIMIT $1
      """, [.int(limit)]
    ) { ($0.text(0), $0.int(1), $0.text(2)) }
  }

  private static let columns = """
    id, path, fingerprint, generation, state, problem, records, usable, repeated, rejected, read_at
    """

  private static func decode(_ row: Row) throws -> SourceRow {
    SourceRow(
      id: row.int64(0), path: row.text(1), fingerprint: row.optionalText(2), generation: row.int(3),
      state: try row.value(4, as: SourceState.self), problem: row.optionalText(5),
      counts: .init(records: row.int(6), usable: row.int(7), repeated: row.int(8), rejected: row.int(9)),
      readAt: row.optionalTime(10))
  }
}

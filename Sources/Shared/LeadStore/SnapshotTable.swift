package import Database
import Foundation
package import Leads
package import Timekeeping

/// One reading of the CRM, or the failure of one.
package struct SnapshotRow: Sendable, Equatable {
  package var id: Int64
  package var cycleID: Int64
  package var beganAt: Timestamp
  package var verdict: SnapshotVerdict
  package var reason: String?
  /// Nil when the reading failed.
  package var stock: Stock?
}

/// Readings of the CRM, kept for ever: `stock_snapshot`.
package enum SnapshotTable {
  /// Keeps a reading, not judged yet. Returns its id.
  package static func add(_ stock: Stock, cycle: Int64, in transaction: Transaction) throws -> Int64 {
    let id = try transaction.first(
      """
      INSERT INTO stock_snapshot (cycle_id, began_at, verdict, total, available, reading)
      VALUES ($1, $2, 'unjudged', $3, $4, $5) RETURNING id
      """,
      [
        .integer(cycle), .time(stock.takenAt), .int(stock.total), .int(stock.available),
        .text(try StoredJSON.encode(stock)),
      ]
    ) { $0.int64(0) }
    guard let id else { preconditionFailure("INSERT … RETURNING gave no row") }
    return id
  }

  /// Keeps the failure of a reading: no numbers, never zero.
  package static func addFailure(
    cycle: Int64, reason: String, now: Timestamp, in transaction: Transaction
  ) throws {
    try transaction.run(
      "INSERT INTO stock_snapshot (cycle_id, began_at, verdict, reason) VALUES ($1, $2, 'failed', $3)",
      [.integer(cycle), .time(now), .text(reason)])
  }

  package static func judge(
    _ id: Int64, _ verdict: SnapshotVerdict, reason: String?, in transaction: Transaction
  ) throws {
    try transaction.run(
      "UPDATE stock_snapshot SET verdict = $2, reason = $3 WHERE id = $1",
      [.integer(id), .text(verdict.rawValue), .optional(reason)])
  }

  package static func find(_ id: Int64, in transaction: Transaction) throws -> SnapshotRow? {
    try transaction.first("SELECT \(columns) WHERE id = $1", [.integer(id)], decode)
  }

  package static func lastAccepted(in transaction: Transaction) throws -> SnapshotRow? {
    try transaction.first("SELECT \(columns) WHERE verdict = 'accepted' ORDER BY id DESC LIMIT 1", [], decode)
  }

  /// The last accepted reading that began within this time, its end excluded.
  package static func lastAccepted(within time: Range<Timestamp>, in transaction: Transaction) throws -> SnapshotRow? {
    try transaction.first(
      """
      SELECT \(columns) WHERE verdict = 'accepted' AND began_at >= $1 AND began_at < $2
      ORDER BY began_at DESC, id DESC LIMIT 1
      """, [.time(time.lowerBound), .time(time.upperBound)], decode)
  }

  /// The readings held since the last accepted one, oldest first, at most the last 100.
  package static func heldSinceAccepted(in transaction: Transaction) throws -> [SnapshotRow] {
    try transaction.query(
      """
      SELECT \(columns) WHERE verdict = 'held'
        AND id > COALESCE((SELECT max(id) FROM stock_snapshot WHERE verdict = 'accepted'), 0)
      ORDER BY id DESC LIMIT 100
      """, [], decode
    ).reversed()
  }

  /// The snapshots of one cycle, oldest first.
  package static func list(ofCycle cycle: Int64, in transaction: Transaction) throws -> [SnapshotRow] {
    try transaction.query("SELECT \(columns) WHERE cycle_id = $1 ORDER BY id", [.integer(cycle)], decode)
  }

  private static let columns = "id, cycle_id, began_at, verdict, reason, reading FROM stock_snapshot"

  private static func decode(_ row: Row) throws -> SnapshotRow {
    SnapshotRow(
      id: row.int64(0), cycleID: row.int64(1), beganAt: row.time(2),
      verdict: try row.value(3, as: SnapshotVerdict.self),
      reason: row.optionalText(4), stock: try row.optionalText(5).map { try StoredJSON.decode(Stock.self, from: $0) })
  }
}

/// JSON in text columns: keys sorted, so that equal values are equal texts.
enum StoredJSON {
  static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch {
      throw LeadStoreError.unreadable("a \(type)")
    }
  }
}

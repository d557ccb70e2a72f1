package import Database
import Foundation
package import Timekeeping

/// The append-only, hash-chained record of every decision and every manual action: `audit`, guarded by `audit_head`.
package enum AuditTable {
  /// Appends one entry inside the transaction of what it records. The head is read and written in it, so that two writers
  /// cannot fork the chain.
  ///
  /// A manual action needs the person as `actor` and a `reason` in `detail`; without them the program stops.
  package static func append(
    _ action: AuditAction, subject: String, detail: [String: any Encodable & Sendable] = [:], actor: String,
    now: Timestamp, in transaction: Transaction
  ) throws {
    precondition(
      !action.isManual || (Self.says(actor) && Self.says(detail["reason"] as? String)),
      "a manual action says who did it and why")
    let head = try transaction.first(
      "SELECT entry_id, hash FROM audit_head WHERE id = 1" + transaction.lockRow
    ) { (id: $0.int64(0), hash: $0.text(1)) }
    guard let head else { throw LeadStoreError.unreadable("no head of the audit trail") }
    var entry = AuditEntry(
      id: head.id + 1, at: now, actor: actor, action: action.rawValue, subject: subject, detail: try json(detail),
      previousHash: head.hash, hash: "")
    entry.hash = entry.expectedHash
    try transaction.run(
      """
      INSERT INTO audit (id, at, actor, action, subject, detail, previous_hash, hash)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
      """,
      [
        .integer(entry.id), .time(entry.at), .text(entry.actor), .text(entry.action), .text(entry.subject),
        .text(entry.detail), .text(entry.previousHash), .text(entry.hash),
      ])
    try transaction.run(
      "UPDATE audit_head SET entry_id = $1, hash = $2 WHERE id = 1", [.integer(entry.id), .text(entry.hash)])
  }

  /// Up to `limit` entries after `id`, oldest first.
  package static func entries(after id: Int64, limit: Int, in transaction: Transaction) throws -> [AuditEntry] {
    try transaction.query(
      "SELECT \(columns) FROM audit WHERE id > $1 ORDER BY id LIMIT $2", [.integer(id), .int(limit)], decode)
  }

  /// The latest entry, as `audit_head` names it. Throws `unreadable` when the head is missing.
  package static func head(in transaction: Transaction) throws -> AuditAnchor {
    guard let head = try storedHead(in: transaction) else {
      throw LeadStoreError.unreadable("no head of the audit trail")
    }
    return head
  }

  /// Walks the whole chain in one reading: every entry's own hash, its link to the one before, no gap, and the head at the end.
  /// For short trails; a long one is walked page by page with `AuditWalk`.
  package static func verify(in transaction: Transaction) throws -> AuditVerdict {
    var walk = AuditWalk()
    while try walk.step(in: transaction) {}
    return walk.verdict
  }

  /// The head, or nil where somebody removed it.
  static func storedHead(in transaction: Transaction) throws -> AuditAnchor? {
    try transaction.first("SELECT entry_id, hash FROM audit_head WHERE id = 1") {
      AuditAnchor(entryID: $0.int64(0), hash: $0.text(1))
    }
  }

  static let columns = "id, at, actor, action, subject, detail, previous_hash, hash"

  /// As `entries`, and whether the texts of each are stored as they read: a stranger's tool can store bytes that are no text,
  /// which read as the replacement character, U+FFFD, as that character itself does.
  static func entriesAsStored(
    after id: Int64, limit: Int, in transaction: Transaction
  ) throws -> [(entry: AuditEntry, isText: Bool)] {
    let mayHoldAnyBytes = transaction.dialect == .sqlite
    return try transaction.query(
      "SELECT \(columns) FROM audit WHERE id > $1 ORDER BY id LIMIT $2", [.integer(id), .int(limit)]
    ) { row in
      let entry = decode(row)
      let texts = [(2, entry.actor), (3, entry.action), (4, entry.subject), (5, entry.detail)]
      let isText = texts.allSatisfy { column, text in
        // U+FFFD begins with this byte.
        !mayHoldAnyBytes || !text.utf8.contains(0xEF) || row.blob(column) == Array(text.utf8)
      }
      return (entry, isText)
    }
  }

  static func decode(_ row: Row) -> AuditEntry {
    AuditEntry(
      id: row.int64(0), at: row.time(1), actor: row.text(2), action: row.text(3), subject: row.text(4),
      detail: row.text(5), previousHash: row.text(6), hash: row.text(7))
  }

  private static func says(_ text: String?) -> Bool { text?.contains { !$0.isWhitespace } ?? false }

  private static func json(_ detail: [String: any Encodable & Sendable]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(detail.mapValues(AnyEncodable.init)), as: UTF8.self)
  }

  private struct AnyEncodable: Encodable {
    let value: any Encodable
    init(_ value: any Encodable & Sendable) { self.value = value }
    func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
  }
}

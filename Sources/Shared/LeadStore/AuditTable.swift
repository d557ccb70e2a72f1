package import Database
import Foundation
package import Timekeeping

/// One entry of the audit trail.
package struct AuditEntry: Sendable, Equatable {
  package var id: Int64
  package var at: Timestamp
  /// The program and process, or the person, that acted.
  package var actor: String
  package var action: AuditAction.RawValue
  /// What it was done to, such as `cycle 7`.
  package var subject: String
  /// JSON, keys sorted; free of lead data.
  package var detail: String
  package var previousHash: String
  package var hash: String

  /// SHA-256 over every other field, each preceded by its length, so that no two entries read alike.
  var expectedHash: String {
    let fields = [
      previousHash, String(id), String(at.milliseconds), actor, action, subject, detail,
    ]
    return SHA256.hexadecimal(of: fields.map { "\($0.utf8.count):\($0)" }.joined(separator: ","))
  }
}

/// What can be done. Decisions, upload results and manual actions only: job transitions are in `job_event`.
package enum AuditAction: String, Sendable, CaseIterable {
  case crmBound = "crm_bound"
  case crmRebound = "crm_rebound"
  case sourceRead = "source_read"
  case cycleStarted = "cycle_started"
  case cycleFinished = "cycle_finished"
  case cycleFailed = "cycle_failed"
  case readingHeld = "reading_held"
  case stockAccepted = "stock_accepted"
  case planCommitted = "plan_committed"
  case batchAnswered = "batch_answered"
  case batchReadBack = "batch_read_back"
  case batchReleased = "batch_released"
  case batchSettled = "batch_settled"
  case clockSetBack = "clock_set_back"
  case cooldownCleared = "cooldown_cleared"
  case trackingImported = "tracking_imported"
  case jobCancelled = "job_cancelled"
  case jobsCancelled = "jobs_cancelled"
  case jobRetried = "job_retried"
  case jobsRetried = "jobs_retried"
  case queuePaused = "queue_paused"
  case queueResumed = "queue_resumed"
  case kindPaused = "kind_paused"
  case kindResumed = "kind_resumed"
}

/// What `audit verify` found.
package struct AuditVerdict: Sendable, Equatable {
  package var entries: Int64
  /// The first entry that is not what it was, and how that shows; nil when the chain is whole.
  package var firstBreak: Break?

  package struct Break: Sendable, Equatable {
    package var entryID: Int64
    package var reason: String
  }
}

/// The append-only, hash-chained record of every decision and every manual action: `audit`, guarded by `audit_head`.
package enum AuditTable {
  /// Appends one entry inside the transaction of what it records. The head is read and written in it, so that two writers
  /// cannot fork the chain.
  package static func append(
    _ action: AuditAction, subject: String, detail: [String: any Encodable & Sendable] = [:], actor: String,
    now: Timestamp, in transaction: Transaction
  ) throws {
    let head = try transaction.first(
      "SELECT entry_id, hash FROM audit_head WHERE id = 1" + transaction.dialect.lockRow
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
      """
      SELECT id, at, actor, action, subject, detail, previous_hash, hash FROM audit WHERE id > $1 ORDER BY id LIMIT $2
      """, [.integer(id), .int(limit)]
    ) {
      AuditEntry(
        id: $0.int64(0), at: $0.time(1), actor: $0.text(2), action: $0.text(3), subject: $0.text(4),
        detail: $0.text(5), previousHash: $0.text(6), hash: $0.text(7))
    }
  }

  /// Walks the whole chain: every entry's own hash, its link to the one before, no gap, and the head at the end.
  package static func verify(in transaction: Transaction) throws -> AuditVerdict {
    var last = (id: Int64(0), hash: String(repeating: "0", count: 64))
    while true {
      let page = try entries(after: last.id, limit: 1000, in: transaction)
      for entry in page {
        if let reason = fault(of: entry, after: last) {
          return AuditVerdict(entries: last.id, firstBreak: .init(entryID: entry.id, reason: reason))
        }
        last = (entry.id, entry.hash)
      }
      if page.isEmpty { break }
    }
    let head = try transaction.first("SELECT entry_id, hash FROM audit_head WHERE id = 1") {
      (id: $0.int64(0), hash: $0.text(1))
    }
    return AuditVerdict(entries: last.id, firstBreak: headFault(head, last: last))
  }

  private static func headFault(
    _ head: (id: Int64, hash: String)?, last: (id: Int64, hash: String)
  ) -> AuditVerdict.Break? {
    guard let head else { return .init(entryID: last.id, reason: "the head of the trail is missing") }
    if head.id > last.id { return .init(entryID: last.id + 1, reason: "entries up to \(head.id) are missing") }
    if head.id < last.id { return .init(entryID: head.id + 1, reason: "it was added behind the head of the trail") }
    return head.hash == last.hash ? nil : .init(entryID: last.id, reason: "the head of the trail names another entry")
  }

  private static func fault(of entry: AuditEntry, after last: (id: Int64, hash: String)) -> String? {
    if entry.id != last.id + 1 { return "entries \(last.id + 1) to \(entry.id - 1) are missing" }
    if entry.previousHash != last.hash { return "it does not continue entry \(last.id)" }
    if entry.hash != entry.expectedHash { return "its content was changed" }
    return nil
  }

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

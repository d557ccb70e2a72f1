import Database
import Synchronization
import Timekeeping

/// The least that a hash-chained entry costs: one SHA-256 and two statements. It keeps the head of the chain in memory, as only
/// the single writer of a store could.
final class RawAuditTable: Sendable {
  private static let detail = #"{"created":480,"duplicate":15,"rejected":5}"#

  private struct Head {
    var id: Int64 = 0
    var hash = String(repeating: "0", count: 64)
  }

  private let head = Mutex(Head())

  /// Appends one entry whose text is known beforehand.
  func append(at now: Timestamp, in transaction: Transaction) throws {
    let previous = head.withLock { $0 }
    let id = previous.id + 1
    let hash = SHA256.hexadecimal(
      of: "\(previous.hash),\(id),\(now.milliseconds),lead-worker 00000000,batch_settled,batch 1048576,\(Self.detail)")
    try transaction.run(
      """
      INSERT INTO audit (id, at, actor, action, subject, detail, previous_hash, hash)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
      """,
      [
        .integer(id), .time(now), .text("lead-worker 00000000"), .text("batch_settled"), .text("batch 1048576"),
        .text(Self.detail), .text(previous.hash), .text(hash),
      ])
    try transaction.run(
      "UPDATE audit_head SET entry_id = $1, hash = $2 WHERE id = 1", [.integer(id), .text(hash)])
    head.withLock { $0 = Head(id: id, hash: hash) }
  }
}

import Database
import LeadStore
import Leads
import Timekeeping

/// Takes what a tracking file says over into the store: leads that must never be uploaded again, and what counts
/// against limits and cooldown. Doing it again changes nothing.
struct TrackingImport: Sendable {
  /// Leads in one transaction.
  private static let chunk = 1000

  struct Result: Sendable, Equatable {
    var imported = 0
    /// Known to the store already, as uploaded or in a batch.
    var known = 0
    var days = 0
    var daysKnown = 0
    var isCooldownTaken = false

    var changedAnything: Bool { imported > 0 || days > 0 || isCooldownTaken }
  }

  let store: Store
  let path: String
  let reason: String
  let actor: String
  let calendar: BusinessCalendar
  let now: Timestamp
  /// Told how many leads were taken over so far.
  let progress: @Sendable (Int) -> Void

  func run(_ content: TrackingContent) async throws -> Result {
    var result = Result()
    let keys = content.keys
    for start in stride(from: 0, to: keys.count, by: Self.chunk) {
      let part = Array(keys[start..<min(start + Self.chunk, keys.count)])
      let imported = try await store.write { [self] transaction in
        let imported = try part.count { try CatalogTable.putUploaded(key: $0, now: now, in: transaction) }
        // With each part, so that none is without who and why, wherever the import breaks off.
        if imported > 0 { try audit(["imported": imported, "from": start], in: transaction) }
        return imported
      }
      result.imported += imported
      result.known += part.count - imported
      progress(start + part.count)
    }
    let (days, lastUpload, unusable) = (content.days, content.lastUpload, content.unusable.count)
    return try await store.write(.power) { [self, result] transaction in
      var result = result
      try takeOver(days, lastUpload, &result, in: transaction)
      guard result.changedAnything else { return result }
      try audit(
        [
          "total": result.imported, "known": result.known, "unusable": unusable, "days": result.days,
          "cooldown": result.isCooldownTaken,
        ], in: transaction)
      return result
    }
  }

  private func audit(_ detail: [String: any Encodable & Sendable], in transaction: Transaction) throws {
    try Desk.audit(
      .trackingImported, subject: path, reason: reason, detail: detail, actor: actor, now: now, in: transaction)
  }

  /// Days of which the store knows nothing yet; the last upload only if its day is one of them and it is not in the
  /// future.
  private func takeOver(
    _ days: [String: Int], _ lastUpload: Timestamp?, _ result: inout Result, in transaction: Transaction
  ) throws {
    let lastDay = lastUpload.map(calendar.day(of:))
    let isLastDayKnown = try lastDay.map { try QuotaTable.knows(day: $0, in: transaction) } ?? true
    for (day, count) in days.sorted(by: { $0.key < $1.key }) {
      if try QuotaTable.adopt(day: day, created: count, now: now, in: transaction) {
        result.days += 1
      } else {
        result.daysKnown += 1
      }
    }
    guard let lastUpload, let lastDay, !isLastDayKnown, lastUpload <= now else { return }
    // From now on the store knows that day, so that the cooldown can be cleared and stays so.
    _ = try QuotaTable.adopt(day: lastDay, created: 0, now: now, in: transaction)
    result.isCooldownTaken = try CooldownTable.adopt(lastRequestAt: lastUpload, in: transaction)
  }
}

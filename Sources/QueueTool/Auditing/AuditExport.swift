import Database
import LeadStore
import Operations
import Timekeeping

/// The audit trail as NDJSON, a page at a time.
struct AuditExport: Sendable {
  /// Entries in one reading, and in one write.
  private static let page = 1000

  let store: Store
  let filter: AuditTable.Filter
  /// Only entries after this one.
  let after: Int64
  let time: ShownTime

  /// Hands the lines to `write`, with their newlines. Returns how many.
  func run(_ write: (String) throws -> Void) async throws -> Int {
    var (count, last) = (0, after)
    while true {
      let page = try await store.read { [filter, last] in
        try AuditTable.entries(filter, after: last, limit: Self.page, in: $0)
      }
      guard let end = page.last else { return count }
      try write(page.reduce(into: "") { $0 += line($1) + "\n" })
      count += page.count
      last = end.id
    }
  }

  /// One entry as one JSON object. `at_ms` and the decoded `detail` are what the hash is made of.
  func line(_ entry: AuditEntry) -> String {
    let members = [
      "\"entry\":\(entry.id)", "\"at\":" + JSONValue.quoted(time.full(entry.at)), "\"at_ms\":\(entry.at.milliseconds)",
      "\"actor\":" + JSONValue.quoted(entry.actor), "\"action\":" + JSONValue.quoted(entry.action),
      "\"subject\":" + JSONValue.quoted(entry.subject), "\"detail\":" + JSONValue.quoted(entry.detail),
      "\"previous_hash\":" + JSONValue.quoted(entry.previousHash), "\"hash\":" + JSONValue.quoted(entry.hash),
    ]
    return "{" + members.joined(separator: ",") + "}"
  }
}

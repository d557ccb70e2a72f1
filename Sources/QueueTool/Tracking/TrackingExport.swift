import Database
import LeadStore
import Leads
import Operations
import Timekeeping

/// Writes what the store knows as uploaded in the shape of the replaced script's tracking file, page by page, and besides the
/// counts of all days, `daily_uploads`, which the script does not know and passes over.
struct TrackingExport: Sendable {
  private static let page = 1000
  private static let daysMax = 40_000

  let store: Store

  /// Hands the text to `write` piece by piece. Returns how many leads it holds.
  func run(_ write: (String) throws -> Void) async throws -> Int {
    try write("{\n  \"uploaded_npis\": [")
    var last: Int64 = 0
    var count = 0
    while true {
      let page = try await store.read { [last] in
        try CatalogTable.uploadedKeys(after: last, limit: Self.page, in: $0)
      }
      guard let end = page.last else { break }
      let lines = page.map { "\n    " + JSONValue.quoted(Self.written($0.key.rawValue)) }
      try write((count == 0 ? "" : ",") + lines.joined(separator: ","))
      count += page.count
      last = end.id
    }
    let (days, lastUpload) = try await store.read { transaction in
      (try QuotaTable.list(limit: Self.daysMax, in: transaction), try CooldownTable.lastRequest(in: transaction))
    }
    try write(count == 0 ? "],\n" : "\n  ],\n")
    let counts = days.reversed().map { "\n    \(JSONValue.quoted($0.day)): \($0.created)" }.joined(separator: ",")
    try write("  \"daily_uploads\": {" + counts + (days.isEmpty ? "},\n" : "\n  },\n"))
    try write("  \"daily_upload_count\": \(days.first?.created ?? 0),\n")
    try write("  \"last_upload_date\": \(days.first.map { JSONValue.quoted($0.day) } ?? "null"),\n")
    try write("  \"last_upload_time\": \(lastUpload.map(Self.seconds) ?? "0")\n}\n")
    return count
  }

  /// Seconds since 1970 with fraction, as Python's `time.time()` gives them.
  private static func seconds(_ moment: Timestamp) -> String {
    let fraction = String(moment.milliseconds % 1000)
    return "\(moment.milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
  }

  /// An NPI as its ten digits, any other key as it is.
  private static func written(_ key: String) -> String { key.hasPrefix("npi:") ? String(key.dropFirst(4)) : key }
}

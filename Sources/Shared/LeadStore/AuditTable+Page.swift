package import Database
import Timekeeping

/// Reading page by page, newest first, at a bounded cost.
extension AuditTable {
  /// Some entries, and where to go on.
  package struct Page: Sendable, Equatable {
    /// Newest first; may be none although there is more to look at.
    package var entries: [AuditEntry]
    /// Go on with entries before this one; nil: all were looked at.
    package var next: Int64?
  }

  /// How many entries one page looks at.
  package static let pageWindow: Int64 = 20_000

  /// The newest `limit` entries before `id` (nil: from the end) that the filter means, among the next `pageWindow` of them.
  /// With `filter.until` it begins at that time, found by halving; where clocks were set back, entries near it may be passed
  /// over.
  package static func page(
    _ filter: Filter, before id: Int64?, limit: Int, in transaction: Transaction
  ) throws -> Page {
    let newest = try head(in: transaction).entryID
    var end = min(id ?? newest + 1, newest + 1)
    if id == nil, let until = filter.until { end = try firstEntry(since: until, newest: newest, in: transaction) }
    let start = max(0, end - pageWindow - 1)
    let entries = try latest(filter, between: start, end, limit: limit, in: transaction)
    if entries.count == limit, let last = entries.last { return Page(entries: entries, next: last.id) }
    if let since = filter.since, let oldest = try moment(of: start + 1, in: transaction), oldest < since {
      return Page(entries: entries, next: nil)
    }
    return Page(entries: entries, next: start > 0 ? start + 1 : nil)
  }

  /// The first entry written at `time` or later, by halving; one after the newest when there is none.
  private static func firstEntry(
    since time: Timestamp, newest: Int64, in transaction: Transaction
  ) throws -> Int64 {
    var (low, high) = (Int64(1), newest + 1)
    while low < high {
      let middle = low + (high - low) / 2
      if let at = try moment(of: middle, in: transaction), at < time { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private static func moment(of id: Int64, in transaction: Transaction) throws -> Timestamp? {
    try transaction.first("SELECT at FROM audit WHERE id = $1", [.integer(id)]) { $0.time(0) }
  }
}

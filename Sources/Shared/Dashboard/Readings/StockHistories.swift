import Database
import LeadStore
import Synchronization
import Timekeeping

/// The points of the charts, kept until the CRM is read again: what was read does not change.
final class StockHistories: Sendable {
  private struct Kept {
    var reading: Int64
    var at: Timestamp
    var points: [StockPoint]
  }

  private let kept = Mutex<[ChartRange: Kept]>([:])

  /// The points of a range that ends now; none before the first reading, which `reading` tells.
  func history(
    _ range: ChartRange, upTo reading: SnapshotRow?, now: Timestamp, in transaction: Transaction
  ) throws -> [StockPoint] {
    guard let reading else { return [] }
    let since = now - range.length
    if let found = kept.withLock({ $0[range] }), found.reading == reading.id, now >= found.at,
      now - found.at < .seconds(600)
    {
      return found.points.filter { $0.at >= since }
    }
    let points = try SnapshotTable.history(
      since: since, until: now + .seconds(1), step: range.step, in: transaction)
    kept.withLock { $0[range] = Kept(reading: reading.id, at: now, points: points) }
    return points
  }
}

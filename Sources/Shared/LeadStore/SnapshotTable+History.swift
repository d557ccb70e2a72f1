package import Database
package import Leads
package import Timekeeping

/// What one accepted reading said of the stock.
package struct StockPoint: Sendable, Equatable {
  package var at: Timestamp
  /// Workable leads.
  package var total: Int
  /// Available leads.
  package var available: PerClass<Int>
}

extension SnapshotTable {
  /// The stock over a span of time, oldest first: the last accepted reading of each step of `step`, so that there are at most
  /// as many as steps. Looks along an index at the readings of that time, and opens those chosen only.
  package static func history(
    since: Timestamp, until: Timestamp, step: Duration, in transaction: Transaction
  ) throws -> [StockPoint] {
    try transaction.query(
      """
      SELECT began_at, total, reading FROM stock_snapshot WHERE id IN (
        SELECT max(id) FROM stock_snapshot WHERE verdict = 'accepted' AND began_at >= $1 AND began_at < $2
        GROUP BY began_at / CAST($3 AS bigint))
      ORDER BY began_at
      """, [.time(since), .time(until), .integer(max(1, step.milliseconds))]
    ) { row in
      StockPoint(
        at: row.time(0), total: row.int(1),
        available: try StoredJSON.decode(AvailablePart.self, from: row.text(2)).availablePerClass)
    }
  }

  /// When the CRM was last read with success; nil: never.
  package static func lastAcceptedTime(in transaction: Transaction) throws -> Timestamp? {
    try transaction.first(
      "SELECT began_at FROM stock_snapshot WHERE verdict = 'accepted' ORDER BY id DESC LIMIT 1"
    ) { $0.time(0) }
  }
}

/// The part of a `Stock` that a chart needs.
private struct AvailablePart: Decodable {
  var availablePerClass: PerClass<Int>
}

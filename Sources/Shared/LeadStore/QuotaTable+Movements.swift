package import Database

/// What the ledger says was done with one day's limit.
package struct DailyMovement: Sendable, Equatable {
  /// YYYY-MM-DD in the configured zone.
  package var day: String
  /// Leads for which room was taken on this day: planned for it, or sent on it and planned for another one.
  package var reserved = 0
  /// Reservations that ended as leads in the CRM.
  package var created = 0
  package var duplicates = 0
  package var rejected = 0
  /// Given back to the catalog unsent.
  package var released = 0
  /// Sent on another day than planned: they count there.
  package var movedAway = 0
  /// Uploads of the replaced script, never reserved.
  package var imported = 0

  package init(day: String) {
    self.day = day
  }

  /// Reservations that were given back, for whatever reason.
  package var refunded: Int { duplicates + rejected + released + movedAway }

  /// What the day's counter must say.
  package var count: DailyCount {
    DailyCount(
      day: day, created: created + imported, reserved: reserved - created - refunded, duplicates: duplicates,
      rejected: rejected)
  }
}

/// The counters are the ledger's sums, kept for the planner; here they are added up anew.
extension QuotaTable {
  /// More days than anybody keeps a store.
  private static let daysMax = 40_000

  /// The movements of all days from `day` on, oldest first. Reads the ledger's lines of these days, no others.
  package static func movements(since day: String = "", in transaction: Transaction) throws -> [DailyMovement] {
    var movements: [String: DailyMovement] = [:]
    try transaction.forEachRow(
      """
      SELECT day, entry, sum(amount) FROM ledger WHERE day IS NOT NULL AND day >= $1
      GROUP BY day, entry ORDER BY day, entry LIMIT $2
      """, [.text(day), .int(daysMax * LedgerEntry.allCases.count)]
    ) { row in
      let (day, entry, amount) = (row.text(0), try row.value(1, as: LedgerEntry.self), row.int(2))
      movements[day, default: DailyMovement(day: day)].add(amount, entry)
    }
    try transaction.forEachRow(
      """
      SELECT detail, sum(amount) FROM ledger WHERE entry = 'moved' AND detail >= $1
      GROUP BY detail ORDER BY detail LIMIT $2
      """, [.text(day), .int(daysMax)]
    ) { row in
      movements[row.text(0), default: DailyMovement(day: row.text(0))].movedAway += row.int(1)
    }
    return movements.values.sorted { $0.day < $1.day }
  }

  /// The days whose counter is not what the ledger adds up to, oldest first; a day that one of them lacks has nothing there.
  /// Empty in a store that only these programs have written.
  package static func disagreements(
    in transaction: Transaction
  ) throws -> [(counter: DailyCount, ledger: DailyCount)] {
    let counters = try list(limit: daysMax, in: transaction)
    let counted = Dictionary(uniqueKeysWithValues: counters.map { ($0.day, $0) })
    let summed = Dictionary(uniqueKeysWithValues: try movements(in: transaction).map { ($0.day, $0.count) })
    return Set(counted.keys).union(summed.keys).sorted().compactMap { day in
      let pair = (counter: counted[day] ?? DailyCount(day: day), ledger: summed[day] ?? DailyCount(day: day))
      return pair.counter == pair.ledger ? nil : pair
    }
  }
}

extension DailyMovement {
  fileprivate mutating func add(_ amount: Int, _ entry: LedgerEntry) {
    switch entry {
    case .reserved, .moved: reserved += amount
    case .created: created += amount
    case .duplicate: duplicates += amount
    case .rejected: rejected += amount
    case .released: released += amount
    case .imported: imported += amount
    // Of requests, which move no quota.
    case .intended, .notSent, .notProcessed, .unknown, .absent: break
    // The day on which it was created stays as full as it was.
    case .requeued: break
    }
  }
}

package import Database
package import Timekeeping

/// One day's count of uploads.
package struct DailyCount: Sendable, Equatable, Codable {
  /// YYYY-MM-DD in the configured zone.
  package var day: String
  package var created: Int
  /// In flight, unknown, or planned for that day.
  package var reserved: Int
  package var duplicates: Int
  package var rejected: Int

  package init(day: String, created: Int = 0, reserved: Int = 0, duplicates: Int = 0, rejected: Int = 0) {
    self.day = day
    self.created = created
    self.reserved = reserved
    self.duplicates = duplicates
    self.rejected = rejected
  }

  /// What counts against the daily limit.
  package var used: Int { created + reserved }
}

/// The daily limit's ledger in brief: `daily_counter`. It changes in the transactions that change the leads it counts.
package enum QuotaTable {
  /// The count of a day, its row locked until the transaction ends: the guard of the daily limit.
  package static func count(of day: String, in transaction: Transaction) throws -> DailyCount {
    try transaction.first(
      "SELECT day, created, reserved, duplicates, rejected FROM daily_counter WHERE day = $1"
        + transaction.lockRow,
      [.text(day)], decode) ?? DailyCount(day: day)
  }

  /// Newest day first.
  package static func list(limit: Int, in transaction: Transaction) throws -> [DailyCount] {
    try transaction.query(
      "SELECT day, created, reserved, duplicates, rejected FROM daily_counter ORDER BY day DESC LIMIT $1",
      [.int(limit)], decode)
  }

  /// Takes over what the replaced script uploaded on a day of which the store knows nothing yet. False, with nothing
  /// changed, when it knows the day.
  package static func adopt(day: String, created: Int, now: Timestamp, in transaction: Transaction) throws -> Bool {
    let added = try transaction.run(
      "INSERT INTO daily_counter (day, created) VALUES ($1, $2) ON CONFLICT DO NOTHING", [.text(day), .int(created)])
    guard added == 1 else { return false }
    if created > 0 {
      try LedgerTable.append(
        LedgerLine(at: now, entry: .imported, batchID: nil, amount: created, day: day), in: transaction)
    }
    return true
  }

  /// Whether the store has counted anything on this day.
  package static func knows(day: String, in transaction: Transaction) throws -> Bool {
    try transaction.first("SELECT 1 FROM daily_counter WHERE day = $1", [.text(day)]) { $0.int(0) } != nil
  }

  /// Adds `change`, whose numbers may be negative, to a day. The schema refuses a count below zero.
  static func add(_ change: DailyCount, in transaction: Transaction) throws {
    try transaction.run("INSERT INTO daily_counter (day) VALUES ($1) ON CONFLICT DO NOTHING", [.text(change.day)])
    try transaction.run(
      """
      UPDATE daily_counter SET created = created + $2, reserved = reserved + $3, duplicates = duplicates + $4,
        rejected = rejected + $5
      WHERE day = $1
      """,
      [
        .text(change.day), .int(change.created), .int(change.reserved), .int(change.duplicates), .int(change.rejected),
      ])
  }

  private static func decode(_ row: Row) -> DailyCount {
    DailyCount(
      day: row.text(0), created: row.int(1), reserved: row.int(2), duplicates: row.int(3), rejected: row.int(4))
  }
}

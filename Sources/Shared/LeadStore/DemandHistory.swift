package import Database
package import Leads
package import Planning
package import Timekeeping

/// What the store knows about how many leads agents took: the readings of the CRM at the ends of business days, and what we
/// created between them.
package struct DemandHistory: Sendable, Equatable {
  /// In order, without a gap between business days.
  package var days: [DayEnd]

  package init(days: [DayEnd]) {
    self.days = days
  }

  /// Leads taken per class and business day, from the day after the first reading on.
  package var uptake: PerClass<[DailyUptake]> { DailyUptake.series(days) }

  /// Looks at these business days, in order and over by `now`: two short queries a day. A day's last reading may come from
  /// the closed time after it.
  package static func read(days: [WorkDay], now: Timestamp, in transaction: Transaction) throws -> DemandHistory {
    var ends: [DayEnd] = []
    var lastReading: Timestamp?
    for (index, day) in days.enumerated() {
      let end = index + 1 < days.count ? days[index + 1].opening : max(now, day.closing)
      let reading = try SnapshotTable.lastAccepted(within: day.opening..<end, in: transaction)
      guard let reading, let stock = reading.stock else {
        ends.append(
          DayEnd(day: day.day, weekday: day.weekday, available: nil, arrivals: PerClass(repeating: 0)))
        continue
      }
      let arrivals = try lastReading.map {
        try BatchTable.createdPerClass(from: $0, until: stock.takenAt, in: transaction)
      }
      lastReading = stock.takenAt
      ends.append(
        DayEnd(
          day: day.day, weekday: day.weekday, available: stock.availablePerClass,
          arrivals: arrivals ?? PerClass(repeating: 0)))
    }
    return DemandHistory(days: ends)
  }
}

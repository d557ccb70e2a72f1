package import Database
package import Leads
package import Planning
package import Timekeeping

/// Reads from the store what a forecast rests on.
package struct ForecastReading: Sendable {
  private let policy: Policy
  private let rules: Policy.Forecasting
  private let calendar: BusinessCalendar
  private let sourcePaths: [String]

  /// `rules` also when `policy.forecasting` is nil, since a forecast is shown before it is planned by.
  package init(
    policy: Policy, rules: Policy.Forecasting, calendar: BusinessCalendar, sourcePaths: [String]
  ) {
    self.policy = policy
    self.rules = rules
    self.calendar = calendar
    self.sourcePaths = sourcePaths
  }

  /// One short reading transaction; fitting the models takes some tens of milliseconds more, outside of it.
  package func report(now: Timestamp, from store: Store) async throws -> ForecastReport {
    let past = calendar.workDays(until: now, count: ClassForecast.daysMax + 1)
    let ahead = calendar.workDays(from: now, count: ForecastReport.horizonDays)
    let (history, stock, sources) = try await store.read { [sourcePaths] transaction in
      (
        try DemandHistory.read(days: past, now: now, in: transaction), try Self.stock(in: transaction),
        try Self.sources(sourcePaths, in: transaction)
      )
    }
    return ForecastReport(
      uptake: history.uptake, stock: stock, sources: sources, policy: policy, rules: rules, ahead: ahead, now: now)
  }

  /// Available leads by the last accepted reading, with ours in flight; 0 before the first one.
  package static func stock(in transaction: Transaction) throws -> PerClass<Int> {
    guard let snapshot = try SnapshotTable.lastAccepted(in: transaction), let reading = snapshot.stock else {
      return PerClass(repeating: 0)
    }
    let inFlight = try BatchTable.inFlight(since: snapshot.beganAt, in: transaction)
    return reading.availablePerClass.map { $1 + inFlight[$0] }
  }

  /// The configured sources in order, each with the new leads that it holds.
  package static func sources(
    _ paths: [String], in transaction: Transaction
  ) throws -> [(name: String, supply: Int)] {
    try paths.compactMap { path in
      guard let source = try SourceTable.find(path: path, in: transaction) else { return nil }
      return (path, try CatalogTable.supply(sources: [source.id], in: transaction).sum)
    }
  }
}

package import Database
package import Leads
package import Planning
package import Timekeeping

/// Reads from the store what a forecast rests on. Asks neither the CRM nor the sources.
package struct ForecastReading: Sendable {
  private let calendar: BusinessCalendar
  private let policy: Policy
  private let rules: Policy.Forecasting
  private let sourcePaths: [String]

  /// `rules`: how the reorder levels are found, whether plans go by them or not. `sourcePaths`: files, in order.
  package init(calendar: BusinessCalendar, policy: Policy, rules: Policy.Forecasting, sourcePaths: [String]) {
    self.calendar = calendar
    self.policy = policy
    self.rules = rules
    self.sourcePaths = sourcePaths
  }

  /// The forecast as of `now`: two short queries for each of `ClassForecast.daysMax` days.
  package func report(now: Timestamp, in transaction: Transaction) throws -> ForecastReport {
    let past = calendar.workDays(until: now, count: ClassForecast.daysMax + 1)
    let ahead = calendar.workDays(from: now, count: ForecastReport.horizonDays)
    let history = try DemandHistory.read(days: past, now: now, in: transaction)
    return ForecastReport(
      uptake: history.uptake, stock: try Self.stock(in: transaction), sources: try sources(in: transaction),
      policy: policy, rules: rules, ahead: ahead, now: now)
  }

  /// Available leads by the last accepted reading, with ours in flight; 0 before the first one.
  package static func stock(in transaction: Transaction) throws -> PerClass<Int> {
    guard let snapshot = try SnapshotTable.lastAccepted(in: transaction), let reading = snapshot.stock else {
      return PerClass(repeating: 0)
    }
    let inFlight = try BatchTable.inFlight(since: snapshot.beganAt, in: transaction)
    return reading.availablePerClass.map { $1 + inFlight[$0] }
  }

  /// The sources in order, each with the new leads that it holds.
  private func sources(in transaction: Transaction) throws -> [(name: String, supply: Int)] {
    try sourcePaths.compactMap { path in
      guard let source = try SourceTable.find(path: path, in: transaction) else { return nil }
      return (path, try CatalogTable.supply(sources: [source.id], in: transaction).sum)
    }
  }
}

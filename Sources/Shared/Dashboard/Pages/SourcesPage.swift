import Database
import LeadStore
import Leads
import Planning
import Timekeeping

/// The source files: what they still hold, and for how long.
struct SourcesPage: Sendable {
  struct Source: Sendable {
    var path: String
    var badge: Badge
    var remaining: String
    var aPlus: String
    var a: String
    var b: String
    var lasts: String
    var band: String?
    var rejected: String
    var readAt: PageTime.Stamp?
    var problem: String?
  }

  var sources: [Source]
  var rotation: String
  var total: String
  var isLearning: Bool

  init(
    rules: DashboardOffice.Rules, forecast: ForecastReport?, time: PageTime, in transaction: Transaction
  ) throws {
    let rows = try SourceTable.list(in: transaction)
    let supply = try CatalogTable.supplyBySource(sources: rows.map(\.id), in: transaction)
    sources = rules.inOrder(rows).map { row in
      let left = supply[row.id] ?? PerClass(repeating: 0)
      let runOut = forecast?.sources.first { $0.name == row.path }?.runOut
      return Source(
        path: row.path, badge: Badge(row.state.rawValue, row.state.level), remaining: left.sum.grouped,
        aPlus: left.aPlus.grouped, a: left.a.grouped, b: left.b.grouped,
        lasts: left.sum == 0 ? "used up" : runOut.map(Self.days) ?? "not known yet",
        band: runOut.flatMap { $0.median == nil || left.sum == 0 ? nil : ForecastWords(time: time).band($0) },
        rejected: row.counts.rejected.grouped, readAt: row.readAt.map(time.stamp), problem: row.problem)
    }
    rotation = rules.rotation.replacing("_", with: " ")
    total = supply.values.reduce(0) { $0 + $1.sum }.grouped
    isLearning = forecast?.isTooShort ?? true
  }

  private static func days(_ runOut: ForecastReport.Times) -> String {
    guard let days = runOut.workingDays else { return "more than \(ForecastReport.horizonDays) business days" }
    return days.counted("business day")
  }
}

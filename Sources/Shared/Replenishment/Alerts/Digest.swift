package import Alerts
package import Database
package import LeadStore
package import Leads
import Planning
package import Timekeeping

/// The day's digest: stock, uploads and what is left of the limit, run-outs, open alerts, and the head of the audit trail as
/// an anchor outside of the store.
package struct Digest: Sendable {
  /// Alerts that are named; the others are counted.
  private static let alertsMax = 20

  private let policy: Policy
  private let calendar: BusinessCalendar
  private let forecast: ForecastReading

  package init(policy: Policy, calendar: BusinessCalendar, forecast: ForecastReading) {
    self.policy = policy
    self.calendar = calendar
    self.forecast = forecast
  }

  /// As of `now`.
  package func bulletin(now: Timestamp, in transaction: Transaction) throws -> Bulletin {
    let report = try forecast.report(now: now, in: transaction)
    let open = try AlertTable.list(limit: 1000, in: transaction).filter { $0.recoveredAt == nil }
    let day = calendar.clock.day(of: now)
    let state = open.isEmpty ? "all is well" : "\(open.count) open \(open.count == 1 ? "alert" : "alerts")"
    let alerts = open.prefix(Self.alertsMax).map {
      "- \($0.text). Since \(calendar.shortWords(for: $0.raisedAt, seenFrom: now)). [\($0.key.event.rawValue)]"
    }
    let anchor = try AuditTable.head(in: transaction)
    return Bulletin(
      kind: .digest, title: "\(BusinessCalendar.shortWords(for: day)): \(state)",
      lines: try ["Stock"] + stockLines(report, now: now, in: transaction)
        + ["", "Uploads"] + uploadLines(day, in: transaction)
        + ["", "Open alerts"] + (alerts.isEmpty ? ["- none"] : alerts)
        + (open.count > Self.alertsMax ? ["- and \(open.count - Self.alertsMax) more: lead-queue alerts"] : [])
        + [
          "", "Head of the audit trail, to be kept outside of the store:",
          "lead-queue audit verify --anchor \(anchor.entryID):\(anchor.hash)",
        ])
  }

  private func stockLines(
    _ report: ForecastReport, now: Timestamp, in transaction: Transaction
  ) throws -> [String] {
    guard let reading = try SnapshotTable.lastAccepted(in: transaction) else { return ["- never read yet"] }
    let classes = LeadClass.allCases.map { leadClass in
      let ofClass = report.classes[leadClass]
      let isLow = ofClass.stock < ofClass.minimum
      let runOut = ofClass.runOut?.words(by: calendar, seenFrom: now).map { "; runs out \($0)" } ?? ""
      return "- \(leadClass.rawValue): \(ofClass.stock), minimum \(ofClass.minimum)\(isLow ? ", LOW" : "")\(runOut)"
    }
    let left = report.sources.reduce(0) { $0 + $1.supply }
    let lasting = report.sources.last?.runOut?.words(by: calendar, seenFrom: now).map { "; used up \($0)" } ?? ""
    return classes + [
      "- sources: \(left) new leads\(lasting)",
      "- read \(calendar.shortWords(for: reading.beganAt, seenFrom: now))",
    ]
  }

  private func uploadLines(_ day: CivilDay, in transaction: Transaction) throws -> [String] {
    let today = try QuotaTable.count(of: day.description, in: transaction)
    let before = try QuotaTable.count(of: day.advanced(by: -1).description, in: transaction)
    let left = max(0, policy.maxDailyUploads - today.used)
    return [
      "- today: \(today.created) created, \(today.reserved) under way; \(left) of \(policy.maxDailyUploads) left",
      "- yesterday: \(before.created) created, \(before.duplicates) duplicates, \(before.rejected) rejected",
    ]
  }
}

import Database
import JobQueue
import LeadStore
import Leads
import Planning
import TestSupport
import Testing
import Timekeeping

@testable import Dashboard

@Suite("No page walks a table that grows")
struct ScanTests {
  /// Tables of which there may be a million rows.
  private static let large = [
    "job", "job_event", "lead", "batch_lead", "ledger", "audit", "batch", "plan", "stock_snapshot",
  ]

  /// Indexes of what is open alone, or ended at a limit by their statement.
  private static let open = ["job_waiting", "job_leased", "batch_lead_live", "stock_snapshot_accepted"]

  /// The statements whose plan walks one of them, other indexes included. A walk in the order of ids that ends at a limit is
  /// none.
  private static func walks(_ log: PlanLog) -> [String] {
    log.plans.flatMap { sql, plan in
      plan.filter { line in
        large.contains { line == "SCAN \($0)" || line.hasPrefix("SCAN \($0) ") }
          && !open.contains { line.hasSuffix("USING INDEX \($0)") }
          && !(sql.contains("ORDER BY id DESC LIMIT") && line.split(separator: " ").count == 2)
      }.map { "\($0): \(sql)" }
    }
  }

  @Test("overview, cycles, queue in every state, job, audit trail, sources, metrics, and the mark of changes")
  func plans() async throws {
    let place = try await StorePlace(.sqlite)
    let store = try await LeadStore.open(place.address(), now: Visit.start)
    try await store.write { transaction in
      try StoreIdentityTable.make("store", in: transaction)
      for queue in ["default", "upload"] { try JobTable.declareQueue(queue, in: transaction) }
      try Visit.furnish(transaction)
    }
    let log = try PlanLog(of: store)
    let transaction = log.transaction
    let calendar = try #require(BusinessCalendar(zone: "America/New_York"))
    let rules = DashboardOffice.Rules(
      policy: Policy(), forecasting: .init(), calendar: calendar, sourcePaths: ["leads.json"], rotation: "priority")
    let time = PageTime(calendar, now: Visit.start)
    let reading = try OverviewReading(
      rules: rules, moment: Moment(wall: Visit.start, bootID: nil, sinceBoot: nil), in: transaction)
    for range in ChartRange.allCases {
      _ = try StockHistories().history(range, upTo: reading.reading, now: Visit.start, in: transaction)
    }
    _ = try CyclesPage(before: 9, time: time, in: transaction)
    _ = try CyclePage(id: 1, time: time, in: transaction)
    for state in [nil] + JobState.allCases {
      _ = try QueuePage(state: state, finished: .init(), time: time, in: transaction)
    }
    _ = try JobPage(id: 1, explain: { _, _ in [] }, time: time, in: transaction)
    _ = try AuditPage(FormFields("actor=ada&since=2026-03-01&until=2026-04-01"), time: time, in: transaction)
    _ = try SourcesPage(rules: rules, forecast: nil, time: time, in: transaction)
    _ = try CycleTable.outcomes(ofLast: 100, in: transaction)
    _ = try JobTable.oldestAvailable(in: transaction)
    _ = try JobTable.finishedCounts(limit: 10, in: transaction)
    _ = try ChangeMarkTable.mark(in: transaction)
    #expect(log.plans.count > 60)
    #expect(Self.walks(log) == [])
    // It finds what it looks for.
    _ = try JobTable.counts(in: transaction)
    #expect(Self.walks(log).count == 1)
  }
}

import Foundation
import TestSupport
import Testing

@Suite("Limits and the cooldown")
struct LimitTests {
  private static let leads = InventedLead.file(InventedLead.leads(0..<600))

  @Test(
    "D5, D14: three schedulers and four workers with a daily limit of 250 and enough need: exactly 250", .onEachEngine)
  func crowd() async throws {
    try await Site.with(.sql) { site, crm in
      try site.configure(
        need: 2000, batchSize: 20,
        [
          "upload_controls.max_upload_per_run": "60", "upload_controls.max_daily_uploads": "250",
          "monitoring.check_interval_minutes": "0.01",
        ])
      try site.write(Self.leads, to: "config/leads.json")
      let workers = try (1...4).map { _ in try site.worker() }
      let schedulers = try (1...3).map { _ in try site.scheduler() }
      try await eventually("250 are up", within: .seconds(60), else: { site.everythingSaid }) {
        try site.number("SELECT sum(created) FROM daily_counter") >= 250
      }
      // And stays so, cycle after cycle, also when the leader goes.
      let cycles = try site.number("SELECT count(*) FROM cycle")
      schedulers[0].send(SIGTERM)
      try await eventually("three more cycles", within: .seconds(60), else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM cycle WHERE state <> 'running'") >= cycles + 3
      }
      for program in schedulers + workers { program.send(SIGTERM) }
      for program in schedulers + workers { #expect(try await program.exit() == 0) }
      let books = try site.requireBooksMatchCRM()
      #expect(books.created.count == 250)
      try await site.requireVerified()
      #expect(site.everythingSaid.contains("Daily upload limit reached"))
      // No two cycles at the same time, whoever ran them.
      let overlaps = try site.number(
        """
        SELECT count(*) FROM cycle a JOIN cycle b ON a.id < b.id
        WHERE b.started_at < COALESCE(a.finished_at, 9223372036854775807)
        """)
      #expect(overlaps == 0)
    }
  }

  @Test(
    "D14: two schedulers at once upload once; the second finds the cooldown or enough", .onEachEngine,
    arguments: Monitoring.allCases)
  func twoAtOnce(_ monitoring: Monitoring) async throws {
    try await Site.with(monitoring, crm: ["--leads", "0", "--pace", "60"]) { site, crm in
      try site.configure(
        need: 60, batchSize: 10,
        ["upload_controls.max_upload_per_run": "30", "upload_controls.min_time_between_uploads_hours": "1"])
      try site.write(Self.leads, to: "config/leads.json")
      async let first = site.once()
      async let second = site.once()
      let ended = try await [first, second]
      #expect(ended.allSatisfy { $0.status == 0 }, "\(ended)")
      let lasts = ended.map(\.last).sorted()
      #expect(
        lasts == [
          "Automated upload complete: 30 leads uploaded, 0 duplicates, 0 errors",
          "Upload blocked: Must wait 60 minutes",
        ])
      #expect(try site.requireBooksMatchCRM().created.count == 30)
    }
  }

  @Test("D4, D5: a run sends no more than its cap and than what remains of the day")
  func remainder() async throws {
    try await Site.with(.api) { site, crm in
      try site.configure(
        need: 100, batchSize: 50,
        ["upload_controls.max_upload_per_run": "20", "upload_controls.max_daily_uploads": "30"])
      try site.write(Self.leads, to: "config/leads.json")
      for expected in [20, 10] {
        let ended = try await site.once()
        #expect(ended.last == "Automated upload complete: \(expected) leads uploaded, 0 duplicates, 0 errors")
      }
      let ended = try await site.once()
      #expect(ended.last.hasPrefix("Daily upload limit reached"))
      #expect(ended.status == 0)
      #expect(try site.requireBooksMatchCRM().created.count == 30)
    }
  }

  @Test("D10: the day of the limit ends at midnight in New York, not at midnight UTC")
  func businessDay() async throws {
    try await Site.with(.api) { site, crm in
      try site.configure(need: 100, batchSize: 50, ["upload_controls.max_daily_uploads": "20"])
      try site.write(Self.leads, to: "config/leads.json")
      // In March 2026 New York is four hours behind UTC from the 8th on.
      let evening = try await site.once(environment: ["LEAD_NOW": "2026-03-09T23:59:00Z"])
      #expect(evening.last == "Automated upload complete: 20 leads uploaded, 0 duplicates, 0 errors")
      let afterMidnightUTC = try await site.once(environment: ["LEAD_NOW": "2026-03-10T00:30:00Z"])
      #expect(afterMidnightUTC.last.hasPrefix("Daily upload limit reached"))
      let beforeMidnight = try await site.once(environment: ["LEAD_NOW": "2026-03-10T03:58:00Z"])
      #expect(beforeMidnight.last.hasPrefix("Daily upload limit reached"))
      let afterMidnight = try await site.once(environment: ["LEAD_NOW": "2026-03-10T04:00:10Z"])
      #expect(afterMidnight.last == "Automated upload complete: 20 leads uploaded, 0 duplicates, 0 errors")
      let days = try site.texts("SELECT day || ' ' || created FROM daily_counter ORDER BY day")
      #expect(days == ["2026-03-09 20", "2026-03-10 20"])
      try site.requireBooksMatchCRM()
      // The shifted clock is shown loudly.
      #expect(site.log.contains("LEAD_NOW"))
    }
  }

  @Test("D10: a clock that jumps back neither opens the cooldown nor blocks for longer than once its length")
  func clockJumps() async throws {
    try await Site.with(.api) { site, crm in
      try site.configure(
        need: 100, batchSize: 50,
        ["upload_controls.max_upload_per_run": "20", "upload_controls.min_time_between_uploads_hours": "1"])
      try site.write(Self.leads, to: "config/leads.json")
      let complete = "Automated upload complete: 20 leads uploaded, 0 duplicates, 0 errors"
      #expect(try await site.once(environment: ["LEAD_NOW": "2026-03-10T12:00:00Z"]).last == complete)
      let halfAnHour = try await site.once(environment: ["LEAD_NOW": "2026-03-10T12:31:30Z"])
      #expect(halfAnHour.last.hasPrefix("Upload blocked: Must wait 29 minutes"))
      let yesterday = try await site.once(environment: ["LEAD_NOW": "2026-03-09T12:00:00Z"])
      #expect(yesterday.last == "Upload blocked: Must wait 60 minutes")
      let anHourLater = try await site.once(environment: ["LEAD_NOW": "2026-03-09T13:01:00Z"])
      #expect(anHourLater.last == complete)
      try site.requireBooksMatchCRM()
    }
  }

  @Test("D8: a stock above its target uploads nothing")
  func aboveTarget() async throws {
    try await Site.with(.api, crm: ["--leads", "80"]) { site, crm in
      try site.configure(need: 50, batchSize: 50)
      try site.write(Self.leads, to: "config/leads.json")
      let ended = try await site.once()
      #expect(ended.last == "Lead levels sufficient, no upload needed")
      #expect(try await crm.statistics().bulk_requests == 0)
    }
  }

  @Test("D7: closed leads do not count, and leads on desks are in the total and not available")
  func closedLeads() async throws {
    try await Site.with(.sql, crm: ["--leads", "40", "--closed-leads", "100"]) { site, crm in
      try site.configure(need: 60, batchSize: 50)
      try site.write(Self.leads, to: "config/leads.json")
      let ended = try await site.once()
      #expect(ended.lines.contains("Current metrics: 40 total, 40 available"))
      #expect(ended.last == "Automated upload complete: 20 leads uploaded, 0 duplicates, 0 errors")
    }
  }
}

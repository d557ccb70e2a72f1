import Foundation
import Leads
import TestSupport
import Testing
import Timekeeping

@testable import Operations

@Suite("What is suspicious in a configuration")
struct AdvisorTests {
  /// Monday 2026-11-30, noon in New York.
  private static let monday = Timestamp(milliseconds: 20_787 * 86_400_000 + 17 * 3_600_000)

  private func advice(
    files: [String: [String]]? = nil, hasCRMDatabase: Bool = false,
    reachable: Advisor.Reachable = .init(mail: true, slack: true), _ change: (inout Configuration) -> Void
  ) -> [Advice] {
    var configuration = Configuration()
    change(&configuration)
    let present = Dictionary(
      configuration.sourceManagement.sourceFiles.map { ($0, ["/data/\($0)"]) }, uniquingKeysWith: { $1 })
    return Advisor(
      configuration: configuration, now: Self.monday, sources: Advisor.Sources(files: files ?? present),
      hasCRMDatabase: hasCRMDatabase, reachable: reachable
    ).advice
  }

  @Test("The defaults give no cause for advice")
  func defaults() {
    #expect(advice { _ in } == [])
  }

  /// A slip, the key it is reported at, and the value that would mend it.
  struct Slip: Sendable, CustomTestStringConvertible {
    let key: String
    let remedy: Advice.Setting?
    let make: @Sendable (inout Configuration) -> Void

    init(_ key: String, _ remedy: Advice.Setting?, _ make: @escaping @Sendable (inout Configuration) -> Void) {
      self.key = key
      self.remedy = remedy
      self.make = make
    }

    var testDescription: String { "\(key) → \(remedy.map { "\($0)" } ?? "a person")" }

    static let stockAndLimits = [
      Slip(
        "lead_inventory_thresholds.target_total_leads",
        Advice.Setting("lead_inventory_thresholds.target_total_leads", .integer(165))
      ) { $0.leadThresholds.minTotalLeads = 140 },
      Slip(
        "lead_inventory_thresholds.min_total_leads",
        Advice.Setting("lead_inventory_thresholds.min_total_leads", .integer(50))
      ) {
        $0.leadThresholds.minTotalLeads = 0
        $0.leadThresholds.minPriorityLeads = PerClass(repeating: 0)
      },
      Slip(
        "business_rules.max_pool_leads_per_agent",
        Advice.Setting("business_rules.max_pool_leads_per_agent", .integer(15))
      ) { $0.businessRules.maxPoolLeadsPerAgent = 10 },
      Slip("planning.priority_mix.B", Advice.Setting("lead_inventory_thresholds.min_priority_leads.B", .integer(0))) {
        $0.planning.priorityMix = PerClass(aPlus: 0.4, a: 0.6, b: 0)
      },
      Slip("upload_controls.max_daily_uploads", Advice.Setting("upload_controls.max_daily_uploads", .integer(500))) {
        $0.uploadControls.maxDailyUploads = 0
      },
      Slip("upload_controls.min_upload_batch", Advice.Setting("upload_controls.min_upload_batch", .integer(20))) {
        $0.uploadControls.maxDailyUploads = 20
        $0.uploadControls.maxUploadPerRun = 25
        $0.crm.batchSize = 10
        $0.leadThresholds.minTotalLeads = 0
        $0.leadThresholds.targetTotalLeads = 20
      },
      Slip("upload_controls.max_upload_per_run", Advice.Setting("upload_controls.max_upload_per_run", .integer(500))) {
        $0.uploadControls.maxUploadPerRun = 600
      },
      Slip("upload_controls.max_daily_uploads", Advice.Setting("upload_controls.max_daily_uploads", .integer(950))) {
        $0.leadThresholds.targetTotalLeads = 1000
      },
      Slip(
        "upload_controls.min_time_between_uploads_hours",
        Advice.Setting("upload_controls.min_time_between_uploads_hours", .integer(1))
      ) { $0.uploadControls.minTimeBetweenUploads = .zero },
      Slip(
        "upload_controls.min_time_between_uploads_hours",
        Advice.Setting("upload_controls.min_time_between_uploads_hours", .integer(1))
      ) {
        $0.businessRules.respectBusinessHours = true
        $0.uploadControls.minTimeBetweenUploads = .seconds(8 * 3600)
      },
    ]

    static let requestsAndTime = [
      Slip("crm.batch_size", Advice.Setting("crm.batch_size", .integer(25))) { $0.uploadControls.maxUploadPerRun = 50 },
      // 100 requests at 10 a minute take 10 minutes; 50 are over within 5.
      Slip("crm.batch_size", Advice.Setting("crm.batch_size", .integer(2))) {
        $0.crm.batchSize = 1
        $0.crm.requestsPerMinute = 10
        $0.monitoring.checkInterval = .seconds(300)
      },
      Slip("crm.read_back_grace_seconds", Advice.Setting("crm.read_back_grace_seconds", .number(60))) {
        $0.crm.readBackGrace = .seconds(29)
      },
      Slip("crm.metrics", Advice.Setting("crm.metrics", .text("auto"))) { $0.crm.metrics = .postgres },
      Slip("worker.max_failures", Advice.Setting("worker.max_failures", .integer(8))) { $0.worker.maxFailures = 1 },
      Slip(
        "business_rules.respect_business_hours", Advice.Setting("business_rules.respect_business_hours", .boolean(true))
      ) { $0.businessRules.holidayCalendar = "us_federal" },
      Slip("monitoring.check_interval_minutes", Advice.Setting("monitoring.check_interval_minutes", .integer(30))) {
        $0.monitoring.checkInterval = .seconds(86_401)
      },
      Slip("monitoring.check_interval_minutes", Advice.Setting("monitoring.check_interval_minutes", .integer(30))) {
        $0.businessRules.respectBusinessHours = true
        $0.monitoring.checkInterval = .seconds(8 * 3600 + 1)
      },
      Slip("business_rules.holidays", Advice.Setting("business_rules.holidays", .list([.text("2026-12-24")]))) {
        $0.businessRules.respectBusinessHours = true
        $0.businessRules.holidays = ["2025-12-24", "2026-12-24"]
      },
      // A Saturday.
      Slip("business_rules.holidays", Advice.Setting("business_rules.holidays", .list([]))) {
        $0.businessRules.respectBusinessHours = true
        $0.businessRules.holidays = ["2026-12-26"]
      },
      Slip("business_rules.holiday_calendar", Advice.Setting("business_rules.holiday_calendar", .text("us_federal"))) {
        $0.businessRules.respectBusinessHours = true
        $0.businessRules.holidayCalendar = "office.txt"
        $0.businessRules.listedHolidays = [CivilDay(year: 2025, month: 12, day: 24): ""]
      },
      Slip("business_rules.holidays", nil) { configuration in
        configuration.businessRules.respectBusinessHours = true
        // Monday to Friday of two weeks from today on.
        configuration.businessRules.holidays = [0, 1, 2, 3, 4, 7, 8, 9, 10, 11].map {
          CivilDay(number: 20_787 + $0).description
        }
      },
      Slip(
        "source_management.cleanup_old_tracking", Advice.Setting("source_management.cleanup_old_tracking", .integer(60))
      ) {
        $0.planning.performanceWindowDays = 60
      },
      Slip("business_rules.geography.balance", Advice.Setting("business_rules.geography.balance", .boolean(true))) {
        $0.businessRules.territories = ["Islands": .list([.text("HI")])]
        $0.businessRules.minTerritoryShares = ["Islands": .number(0.3)]
      },
      Slip("planning.service_level", Advice.Setting("planning.service_level", .number(0.95))) {
        $0.planning.isForecasting = true
        $0.planning.serviceLevel = 0.995
      },
      Slip(
        "performance_thresholds.high_conversion_threshold",
        Advice.Setting("performance_thresholds.high_conversion_threshold", .number(0.15))
      ) { $0.performanceThresholds.highConversionThreshold = 0.05 },
      Slip("monitoring.alert_email", Advice.Setting("monitoring.enable_email_alerts", .boolean(false))) {
        $0.monitoring.enableEmailAlerts = true
      },
      Slip(
        "monitoring.alert_on",
        Advice.Setting(
          "monitoring.alert_on",
          .list(["stock_low", "sources_low", "cycle_failed", "crm_down", "drift"].map(JSONValue.text)))
      ) {
        $0.monitoring.isSlackEnabled = true
        $0.monitoring.alertOn = []
      },
      Slip("monitoring.daily_digest", Advice.Setting("monitoring.daily_digest", .null)) {
        $0.monitoring.dailyDigest = "07:30"
      },
      Slip(
        "source_management.source_files",
        Advice.Setting("source_management.source_files", .list([.text("web/data/hot_leads.json")]))
      ) {
        $0.sourceManagement.sourceFiles = []
      },
    ]
  }

  @Test(
    "Each slip is reported once, at its key, with the value that would mend it",
    arguments: Slip.stockAndLimits + Slip.requestsAndTime)
  func slips(_ slip: Slip) throws {
    let found = advice(slip.make)
    #expect(found.map(\.setting.key) == [slip.key])
    #expect(found.first?.remedy == slip.remedy)
    #expect(found.first?.consequence.hasSuffix(".") == false)
  }

  @Test(
    "The value that is proposed is one that the key takes, and ends the advice",
    arguments: Slip.stockAndLimits + Slip.requestsAndTime)
  func remedies(_ slip: Slip) throws {
    guard let remedy = slip.remedy else { return }
    let key = try #require(ConfigurationKey.all.first { $0.path == remedy.key })
    #expect(key.accepts(remedy.value))
    let left = advice { configuration in
      slip.make(&configuration)
      key.set(remedy.value, in: &configuration)
    }
    #expect(!left.contains { $0.setting.key == slip.key }, "\(left)")
  }

  @Test(
    "A channel that is switched on, and that the environment does not tell how to reach, is named with its variable")
  func unreachable() {
    let found = advice(reachable: .init(mail: false, slack: false)) {
      $0.monitoring.enableEmailAlerts = true
      $0.monitoring.alertEmail = "boss@example.org"
      $0.monitoring.isSlackEnabled = true
    }
    #expect(found.map(\.setting.key) == ["monitoring.enable_email_alerts", "monitoring.slack.enabled"])
    #expect(zip(found, ["LEAD_SMTP_URL", "LEAD_SLACK_WEBHOOK_URL"]).allSatisfy { $0.consequence.contains($1) })
  }

  @Test("Past days and days without business are told apart, and one list mends both")
  func uselessHolidays() {
    let found = advice {
      $0.businessRules.respectBusinessHours = true
      $0.businessRules.holidays = ["2026-12-26", "2025-12-24", "2026-12-24"]
    }
    #expect(
      found.map(\.consequence) == [
        "2025-12-24 is past and closed nothing any more",
        "2026-12-26 falls on a day of the week without business, and changes nothing",
      ])
    #expect(found.allSatisfy { $0.remedy?.value == .list([.text("2026-12-24")]) })
  }

  @Test("A source that does not exist, and a file in two entries, are named")
  func sources() {
    let found = advice(files: ["a*.json": ["/d/a1.json", "/d/a2.json"], "a1.json": ["/d/a1.json"]]) {
      $0.sourceManagement.sourceFiles = ["a*.json", "gone.json", "a1.json"]
    }
    #expect(
      found.map(\.consequence) == [
        "\"gone.json\" does not exist, as seen from this working directory, and gives no leads",
        "\"a*.json\" and \"a1.json\" both hold \"/d/a1.json\": it is read twice, and its leads count for the first",
      ])
    #expect(
      found.map(\.remedy?.value) == [
        .list([.text("a*.json"), .text("a1.json")]), .list([.text("a*.json"), .text("gone.json")]),
      ])
  }

  @Test("Entries are looked for on disk as a shell would, links and all")
  func onDisk() throws {
    let folder = try TemporaryFolder()
    let first = try folder.file("a1.json", "[]")
    _ = try folder.file("a2.json", "[]")
    try FileManager.default.createSymbolicLink(atPath: folder.file("link.json"), withDestinationPath: first)
    let pattern = folder.file("a*.json")
    let found = Advisor.Sources(entries: [pattern, folder.file("link.json"), folder.file("no*.json")])
    #expect(found.files[pattern]?.map { URL(fileURLWithPath: $0).lastPathComponent } == ["a1.json", "a2.json"])
    #expect(found.files[folder.file("link.json")] == found.files[pattern].map { [$0[0]] })
    #expect(found.files[folder.file("no*.json")] == [])
  }

  @Test("Business hours without a day are an error, not advice")
  func noDay() {
    let text = #"{ "business_rules": { "respect_business_hours": true, "business_hours": { "days": [] } } }"#
    let problems = ConfigurationDecoder.decode(text, file: "c.json").problems
    #expect(problems.map(\.key) == ["business_rules.business_hours.days"])
  }

  @Test("In JSON an item has the same words, and its values in their own types")
  func json() {
    let item = advice { $0.worker.maxFailures = 1 }[0]
    #expect(
      item.json.compactText
        == #"{"consequence": "a single hiccup makes a job a dead letter that waits for a person", "#
        + #""key": "worker.max_failures", "remedy": {"key": "worker.max_failures", "value": 8}, "value": 1}"#)
    #expect(
      item.text
        == "worker.max_failures: 1: a single hiccup makes a job a dead letter that waits for a person; set worker.max_failures: 8"
    )
  }
}

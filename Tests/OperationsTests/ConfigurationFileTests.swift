import Alerts
import Leads
import Logging
import Replenishment
import TestSupport
import Testing

@testable import Operations

struct ConfigurationFileTests {
  private func decode(_ text: String) throws -> Configuration {
    let (configuration, problems) = ConfigurationDecoder.decode(text, file: "c.json")
    try #require(problems.isEmpty, "\(problems)")
    return configuration
  }

  @Test("config/automation_config.json names every key and sets each to its default")
  func shippedFileIsTheDefaults() throws {
    let path = projectConfigFolder() + "/automation_config.json"
    let settings = try ConfigurationSource(file: path, variables: [:]).load()
    #expect(settings.configuration == Configuration())
    #expect(settings.warnings == [])
    #expect(settings.file == path)

    let root = try JSONDocument.parse(try TextFile.read(path)).value
    for key in ConfigurationKey.all {
      var value: JSONValue? = root
      for name in key.names {
        if case .object(let members) = value { value = members[name] } else { value = nil }
      }
      #expect(value == key.defaultValue, "\(key.path)")
    }
  }

  @Test("the defaults are those of R11 to R17 and of interfaces.md")
  func defaults() {
    let defaults = Configuration()
    let policy = defaults.policy
    #expect(policy.minTotal == 50)
    #expect(policy.targetTotal == 150)
    #expect(policy.minPerClass == PerClass(aPlus: 10, a: 30, b: 20))
    #expect(policy.maxUploadPerRun == 100)
    #expect(policy.maxDailyUploads == 500)
    #expect(policy.cooldownMilliseconds == 3_600_000)
    #expect(policy.minUploadBatch == 25)
    #expect(policy.mix == PerClass(aPlus: 0.2, a: 0.5, b: 0.3))
    #expect(policy.performanceWindowDays == 30)
    #expect(policy.prioritizeHighPerformers && policy.avoidOverloadingAgents)
    #expect(policy.maxPoolLeadsPerAgent == 100)
    #expect(policy == Policy())
    #expect(defaults.performanceThresholds == .init(highConversionThreshold: 0.15, lowConversionThreshold: 0.05))
    #expect(defaults.monitoring.checkInterval == .seconds(1800))
    #expect(defaults.sourceManagement.sourceFiles == ["web/data/hot_leads.json"])
    #expect(defaults.sourceManagement.cleanupOldTracking == .seconds(30 * 86_400))
    #expect(!defaults.businessRules.respectBusinessHours)
    #expect(defaults.businessRules.businessHoursStart.description == "09:00")
    #expect(defaults.businessRules.businessHoursEnd.description == "17:00")
    #expect(defaults.businessRules.timezone == "America/New_York")
    #expect(defaults.crm.batchSize == 500)
    #expect(defaults.crm.requestTimeout == .seconds(60))
    #expect(defaults.crm.connectTimeout == .seconds(5))
    #expect(defaults.crm.healthTimeout == .seconds(8))
    #expect(defaults.crm.readBackGrace == .seconds(90))
    #expect(defaults.crm.requestsPerMinute == 90)
    #expect(defaults.crm.metrics == .auto)
    #expect(defaults.crm.sourceLabel == "nppes_extraction")
    #expect(defaults.store.location == .sqlite(path: "data/lead-queue.db"))
    #expect(defaults.worker.concurrency == 4)
    #expect(defaults.worker.lease == .seconds(120))
    #expect(defaults.worker.drainTimeout == .seconds(25))
    #expect(defaults.worker.maxFailures == 8)
    #expect(defaults.worker.backoffInitial == .seconds(2))
    #expect(defaults.worker.backoffMax == .seconds(600))
    #expect(defaults.planning.serviceLevel == 0.95)
    #expect(policy.forecasting == nil)
  }

  @Test("with planning.forecast on, the planner gets service level, cover days and check interval")
  func forecasting() throws {
    let configuration = try decode(
      """
      { "planning": { "forecast": true, "service_level": 0.9, "cover_days": 2.5 },
        "monitoring": { "check_interval_minutes": 10 } }
      """)
    let forecasting = try #require(configuration.policy.forecasting)
    #expect(forecasting.serviceLevel == 0.9)
    #expect(forecasting.coverDays == 2.5)
    #expect(forecasting.checkIntervalMilliseconds == 600_000)
  }

  @Test("config/demo_automation_config.json has the values of R18")
  func demoFile() throws {
    let path = projectConfigFolder() + "/demo_automation_config.json"
    let settings = try ConfigurationSource(file: path, variables: [:]).load()
    let policy = settings.configuration.policy
    #expect(policy.minTotal == 120)
    #expect(policy.targetTotal == 200)
    #expect(policy.minPerClass == PerClass(aPlus: 15, a: 40, b: 30))
    #expect(policy.maxUploadPerRun == 50)
    #expect(policy.minUploadBatch == 10)
    #expect(policy.maxDailyUploads == 200)
    #expect(policy.cooldownMilliseconds == 360_000)
    #expect(settings.configuration.monitoring.checkInterval == .seconds(60))
    #expect(settings.configuration.crm.batchSize == 10)
    #expect(settings.configuration.sourceManagement.sourceFiles == ["config/sample_leads.json"])
    #expect(settings.warnings == [])
  }

  @Test("D15: every key of the file changes the configuration, and one that nothing acts on yet is reported")
  func everyKeyHasAnEffect() throws {
    for key in ConfigurationKey.all {
      let other = ConfigurationFileTests.otherValues(key).first { key.accepts($0) && $0 != key.defaultValue }
      let value = try #require(other, "\(key.path)")
      var configuration = Configuration()
      key.set(value, in: &configuration)
      #expect(configuration.changedKeys(since: Configuration()) == [key.path])
      #expect(key.value(in: configuration) == value, "\(key.path) keeps what it is given")
    }
  }

  @Test("D15: a file that fails to parse is an error, never the defaults")
  func brokenFileIsNoDefault() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("broken.json", "{\n  \"crm\": {\n")
    let error = try #require(throws: ConfigurationError.self) {
      try ConfigurationSource(file: path, variables: [:]).load()
    }
    #expect(error.exitStatus == .configuration)
    #expect(
      "\(error)" == "\(path):3: not valid JSON: expected a key in double quotes, found the end of the file")
  }

  @Test("alerts are decoded: channels, events, quiet hours, the digest")
  func alerts() throws {
    let configuration = try decode(
      """
      { "monitoring": { "enable_email_alerts": true, "alert_email": "boss@example.org", "slack": { "enabled": true },
        "alert_on": ["drift", "crm_down"], "quiet_hours": { "start": "22:00", "end": "06:30" },
        "daily_digest": "07:30" } }
      """)
    let rules = configuration.alertRules
    #expect(rules.channels == [.mail, .slack])
    #expect(rules.events == [.drift, .crmDown])
    #expect(rules.quietHours == QuietHours(start: 1320, end: 390))
    #expect(rules.digestMinute == 450)
    let usual = try decode("{}").alertRules
    #expect(usual.channels == [] && usual.quietHours == nil && usual.digestMinute == nil)
    #expect(usual.events == [.stockLow, .sourcesLow, .cycleFailed, .crmDown, .drift])
  }

  @Test(
    "quiet hours have a start and another end",
    arguments: [#""start": "22:00""#, #""end": "06:00""#, #""start": "06:00", "end": "06:00""#])
  func quietHours(_ members: String) {
    let text = "{ \"monitoring\": { \"quiet_hours\": { \(members) } } }"
    let problems = ConfigurationDecoder.decode(text, file: "c.json").problems
    #expect(problems.count == 1 && problems.allSatisfy { $0.key.hasPrefix("monitoring.quiet_hours.") })
  }

  @Test("comments of both kinds may stand anywhere, and slashes in texts are no comments")
  func comments() throws {
    let configuration = try decode(
      """
      // first
      { /* a */ "crm" /* b */ : { // "batch_size": 1
        "base_url": "http://127.0.0.1:8006/", /* over
        lines */ "batch_size": 20 } } // last
      """)
    #expect(configuration.crm.baseURL == "http://127.0.0.1:8006")
    #expect(configuration.crm.batchSize == 20)
  }

  @Test(
    "the keys of R11 to R16 are taken at the top level and in either section",
    arguments: [
      #"{ "min_total_leads": 60, "min_priority_leads": { "A+": 12 }, "max_upload_per_run": 70 }"#,
      #"{ "upload_controls": { "min_total_leads": 60, "min_priority_leads": { "A+": 12 }, "max_upload_per_run": 70 } }"#,
      #"{ "lead_inventory_thresholds": { "min_total_leads": 60, "min_priority_leads": { "A+": 12 }, "max_upload_per_run": 70 } }"#,
    ])
  func exchangeablePlaces(text: String) throws {
    let policy = try decode(text).policy
    #expect(policy.minTotal == 60)
    #expect(policy.minPerClass == PerClass(aPlus: 12, a: 30, b: 20))
    #expect(policy.maxUploadPerRun == 70)
  }

  @Test("a mix that sums to 1 within a thousandth is scaled to exactly 1 for the planner")
  func mixIsScaled() throws {
    let configuration = try decode(#"{ "planning": { "priority_mix": { "A+": 0.333, "A": 0.333, "B": 0.333 } } }"#)
    let mix = configuration.policy.mix
    #expect(abs(mix.sum - 1) < 1e-12)
    #expect(mix.aPlus == mix.a && mix.a == mix.b)
  }

  @Test("capitals make no difference to a level of logging, as the replaced script wrote it")
  func logLevelInCapitals() throws {
    #expect(try decode(#"{ "monitoring": { "log_level": "WARNING" } }"#).monitoring.logLevel == .warning)
  }

  @Test("an empty object is the defaults")
  func emptyObject() throws {
    #expect(try decode("{}") == Configuration())
  }

  @Test("the table of docs/CONFIGURATION.md has a line for every key, with its default")
  func markdownTable() {
    let lines = ConfigurationKey.markdownTable().split(separator: "\n")
    #expect(lines.count == ConfigurationKey.all.count + 2)
    #expect(
      lines.contains(
        "| `crm.batch_size` | `500` | a whole number from 1 to 1000 (leads per request) | Leads in one bulk request. |")
    )
    #expect(Set(ConfigurationKey.all.map(\.path)).count == ConfigurationKey.all.count)
  }

  /// Values among which every key finds one that it takes and that is not its default.
  private static func otherValues(_ key: ConfigurationKey) -> [JSONValue] {
    if key.defaultValue == .boolean(true) { return [.boolean(false)] }
    return [
      .boolean(true), .integer(7), .number(0.75), .text("http://127.0.0.1:8003"), .text("/other"), .text("10:30"),
      .text("Europe/Berlin"), .text("someone@example.org"), .text("error"), .text("api"), .text("weighted"),
      .text("us_federal"), .list([.text("drift")]), .list([.text("sunday")]), .list([.text("2026-12-25")]),
      .object(["a": .integer(1)]), .object(["a": .object([:])]), .object(["a": .list([.text("TX")])]),
      .object(["a": .object(["city": .text("Town")])]),
    ]
  }
}

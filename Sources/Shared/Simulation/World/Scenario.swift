import Alerts
import Foundation
import Leads
import Replenishment
import Timekeeping

/// What a seed is: the company, its policy, its sources, and how its days go.
struct Scenario {
  /// Where a CRM's stock is read.
  enum Metrics: CaseIterable { case sql, api }

  static let zones = [
    "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Auckland", "UTC",
    "Asia/Kolkata", "America/Los_Angeles",
  ]

  let zone: String
  let start: Timestamp
  var policy: Policy
  let upload: UploadRules
  let metrics: Metrics
  let interval: Duration
  let requestsPerMinute: Int
  let schedulers: Int
  let workers: Int
  /// Leads that the company's agents use up in a day, about.
  let demandPerDay: Int
  /// Rows in the CRM at the beginning that nobody of us made.
  let stockAtStart: Int
  let leadsPerSource: [Int]
  /// What people are told, where and when.
  let alerts: AlertRules

  init(seed: UInt64) {
    var random = SeededRandom(seed: seed, stream: "scenario")
    zone = random.pick(Self.zones)
    start = Self.start(zone, &random)
    policy = Self.policy(&random)
    var upload = UploadRules()
    upload.batchSize = random.int(2...12)
    upload.readBackGrace = .seconds(random.int(60...120))
    upload.requestTimeout = .seconds(60)
    upload.maxFailures = random.int(3...8)
    self.upload = upload
    metrics = random.chance(0.7) ? .sql : .api
    interval = .seconds(60 * random.int(120...480))
    requestsPerMinute = random.int(20...90)
    schedulers = random.int(1...2)
    workers = random.int(1...3)
    demandPerDay = random.int(15...60)
    stockAtStart = random.int(0...60)
    leadsPerSource = (0..<random.int(1...3)).map { _ in random.int(20...60) }
    alerts = Self.alerts(seed: seed)
  }

  /// Any hour of two years; one in three begins in the days before the clocks change.
  private static func start(_ zone: String, _ random: inout SeededRandom) -> Timestamp {
    let year2026 = 1_767_225_600_000 as Int64
    let hour = 3_600_000 as Int64
    let any = Timestamp(
      milliseconds: year2026 + Int64(random.int(0...17_000)) * hour + Int64(random.int(0...3_599_999)))
    let date = Date(timeIntervalSince1970: Double(any.milliseconds) / 1000)
    guard random.chance(0.33), let change = TimeZone(identifier: zone)?.nextDaylightSavingTimeTransition(after: date)
    else { return any }
    return Timestamp(milliseconds: Int64(change.timeIntervalSince1970 * 1000) - Int64(random.int(1...60)) * hour)
  }

  private static func alerts(seed: UInt64) -> AlertRules {
    var random = SeededRandom(seed: seed, stream: "alerts")
    var rules = AlertRules()
    rules.events = Set(AlertEvent.allCases)
    rules.channels = AlertChannel.allCases
    let start = random.int(0...1439)
    if random.chance(0.5) { rules.quietHours = QuietHours(start: start, end: (start + random.int(60...900)) % 1440) }
    if random.chance(0.5) { rules.digestMinute = random.int(0...1439) }
    // It asks the store some hundred times for each plan; what it says is of no account here.
    rules.looksAhead = false
    return rules
  }

  private static func policy(_ random: inout SeededRandom) -> Policy {
    var policy = Policy()
    policy.minPerClass = PerClass(aPlus: random.int(1...6), a: random.int(2...12), b: random.int(1...8))
    policy.minTotal = policy.minPerClass.sum + random.int(0...20)
    policy.targetTotal = policy.minTotal + random.int(5...40)
    policy.maxUploadPerRun = random.int(6...30)
    policy.maxDailyUploads = random.int(10...60)
    policy.minUploadBatch = random.int(1...6)
    policy.cooldownMilliseconds = Int64(random.int(10...240)) * 60_000
    policy.prioritizeHighPerformers = random.chance(0.5)
    policy.maxPoolLeadsPerAgent = random.int(20...100)
    return policy
  }
}

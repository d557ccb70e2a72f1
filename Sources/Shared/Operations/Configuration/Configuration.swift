package import Database
package import Leads
package import Logging
package import Timekeeping

/// Everything a user can set in the configuration file, valid as a whole: every value in its range, no impossible
/// combination. The initial values are the defaults. What each key means, its unit and its range is in
/// `ConfigurationKey.all`, and only there.
package struct Configuration: Sendable, Equatable {
  package var leadThresholds = LeadThresholds()
  package var uploadControls = UploadControls()
  package var performanceThresholds = PerformanceThresholds()
  package var monitoring = Monitoring()
  package var sourceManagement = SourceManagement()
  package var businessRules = BusinessRules()
  package var crm = CRM()
  package var store = Store()
  package var worker = Worker()
  package var planning = Planning()

  package init() {}

  package struct LeadThresholds: Sendable, Equatable {
    package var minTotalLeads = 50
    package var targetTotalLeads = 150
    package var minPriorityLeads = PerClass(aPlus: 10, a: 30, b: 20)
  }

  package struct UploadControls: Sendable, Equatable {
    package var maxUploadPerRun = 100
    package var maxDailyUploads = 500
    package var minTimeBetweenUploads: Duration = .seconds(3600)
    package var minUploadBatch = 25
  }

  package struct PerformanceThresholds: Sendable, Equatable {
    package var highConversionThreshold = 0.15
    package var lowConversionThreshold = 0.05
  }

  package struct Monitoring: Sendable, Equatable {
    package var checkInterval: Duration = .seconds(30 * 60)
    package var logLevel = Logger.Level.info
    /// Whole megabytes of 1,048,576 bytes; 0: no bound.
    package var logMaxMegabytes = 20
    /// Zero: no bound.
    package var logMaxAge: Duration = .seconds(7 * 86_400)
    package var logKeepFiles = 14
    package var enableEmailAlerts = false
    package var alertEmail: String?
    package var isSlackEnabled = false
    /// Words of `AlertEvent`.
    package var alertOn = ["stock_low", "sources_low", "cycle_failed", "crm_down", "drift"]
    /// `HH:MM`; both or neither, and not the same.
    package var quietHoursStart: String?
    package var quietHoursEnd: String?
    /// `HH:MM`; nil: no digest.
    package var dailyDigest: String?
  }

  package struct SourceManagement: Sendable, Equatable {
    package var sourceFiles = ["web/data/hot_leads.json"]
    package var backupUploadedLeads = true
    package var cleanupOldTracking: Duration = .seconds(30 * 86_400)
    package var rotation = "priority"
    /// By path or pattern; each > 0.
    package var weights: [String: JSONValue] = [:]
    /// By path or pattern: our field → the name in the file.
    package var mappings: [String: JSONValue] = [:]
  }

  package struct BusinessRules: Sendable, Equatable {
    package var prioritizeHighPerformers = true
    package var avoidOverloadingAgents = true
    package var respectBusinessHours = false
    package var businessHoursStart = TimeOfDay(minutes: 9 * 60)
    package var businessHoursEnd = TimeOfDay(minutes: 17 * 60)
    /// IANA name. Business hours and the day of the daily limit are counted in it.
    package var timezone = "America/New_York"
    package var maxPoolLeadsPerAgent = 100
    /// Days of the week on which business is done, by their English names.
    package var businessDays = Weekday.allCases.filter(BusinessHours.usual.days.contains).map(\.rawValue)
    package var holidays: [String] = []
    /// The name of a calendar, or the path of a list of dates.
    package var holidayCalendar: String?
    /// What the list at `holidayCalendar` holds; filled when the configuration is loaded.
    package var listedHolidays: [CivilDay: String] = [:]
    package var teams: [String: JSONValue] = [:]
    package var segments: [String: JSONValue] = [:]
    package var balancesGeography = false
    package var territories: [String: JSONValue] = [:]
    package var minTerritoryShares: [String: JSONValue] = [:]
    package var maxTerritoryShares: [String: JSONValue] = [:]
    /// Points of the mean score.
    package var maxScoreLoss = 5.0
  }

  package struct CRM: Sendable, Equatable {
    /// Without credentials and without a slash at the end; nil: look on ports 8001–8006.
    package var baseURL: String?
    package var loginPath = "/auth/login"
    package var bulkPath = "/api/v1/leads/bulk"
    package var healthPath = "/health"
    package var leadsPath = "/api/v1/leads"
    package var batchSize = 500
    package var requestTimeout: Duration = .seconds(60)
    package var connectTimeout: Duration = .seconds(5)
    package var requestsPerMinute = 90
    package var metrics = MetricsSource.auto
    package var healthTimeout: Duration = .seconds(8)
    package var readBackGrace: Duration = .seconds(90)
    package var sourceLabel = "nppes_extraction"
  }

  package struct Store: Sendable, Equatable {
    package var location = StoreLocation.sqlite(path: "data/lead-queue.db")
    /// Of a store on PostgreSQL.
    package var schema = ServerAddress.schemaDefault
    /// Whether commits on PostgreSQL wake other programs.
    package var isNotifying = true
    /// Jobs that succeeded or were cancelled.
    package var finishedJobsKept: Duration = .seconds(30 * 86_400)
    package var deadJobsKept: Duration = .seconds(90 * 86_400)
    /// Of each finished state.
    package var finishedJobsMax = 1_000_000

    /// Where and what it is.
    package var address: StoreAddress { location.address(schema: schema, isNotifying: isNotifying) }
  }

  package struct Worker: Sendable, Equatable {
    package var concurrency = 4
    package var lease: Duration = .seconds(120)
    package var drainTimeout: Duration = .seconds(25)
    package var maxFailures = 8
    package var backoffInitial: Duration = .seconds(2)
    package var backoffMax: Duration = .seconds(600)
  }

  package struct Planning: Sendable, Equatable {
    /// Shares that sum to 1 within a thousandth, as written.
    package var priorityMix = PerClass(aPlus: 0.2, a: 0.5, b: 0.3)
    package var performanceWindowDays = 30
    package var isForecasting = false
    package var serviceLevel = 0.95
    package var coverDays = 5.0
  }

  /// Where the stock is read. `auto`: PostgreSQL when `LEAD_CRM_DATABASE_URL` is set, else the API.
  package enum MetricsSource: String, Sendable, CaseIterable {
    case auto, postgres, api
  }

  /// A time of day by the wall clock, in whole minutes since midnight, 0–1439. Written `HH:MM`.
  package struct TimeOfDay: Sendable, Equatable, Comparable, CustomStringConvertible {
    package var minutes: Int

    package init(minutes: Int) {
      self.minutes = minutes
    }

    /// `HH:MM`, two digits each, 00:00–23:59; nil for anything else.
    package init?(_ text: String) {
      let bytes = Array(text.utf8)
      guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"),
        [0, 1, 3, 4].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[$0]) }),
        let hour = Int(text.prefix(2)), let minute = Int(text.suffix(2)), hour < 24, minute < 60
      else { return nil }
      minutes = hour * 60 + minute
    }

    package static func < (left: TimeOfDay, right: TimeOfDay) -> Bool { left.minutes < right.minutes }

    package var description: String {
      (minutes < 600 ? "0" : "") + "\(minutes / 60):" + (minutes % 60 < 10 ? "0" : "") + "\(minutes % 60)"
    }
  }
}

extension Configuration.Monitoring {
  /// When the log is set aside.
  package var logRotation: LogRotation {
    LogRotation(
      bytesMax: logMaxMegabytes > 0 ? Int64(logMaxMegabytes) << 20 : nil, ageMax: logMaxAge > .zero ? logMaxAge : nil,
      keptFiles: logKeepFiles)
  }
}

extension Configuration {
  /// What the planner works by. The mix is scaled to sum to exactly 1.
  package var policy: Policy {
    var policy = Policy()
    policy.minTotal = leadThresholds.minTotalLeads
    policy.targetTotal = leadThresholds.targetTotalLeads
    policy.minPerClass = leadThresholds.minPriorityLeads
    policy.maxUploadPerRun = uploadControls.maxUploadPerRun
    policy.maxDailyUploads = uploadControls.maxDailyUploads
    policy.cooldownMilliseconds = uploadControls.minTimeBetweenUploads.milliseconds
    policy.minUploadBatch = uploadControls.minUploadBatch
    let sum = planning.priorityMix.sum
    policy.mix = sum > 0 && sum != 1 ? planning.priorityMix.map { $1 / sum } : planning.priorityMix
    policy.performanceWindowDays = planning.performanceWindowDays
    policy.prioritizeHighPerformers = businessRules.prioritizeHighPerformers
    policy.avoidOverloadingAgents = businessRules.avoidOverloadingAgents
    policy.maxPoolLeadsPerAgent = businessRules.maxPoolLeadsPerAgent
    policy.steering = steering
    policy.forecasting = planning.isForecasting ? forecasting : nil
    return policy
  }

  /// Business hours, days and holidays in the zone of the business.
  package var calendar: BusinessCalendar {
    let rules = businessRules
    let hours = BusinessHours(
      opening: rules.businessHoursStart.minutes, closing: rules.businessHoursEnd.minutes,
      days: Set(rules.businessDays.compactMap(Weekday.init)))
    var holidays = Holidays(
      calendar: rules.holidayCalendar.flatMap(HolidayCalendar.init), dates: rules.listedHolidays)
    holidays.add(Dictionary(rules.holidays.compactMap(CivilDay.init).map { ($0, "") }, uniquingKeysWith: { $1 }))
    guard let calendar = BusinessCalendar(zone: rules.timezone, hours: hours, holidays: holidays) else {
      preconditionFailure("the configuration accepts known zones only")
    }
    return calendar
  }

  /// How predicted demand would raise the levels at which leads are ordered, whether it is switched on or not.
  package var forecasting: Policy.Forecasting {
    var forecasting = Policy.Forecasting()
    forecasting.serviceLevel = planning.serviceLevel
    forecasting.coverDays = planning.coverDays
    forecasting.checkIntervalMilliseconds = monitoring.checkInterval.milliseconds
    return forecasting
  }

  /// Paths of the keys whose values differ from those of `other`, in the order of the table. Names only: a value may be
  /// one that is not to be shown.
  package func changedKeys(since other: Configuration) -> [String] {
    ConfigurationKey.all.filter { $0.value(in: self) != $0.value(in: other) }.map(\.path)
  }
}

import Alerts
import Leads
import Logging
import Timekeeping

extension ConfigurationKey {
  /// Every key, in the order of the documentation.
  package static let all: [ConfigurationKey] =
    leadThresholds + uploadControls + planning + performanceThresholds + monitoring + sourceManagement + businessRules
    + steering + crm + store + worker

  private static let countMax = 10_000_000

  private static let leadThresholds: [ConfigurationKey] = [
    .integer(
      "lead_inventory_thresholds.min_total_leads", \.leadThresholds.minTotalLeads, 0...countMax, "leads",
      "Fewer workable leads than this in the CRM start an upload."),
    .integer(
      "lead_inventory_thresholds.target_total_leads", \.leadThresholds.targetTotalLeads, 0...countMax, "leads",
      "What an upload fills the CRM up to."),
    .integer(
      "lead_inventory_thresholds.min_priority_leads.A+", \.leadThresholds.minPriorityLeads.aPlus, 0...countMax, "leads",
      "Fewer available A+ leads than this start an upload."),
    .integer(
      "lead_inventory_thresholds.min_priority_leads.A", \.leadThresholds.minPriorityLeads.a, 0...countMax, "leads",
      "The same for class A."),
    .integer(
      "lead_inventory_thresholds.min_priority_leads.B", \.leadThresholds.minPriorityLeads.b, 0...countMax, "leads",
      "The same for class B."),
  ]

  private static let uploadControls: [ConfigurationKey] = [
    .integer(
      "upload_controls.max_upload_per_run", \.uploadControls.maxUploadPerRun, 1...countMax, "leads",
      "No upload run sends more."),
    .integer(
      "upload_controls.max_daily_uploads", \.uploadControls.maxDailyUploads, 0...countMax, "leads per day",
      "No day, from midnight to midnight of the time zone, creates more."),
    .duration(
      "upload_controls.min_time_between_uploads_hours", \.uploadControls.minTimeBetweenUploads, 0...720, .hours,
      "Cooldown after an upload."),
    .integer(
      "upload_controls.min_upload_batch", \.uploadControls.minUploadBatch, 1...countMax, "leads",
      "Smaller uploads are raised to it or held, unless a class is short."),
  ]

  private static let planning: [ConfigurationKey] = [
    .number(
      "planning.priority_mix.A+", \.planning.priorityMix.aPlus, 0...1, "share",
      "Share of A+ among the leads sent; the three sum to 1."),
    .number("planning.priority_mix.A", \.planning.priorityMix.a, 0...1, "share", "Share of class A."),
    .number("planning.priority_mix.B", \.planning.priorityMix.b, 0...1, "share", "Share of class B."),
    .integer(
      "planning.performance_window_days", \.planning.performanceWindowDays, 1...365, "days",
      "How far back closed leads count for conversion."),
    .boolean(
      "planning.forecast", \.planning.isForecasting,
      "Also plan by the predicted demand: upload before a class falls below its minimum."),
    .number(
      "planning.service_level", \.planning.serviceLevel, 0.5...0.999, "probability",
      "How surely a class is to stay above its minimum until an upload lands, with forecasting on."),
    .number(
      "planning.cover_days", \.planning.coverDays, 0...60, "business days",
      "For how long an upload adds leads, with forecasting on, if that is more than the share of the target."),
  ]

  private static let performanceThresholds: [ConfigurationKey] = [
    .number(
      "performance_thresholds.high_conversion_threshold", \.performanceThresholds.highConversionThreshold, 0...1,
      "share", "Conversion from which a class or team counts as high."),
    .number(
      "performance_thresholds.low_conversion_threshold", \.performanceThresholds.lowConversionThreshold, 0...1,
      "share", "Conversion up to which a class or team counts as low."),
  ]

  private static let monitoring: [ConfigurationKey] = [
    .duration(
      "monitoring.check_interval_minutes", \.monitoring.checkInterval, 0.001...10_080, .minutes,
      "Time from one cycle to the next in continuous mode."),
    .parsed(
      "monitoring.log_level", \.monitoring.logLevel, .choice(LogLevel.accepted),
      "The least important messages that are logged; capitals make no difference.",
      parse: LogLevel.parse, write: \.rawValue),
    .integer(
      "monitoring.log_max_megabytes", \.monitoring.logMaxMegabytes, 0...10_000, "MB",
      "A larger log is set aside as `….log.1`, and a new one begun; 0: whatever its size."),
    .duration(
      "monitoring.log_max_days", \.monitoring.logMaxAge, 0...3650, .days,
      "A log that began longer ago is set aside; 0: whatever its age."),
    .integer(
      "monitoring.log_keep_files", \.monitoring.logKeepFiles, 1...LogRotation.keptFilesMax, "files",
      "So many logs that were set aside are kept."),
    .boolean(
      "monitoring.enable_email_alerts", \.monitoring.enableEmailAlerts,
      "Alerts by e-mail, through the server of `LEAD_SMTP_URL`."),
    .optionalText("monitoring.alert_email", \.monitoring.alertEmail, .emailAddress, "Who gets the alerts."),
    .boolean(
      "monitoring.slack.enabled", \.monitoring.isSlackEnabled, "Alerts to Slack, by `LEAD_SLACK_WEBHOOK_URL`."),
    .choices(
      "monitoring.alert_on", \.monitoring.alertOn,
      AlertEvent.allCases.map(\.rawValue), "Which events alert."),
    .optionalText(
      "monitoring.quiet_hours.start", \.monitoring.quietHoursStart, .time,
      "From then on only `crm_down`, `audit_broken` and `cycle_failed` are told, by the clock of the business; null: at all times everything is."
    ),
    .optionalText(
      "monitoring.quiet_hours.end", \.monitoring.quietHoursEnd, .time,
      "Until then; what was held back is told at that time. Earlier than the start: on the next day."),
    .optionalText(
      "monitoring.daily_digest", \.monitoring.dailyDigest, .time,
      "When the day's digest is sent, by the clock of the business; null: none is."),
  ]

  private static let sourceManagement: [ConfigurationKey] = [
    .texts(
      "source_management.source_files", \.sourceManagement.sourceFiles, .plain,
      "Files of leads, folders of them, and patterns such as `leads/*.csv`, relative to the working directory; earlier ones first."
    ),
    .boolean(
      "source_management.backup_uploaded_leads", \.sourceManagement.backupUploadedLeads,
      "Write what was uploaded into files beside the store, one for each day."),
    .duration(
      "source_management.cleanup_old_tracking", \.sourceManagement.cleanupOldTracking, 1...36_500, .days,
      "How long the rows that were sent and the steps of their jobs are kept; states, ledger and audit trail stay for ever."
    ),
    .choice(
      "source_management.rotation", \.sourceManagement.rotation,
      ["priority", "round_robin", "oldest_first", "weighted"],
      "Of leads with equal score the ones of which file go first: as configured, in turns, by the files' age, in turns by weight."
    ),
    .object(
      "source_management.weights", \.sourceManagement.weights,
      "For `weighted`: `{file or pattern: weight}`; 1 where none is given.", problem: SourceKeys.problem(inWeights:)),
    .object(
      "source_management.mappings", \.sourceManagement.mappings,
      "What files call the fields: `{file or pattern: {our field: its name there}}`.",
      problem: SourceKeys.problem(inMappings:)),
  ]

  private static let businessRules: [ConfigurationKey] = [
    .boolean(
      "business_rules.prioritize_high_performers", \.businessRules.prioritizeHighPerformers,
      "Conversion moves the mix of classes."),
    .boolean(
      "business_rules.avoid_overloading_agents", \.businessRules.avoidOverloadingAgents,
      "Hold the pool to `max_pool_leads_per_agent`."),
    .integer(
      "business_rules.max_pool_leads_per_agent", \.businessRules.maxPoolLeadsPerAgent, 1...countMax, "leads per agent",
      "Available leads per active agent that no upload exceeds."),
    .boolean(
      "business_rules.respect_business_hours", \.businessRules.respectBusinessHours,
      "Upload only in business hours."),
    .parsed(
      "business_rules.business_hours.start", \.businessRules.businessHoursStart, .text(.time),
      "When business opens.",
      parse: Configuration.TimeOfDay.init, write: \.description),
    .parsed(
      "business_rules.business_hours.end", \.businessRules.businessHoursEnd, .text(.time),
      "When business closes, on the same day.",
      parse: Configuration.TimeOfDay.init, write: \.description),
    .choices(
      "business_rules.business_hours.days", \.businessRules.businessDays, Weekday.allCases.map(\.rawValue),
      "On which days of the week business is done."),
    .text(
      "business_rules.business_hours.timezone", \.businessRules.timezone, .timeZone,
      "Zone of business hours and of the day of the daily limit."),
    .texts(
      "business_rules.holidays", \.businessRules.holidays, .date,
      "Days without business, beside those of `holiday_calendar`."),
    .optionalText(
      "business_rules.holiday_calendar", \.businessRules.holidayCalendar, .plain,
      "`us_federal`, or the path of a list of dates: a line for each, `YYYY-MM-DD` and, if you like, its name."),
  ]

  private static let shares = ValueShape.record(
    LeadClass.allCases.map { ValueShape.Member($0.rawValue, .value(.number(0...1))) })

  private static let steering: [ConfigurationKey] = [
    .shaped(
      "business_rules.teams", \.businessRules.teams,
      .named(
        .record([
          .init("strategy", .value(.choice(["automatic"] + TeamState.allCases.map(\.rawValue)))),
          .init("mix", shares), .init("weight", .value(.number(0...100))),
          .init("territory", .value(.text(.plain))),
        ])),
      "Strategy per team, by its manager's user name: how it counts, its own mix, its part in the mix of all, its territory."
    ),
    .shaped(
      "business_rules.segments", \.businessRules.segments,
      .named(
        .record([
          .init(
            "where", .record(Segment.Field.allCases.map { .init($0.rawValue, .value(.texts(.plain))) })),
          .init("share", .value(.number(0...1))),
        ])),
      "Client segments: which leads belong to them (`*` for anything), and their share of each class in an upload."),
    .boolean(
      "business_rules.geography.balance", \.businessRules.balancesGeography,
      "Balance leads over territories, or over states where no territory is named."),
    .shaped(
      "business_rules.geography.territories", \.businessRules.territories, .named(.value(.texts(.state))),
      "Territories and their states."),
    .shaped(
      "business_rules.geography.min_share", \.businessRules.minTerritoryShares, .named(.value(.number(0...1))),
      "Least share of a territory in an upload, while the sources have it."),
    .shaped(
      "business_rules.geography.max_share", \.businessRules.maxTerritoryShares, .named(.value(.number(0...1))),
      "Largest share of a territory in an upload, while others have leads."),
    .number(
      "business_rules.geography.max_score_loss", \.businessRules.maxScoreLoss, 0...100, "points",
      "A balance that lowers the mean score by more is given up for the best leads."),
  ]

  private static let crm: [ConfigurationKey] = [
    .optionalText(
      "crm.base_url", \.crm.baseURL, .baseURL, "The CRM; null looks on ports 8006 down to 8001 of this machine.",
      normalise: TextForm.withoutTrailingSlashes),
    .text("crm.login_path", \.crm.loginPath, .urlPath, "Where to log in."),
    .text("crm.bulk_path", \.crm.bulkPath, .urlPath, "Where to upload."),
    .text("crm.health_path", \.crm.healthPath, .urlPath, "Where to ask for health."),
    .text("crm.leads_path", \.crm.leadsPath, .urlPath, "Where to list leads."),
    .integer("crm.batch_size", \.crm.batchSize, 1...1000, "leads per request", "Leads in one bulk request."),
    .duration(
      "crm.request_timeout_seconds", \.crm.requestTimeout, 0.1...600, .seconds, "Longest wait for a bulk request."),
    .duration("crm.connect_timeout_seconds", \.crm.connectTimeout, 0.1...60, .seconds, "Longest wait to connect."),
    .integer(
      "crm.requests_per_minute", \.crm.requestsPerMinute, 1...100, "requests per minute",
      "Own limit of all processes together, below the CRM's 100."),
    .parsed(
      "crm.metrics", \.crm.metrics, .choice(Configuration.MetricsSource.allCases.map(\.rawValue)),
      "Where stock is read; auto: PostgreSQL when `LEAD_CRM_DATABASE_URL` is set, else the API.",
      parse: Configuration.MetricsSource.init(rawValue:), write: \.rawValue),
    .duration(
      "crm.health_timeout_seconds", \.crm.healthTimeout, 0.1...60, .seconds, "Longest wait for health, login, metrics."),
    .duration(
      "crm.read_back_grace_seconds", \.crm.readBackGrace, 0...3600, .seconds,
      "How long a lead without npi may still appear after a lost answer."),
    .text("crm.source_label", \.crm.sourceLabel, .plain, "Sent as `source` of every lead."),
  ]

  private static let store: [ConfigurationKey] = [
    .parsed(
      "store.url", \.store.location, .text(.storeLocation), "Where everything is kept.",
      parse: { StoreLocation($0) }, write: \.description),
    .text(
      "store.schema", \.store.schema, .schemaName,
      "The schema of a store on PostgreSQL; made when it is missing."),
    .boolean(
      "store.notify", \.store.isNotifying,
      "Wake other programs at commits on PostgreSQL; false behind a pooler such as PgBouncer in transaction mode."),
    .duration(
      "store.finished_jobs_kept_days", \.store.finishedJobsKept, 0.01...36_500, .days,
      "How long jobs that succeeded or were cancelled are kept; upload jobs stay for ever."),
    .duration(
      "store.dead_jobs_kept_days", \.store.deadJobsKept, 0.01...36_500, .days,
      "How long dead letters are kept; upload jobs stay for ever."),
    .integer(
      "store.finished_jobs_max", \.store.finishedJobsMax, 0...countMax, "jobs",
      "Of more finished jobs than this in one state the oldest go, whatever their age; upload jobs do not count."),
  ]

  private static let worker: [ConfigurationKey] = [
    .integer("worker.concurrency", \.worker.concurrency, 1...64, "jobs", "Jobs one worker runs at once."),
    .duration(
      "worker.lease_seconds", \.worker.lease, 1...3600, .seconds,
      "How long a silent worker keeps a job; not under `crm.request_timeout_seconds`."),
    .duration(
      "worker.drain_timeout_seconds", \.worker.drainTimeout, 0...3600, .seconds,
      "How long a stopping worker may finish what runs."),
    .integer(
      "worker.max_failures", \.worker.maxFailures, 1...100, "failures", "Failures until a job is a dead letter."),
    .duration(
      "worker.backoff_initial_seconds", \.worker.backoffInitial, 0.01...3600, .seconds, "Wait after the first failure."),
    .duration(
      "worker.backoff_max_seconds", \.worker.backoffMax, 0.01...86_400, .seconds, "The longest wait after a failure."),
  ]
}

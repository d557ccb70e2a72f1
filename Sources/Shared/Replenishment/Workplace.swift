package import Connectors
package import Database
package import Leads
package import Logging
package import Planning
package import Timekeeping

/// What every decision and every job works with: the store, the CRM, the policy, the clock.
package struct Workplace: Sendable {
  package var store: Store
  package var crm: any CRM
  package var policy: Policy
  /// Files, folders and patterns (`SourceList`), the first of them first. Within a cycle: the files that they name.
  package var sourcePaths: [String]
  /// How those are read and used.
  package var sources = SourceRules()
  /// The folder into which copies of uploaded leads are written; nil: none are.
  package var uploadCopies: String?
  package var calendar: BusinessCalendar
  package var upload: UploadRules
  package var clock: WallClock
  package var logger: Logger
  /// Who acts, in the audit trail: program and process.
  package var actor: String
  /// Whether leads are sent in the calendar's business hours only.
  package var respectsBusinessHours = false
  /// The time from one cycle to the next; nil where cycles do not come by themselves.
  package var checkInterval: Duration?
  /// The configured time between cycles, for who runs them one by one; nil: not known.
  package var scheduledInterval: Duration?
  /// What people are told, where and when; without events: nothing.
  package var alerts = AlertRules()
  /// What cycles and jobs measure into.
  package var meters = ReplenishmentMeters.none
  /// How often a cycle looks at the jobs it waits for.
  package var watchInterval = Duration.milliseconds(40)

  package init(
    store: Store, crm: any CRM, policy: Policy, sourcePaths: [String], calendar: BusinessCalendar, upload: UploadRules,
    clock: WallClock, logger: Logger, actor: String
  ) {
    self.store = store
    self.crm = crm
    self.policy = policy
    self.sourcePaths = sourcePaths
    self.calendar = calendar
    self.upload = upload
    self.clock = clock
    self.logger = logger
    self.actor = actor
  }

  /// Where what is found goes that people should know.
  var alertBook: AlertBook { AlertBook(rules: alerts, calendar: calendar) }

  /// The day whose limit a request counts against, if it leaves at `time`.
  func day(of time: Timestamp) -> String { calendar.day(of: time) }

  /// Why nothing may be sent at `time`, as far as business hours go; nil when something may.
  func closure(at time: Timestamp) -> Closure? {
    respectsBusinessHours ? calendar.closure(at: time) : nil
  }
}

/// How files of leads are read and used.
package struct SourceRules: Sendable {
  /// What files call the fields, where it is not the usual names.
  package var names = PerPath<FieldNames>()
  /// In which order files are used.
  package var rotation = SourceRotation()
  /// For the rotation that goes by weights; 1 where none is given.
  package var weights = PerPath<Double>()

  package init() {}
}

/// How leads are sent.
package struct UploadRules: Sendable, Equatable {
  /// Rows per request, 1–1000.
  package var batchSize = 500
  /// How long one bulk request may take: the lease must last as long when it leaves.
  package var requestTimeout = Duration.seconds(60)
  /// A row without npi that is not found is sent again only after this time has passed twice.
  package var readBackGrace = Duration.seconds(90)
  /// Sent as `source` with every row.
  package var sourceLabel = "nppes_extraction"
  /// Attempts of a job that end badly before it is dead.
  package var maxFailures = 8

  package init() {}
}

import Database
import JobQueue
import LeadStore
import Leads
import Timekeeping

/// The state of everything at one moment.
struct StoreSummary: Sendable {
  var path: String
  var storeID: String
  var schemaVersion: Int
  var crm: String?
  var jobs: [(kind: String, state: JobState, count: Int)]
  var catalog: [(leadClass: String, state: LeadState, count: Int)]
  var today: DailyCount
  var dailyLimit: Int
  /// Since the last request that created leads; nil: never, or cleared.
  var sinceLastUpload: Duration?
  var cooldown: Duration
  var openBatches: Int
  var lastCycle: CycleRow?
  var pauses: [Pause]

  init(
    path: String, policy: Policy, calendar: BusinessCalendar, moment: Moment, in transaction: Transaction
  ) throws {
    self.path = path
    storeID = try StoreIdentityTable.storeID(in: transaction)
    schemaVersion = try MigrationTable.list(in: transaction).last?.version ?? 0
    crm = try StoreIdentityTable.crm(in: transaction)
    jobs = try JobTable.counts(in: transaction)
    catalog = try CatalogTable.counts(in: transaction)
    today = try QuotaTable.count(of: calendar.day(of: moment.wall), in: transaction)
    dailyLimit = policy.maxDailyUploads
    sinceLastUpload = try CooldownTable.elapsed(at: moment, in: transaction)?.elapsed
    cooldown = .milliseconds(policy.cooldownMilliseconds)
    openBatches = try BatchTable.openCount(in: transaction)
    lastCycle = try CycleTable.list(limit: 1, in: transaction).first
    pauses = try PauseTable.list(in: transaction)
  }

  /// Leads that may still be uploaded today.
  var leftToday: Int { max(0, dailyLimit - today.used) }

  /// What is left of the cooldown; zero when it has passed.
  var cooldownLeft: Duration { sinceLastUpload.map { max(.zero, cooldown - $0) } ?? .zero }
}

import Database
import JobQueue
import LeadStore
import Leads
import Operations
import Timekeeping

/// What `top` shows, as of one moment of the store.
struct TopFacts: Sendable {
  /// How far the upload of a cycle is.
  struct Progress: Sendable, Equatable {
    var done: Int
    var selected: Int
  }

  var store: String
  var now: Timestamp
  var policy: Policy
  var crm: String?
  /// The last reading of the CRM that was believed.
  var reading: SnapshotRow?
  var today: DailyCount
  var cooldownLeft: Duration
  var cycle: CycleRow?
  /// Nil where the last cycle selected nothing.
  var progress: Progress?
  var pauses: [Pause]
  /// What waits, may start, runs, or is dead; counted up to a bound, so that a look costs the same with millions of jobs.
  var depths: [JobTable.Depth]
  /// Alive or dead, not those that ended.
  var workers: [WorkerRecord]
  /// The jobs that each worker runs, by its id.
  var running: [String: [JobRecord]]
  /// Newest first.
  var events: [AuditEntry]

  private static let workersMax = 100
  private static let runningMax = 1000
  private static let eventsMax = 60

  init(
    store: String, policy: Policy, calendar: BusinessCalendar, moment: Moment, in transaction: Transaction
  ) throws {
    self.store = store
    self.policy = policy
    now = moment.wall
    crm = try StoreIdentityTable.crm(in: transaction)
    reading = try SnapshotTable.lastAccepted(in: transaction)
    today = try QuotaTable.count(of: calendar.day(of: moment.wall), in: transaction)
    let elapsed = try CooldownTable.elapsed(at: moment, in: transaction)?.elapsed
    cooldownLeft = elapsed.map { max(.zero, .milliseconds(policy.cooldownMilliseconds) - $0) } ?? .zero
    let cycle = try CycleTable.list(limit: 1, in: transaction).first
    self.cycle = cycle
    progress = try cycle.flatMap { try Self.progress(ofCycle: $0.id, in: transaction) }
    pauses = try PauseTable.list(in: transaction)
    depths = try JobTable.depths(in: transaction)
    workers = try WorkerTable.list(limit: Self.workersMax, in: transaction).filter { $0.endedAt == nil }
    let leased = try JobTable.list(JobTable.Filter(state: .leased, limit: Self.runningMax), in: transaction)
    running = Dictionary(grouping: leased.filter { $0.workerID != nil }) { $0.workerID ?? "" }
    events = try AuditTable.latest(.init(), limit: Self.eventsMax, in: transaction).reversed()
  }

  private static func progress(ofCycle cycle: Int64, in transaction: Transaction) throws -> Progress? {
    guard let plan = try PlanTable.find(ofCycle: cycle, in: transaction), plan.selected > 0 else { return nil }
    let states = try BatchTable.balance(ofPlan: plan.id, in: transaction).states
    let open = states[.pending, default: 0] + states[.unresolved, default: 0]
    return Progress(done: max(0, plan.selected - open), selected: plan.selected)
  }
}

import Database
import JobQueue
import LeadStore
import Leads
import Planning
import Timekeeping

/// What the overview and the metrics rest on, from one reading transaction.
struct OverviewReading: Sendable {
  /// The latest accepted reading of the CRM; nil: none yet.
  var reading: SnapshotRow?
  /// Our leads that it may not show, by class.
  var inFlight: PerClass<Int>
  /// Readings held since the last accepted one.
  var heldReadings: Int
  var today: DailyCount
  /// Leads that may be in the CRM, over all open batches.
  var unresolved: Int
  var sinceLastUpload: Duration?
  var openCycle: CycleRow?
  var openPlan: (selected: Int, settled: Int)?
  var lastCycle: CycleRow?
  var nextCycle: Timestamp?
  var workers: [WorkerRecord]
  var depths: [JobTable.Depth]
  var pauses: [Pause]
  var sources: [SourceRow]
  var isRestored: Bool
  /// Those that last.
  var alerts: [AlertRow]

  /// Batches of the cycle at work whose leads are counted.
  private static let batchesMax = 200
  static let workersMax = 100
  private static let alertsMax = 50

  init(rules: DashboardOffice.Rules, moment: Moment, in transaction: Transaction) throws {
    reading = try SnapshotTable.lastAccepted(in: transaction)
    inFlight =
      try reading.map { try BatchTable.inFlight(since: $0.beganAt, in: transaction) } ?? PerClass(repeating: 0)
    heldReadings = try SnapshotTable.heldSinceAccepted(in: transaction).count
    today = try QuotaTable.count(of: rules.calendar.day(of: moment.wall), in: transaction)
    unresolved = try BatchTable.openStates(in: transaction).unresolved
    sinceLastUpload = try CooldownTable.elapsed(at: moment, in: transaction)?.elapsed
    openCycle = try CycleTable.open(in: transaction)
    lastCycle = try CycleTable.page(before: nil, limit: 2, in: transaction).first { $0.state != .running }
    if let plan = try PlanTable.lastSelecting(in: transaction) {
      let open = try BatchTable.list(ofPlan: plan.planID, in: transaction).prefix(Self.batchesMax)
      if open.contains(where: { $0.settledAt == nil }) {
        var settled = 0
        for batch in open {
          let tally = try BatchTable.tally(ofBatch: batch.id, in: transaction)
          settled += tally.reduce(0) { $0 + ([.pending, .unresolved].contains($1.key) ? 0 : $1.value) }
        }
        openPlan = (plan.selected, settled)
      }
    }
    nextCycle = try ScheduleTable.list(limit: 20, in: transaction).compactMap { $0.nextMoment(now: moment.wall) }.min()
    workers = try WorkerTable.list(limit: Self.workersMax, in: transaction)
    depths = try JobTable.depths(in: transaction)
    pauses = try PauseTable.list(in: transaction)
    sources = try SourceTable.list(in: transaction)
    isRestored = try RestoreTable.restoredAt(in: transaction) != nil
    alerts = try AlertTable.list(limit: Self.alertsMax, in: transaction).filter { $0.recoveredAt == nil }
  }

  /// Available leads of each class, ours in flight included; nil before the first reading.
  var stock: PerClass<Int>? { reading?.stock.map { $0.availablePerClass.map { $1 + inFlight[$0] } } }
  /// Workable leads, ours in flight included.
  var total: Int? { reading?.stock.map { $0.total + inFlight.sum } }

  func count(_ state: JobState) -> Int { depths.reduce(0) { $0 + ($1.state == state ? $1.count : 0) } }

  func aliveWorkers(at now: Timestamp) -> Int { workers.count { $0.isAlive(at: now) } }
}

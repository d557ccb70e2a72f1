import Database
import JobQueue
import LeadStore
import Leads
import Operations
import Timekeeping

/// What `doctor` reads of the store, in one look that changes nothing.
struct StoreFacts: Sendable {
  var crm: String?
  var restoredAt: Timestamp?
  var workers: [WorkerRecord]
  var jobs: [(kind: String, state: JobState, count: Int)]
  var pauses: [Pause]
  var heldReadings: Int
  var lastReading: SnapshotRow?
  var lastCycle: CycleRow?
  /// The failure of the last reading of the last cycle, if it failed.
  var failedReading: String?
  var today: DailyCount
  /// Since the last request that created leads; nil: never, or cleared.
  var sinceLastUpload: Duration?
  var sources: [SourceRow]
  /// Leads that may still be uploaded, of the files that are configured.
  var supply: Int
  /// The latest time that anything in the store bears.
  var latest: Timestamp?

  init(calendar: BusinessCalendar, moment: Moment, paths: [String], in transaction: Transaction) throws {
    crm = try StoreIdentityTable.crm(in: transaction)
    restoredAt = try RestoreTable.restoredAt(in: transaction)
    workers = try WorkerTable.list(limit: 1000, in: transaction)
    jobs = try JobTable.counts(in: transaction)
    pauses = try PauseTable.list(in: transaction)
    heldReadings = try SnapshotTable.heldSinceAccepted(in: transaction).count
    lastReading = try SnapshotTable.lastAccepted(in: transaction)
    let cycle = try CycleTable.list(limit: 1, in: transaction).first
    lastCycle = cycle
    failedReading =
      try cycle.flatMap { try SnapshotTable.list(ofCycle: $0.id, in: transaction).last }
      .flatMap { $0.verdict == .failed ? $0.reason : nil }
    today = try QuotaTable.count(of: calendar.day(of: moment.wall), in: transaction)
    sinceLastUpload = try CooldownTable.elapsed(at: moment, in: transaction)?.elapsed
    let known = try SourceTable.list(in: transaction)
    sources = known.filter { paths.contains($0.path) }
    supply =
      sources.isEmpty ? 0 : try CatalogTable.supply(sources: sources.map(\.id), in: transaction).sum
    let entry = try AuditTable.latest(.init(), limit: 1, in: transaction).last?.at
    latest = ([entry, cycle?.startedAt] + workers.prefix(1).map(\.heartbeatAt)).compactMap(\.self).max()
  }

  func count(_ state: JobState) -> Int { jobs.filter { $0.state == state }.reduce(0) { $0 + $1.count } }
}

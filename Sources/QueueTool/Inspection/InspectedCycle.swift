import Database
import JobQueue
import LeadStore

/// One cycle with everything that followed from it.
struct InspectedCycle: Sendable {
  var cycle: CycleRow
  var snapshots: [SnapshotRow]
  var plan: PlanRow?
  /// Batches of the plan, also when not all are shown.
  var batchCount: Int
  var batches: [InspectedBatch]

  /// `job`: show only the batch of this job.
  init(_ cycle: CycleRow, onlyJob job: Int64? = nil, withLeads: Bool, in transaction: Transaction) throws {
    self.cycle = cycle
    snapshots = try SnapshotTable.list(ofCycle: cycle.id, in: transaction)
    plan = try PlanTable.find(ofCycle: cycle.id, in: transaction)
    let rows = try plan.map { try BatchTable.list(ofPlan: $0.id, in: transaction) } ?? []
    batchCount = rows.count
    batches =
      try rows
      .filter { job == nil || $0.jobID == job }
      .map { try InspectedBatch($0, withLeads: withLeads, in: transaction) }
  }
}

/// A batch: its jobs, what became of its leads.
struct InspectedBatch: Sendable {
  /// Lines of the ledger that are read of one batch.
  static let ledgerMax = 5000

  var batch: BatchRow
  /// More than one when a job ended without settling the batch.
  var jobs: [InspectedJob]
  /// Ledger lines before any attempt: the reservation.
  var reservation: [LedgerLine]
  var tally: [BatchLeadState: Int]
  /// Nil unless asked for.
  var leads: [BatchLeadDetail]?

  init(_ batch: BatchRow, withLeads: Bool, in transaction: Transaction) throws {
    self.batch = batch
    tally = try BatchTable.tally(ofBatch: batch.id, in: transaction)
    leads = withLeads ? try BatchTable.details(ofBatch: batch.id, in: transaction) : nil
    let ledger = try LedgerTable.summary(ofBatch: batch.id, limit: Self.ledgerMax, in: transaction)
    reservation = ledger.filter { $0.attempt == nil }
    guard let record = try JobTable.find(batch.jobID, in: transaction) else {
      jobs = []
      return
    }
    // A batch and its first job are made in one transaction, at one moment.
    let replaced = record.createdAt > batch.createdAt ? try JobTable.predecessors(of: record.id, in: transaction) : []
    let records = replaced + [record]
    jobs = try records.enumerated().map { index, record in
      // Attempts count from 1 in each job: the time tells whose a line is.
      let end = index + 1 < records.count ? records[index + 1].createdAt : nil
      return try InspectedJob(
        record,
        ledger: ledger.filter { line in
          line.attempt != nil && (index == 0 || line.at >= record.createdAt) && end.map { line.at < $0 } ?? true
        }, in: transaction)
    }
  }
}

/// A job and its attempts.
struct InspectedJob: Sendable {
  struct Attempt: Sendable {
    var number: Int
    var events: [JobEvent]
    var ledger: [LedgerLine]

    var workerID: String? { events.lazy.compactMap(\.workerID).first }
  }

  var record: JobRecord
  /// Before the first attempt, such as `enqueued`.
  var earlyEvents: [JobEvent]
  var attempts: [Attempt]

  init(_ record: JobRecord, ledger: [LedgerLine], in transaction: Transaction) throws {
    self.record = record
    let events = try JobTable.events(of: record.id, in: transaction)
    earlyEvents = events.filter { $0.attempt == 0 }
    let numbers = Set(events.map(\.attempt)).union(ledger.compactMap(\.attempt)).subtracting([0])
    attempts = numbers.sorted().map { number in
      Attempt(
        number: number, events: events.filter { $0.attempt == number }, ledger: ledger.filter { $0.attempt == number })
    }
  }
}

/// The whole history of one lead.
struct InspectedLead: Sendable {
  struct Visit: Sendable {
    var cycle: Int64?
    var plan: Int64
    var job: Int64
    var detail: BatchLeadDetail
    /// The batch's requests, and what became of this lead.
    var ledger: [LedgerLine]
  }

  private static let linesMax = 1000

  var lead: CatalogLead
  var visits: [Visit]
  /// Lines outside any batch: imported from a tracking file.
  var outside: [LedgerLine]

  init(_ lead: CatalogLead, in transaction: Transaction) throws {
    self.lead = lead
    let own = try LedgerTable.lines(ofLead: lead.id, limit: Self.linesMax, in: transaction)
    outside = own.filter { $0.batchID == nil }
    visits = try BatchTable.history(ofLead: lead.id, in: transaction).compactMap { id, position in
      guard let batch = try BatchTable.find(id, in: transaction),
        let detail = try BatchTable.detail(ofBatch: id, position: position.position, in: transaction)
      else { return nil }
      let requests = try LedgerTable.lines(ofBatch: id, perLead: false, limit: Self.linesMax, in: transaction)
      let results = own.filter { $0.batchID == id }
      return Visit(
        cycle: try PlanTable.cycle(ofPlan: batch.planID, in: transaction), plan: batch.planID, job: batch.jobID,
        detail: detail, ledger: (requests + results).sorted { $0.at < $1.at })
    }
  }
}

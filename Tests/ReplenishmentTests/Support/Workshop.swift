import Database
import Foundation
import LeadStore
import Leads
import Logging
import Planning
import TestSupport
import Timekeeping

@testable import JobQueue
@testable import Replenishment

/// A real store in a folder of its own, a simulated CRM, and a clock that the test moves: what the jobs of one test work with.
final class Workshop {
  let store: Store
  let crm = SimulatedCRM()
  let place: StorePlace
  var folder: TemporaryFolder { place.folder }
  var now = Timestamp(milliseconds: 1_790_000_000_000)
  var policy = Policy()
  var upload = UploadRules()
  var sourcePaths = ["leads.json"]
  /// Nil: one that stands still at `now`.
  var clock: WallClock?
  /// Nil: leads are sent at any time.
  var businessHours: (hours: BusinessHours, holidays: Holidays)?
  var sources = SourceRules()
  var alerts = AlertRules()
  /// Where copies of uploaded leads go.
  var copies: String?
  var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  private static let lease = Duration.seconds(120)

  init() async throws {
    place = try await StorePlace()
    store = try await LeadStore.open(place.address(), now: now)
    policy.maxDailyUploads = 100_000
    policy.maxUploadPerRun = 10_000
    policy.cooldownMilliseconds = 0
    policy.minUploadBatch = 1
    policy.minPerClass = PerClass(repeating: 0)
    policy.avoidOverloadingAgents = false
    upload.batchSize = 8
    upload.requestTimeout = .seconds(60)
    upload.readBackGrace = .seconds(90)
    let identity = crm.identity
    try await store.write { [now] transaction in
      try StoreIdentityTable.make("store-1", in: transaction)
      try StoreIdentityTable.bind(crm: identity, now: now, in: transaction)
      try JobKind.declareQueues(in: transaction)
      try WorkerTable.register(
        WorkerRecord(
          id: "w", host: "h", pid: 1, version: "0", kinds: JobKind.workerKinds.map(\.rawValue),
          queues: JobKind.workerQueues, startedAt: now, heartbeatAt: now), in: transaction)
    }
  }

  var workplace: Workplace {
    let calendar = BusinessCalendar(
      zone: "America/New_York", hours: businessHours?.hours ?? .usual, holidays: businessHours?.holidays ?? .none)
    guard let calendar else { preconditionFailure("a known zone") }
    var workplace = Workplace(
      store: store, crm: crm, policy: policy, sourcePaths: sourcePaths, calendar: calendar, upload: upload,
      // It stands still: what one moment writes is not to look old because the machine is busy.
      clock: clock ?? WallClock(showing: { [now] in Moment(wall: now, bootID: nil, sinceBoot: nil) }), logger: logger,
      actor: "test")
    workplace.respectsBusinessHours = businessHours != nil
    workplace.sources = sources
    workplace.alerts = alerts
    workplace.uploadCopies = copies
    return workplace
  }

  // MARK: Leads and plans

  /// Puts leads of class A into the catalog, under one source. `npi` nil for those without.
  func stock(_ leads: [(name: String, npi: String?)]) async throws {
    let path = sourcePaths[0]
    try await store.write { [now] transaction in
      let source = try SourceTable.findOrAdd(path: path, in: transaction)
      for (index, lead) in leads.enumerated() {
        let npi = lead.npi.map { "\"\($0)\"" } ?? "null"
        try transaction.run(
          """
          INSERT INTO lead (key, source_id, line, class, score, body, npi, state, generation, changed_at)
          VALUES ($1, $2, $3, 'A', 80, $4, $5, 'available', 1, $6)
          """,
          [
            .text(lead.npi.map { "npi:\($0)" } ?? "hash:\(lead.name)"), .integer(source.id), .int(index + 1),
            .text("{\"practice_name\":\"\(lead.name)\",\"npi\":\(npi)}"), .optional(lead.npi), .time(now),
          ])
      }
    }
  }

  static func stock(total: Int, newestLeadID: Int64 = 0, at time: Timestamp) -> Stock {
    Stock(
      total: total, available: total, availablePerClass: PerClass(aPlus: 0, a: total, b: 0), availableOther: 0,
      closed: 0,
      activeAgents: 3, deskLoad: 0, conversion: PerClass(repeating: Conversion(won: 0, lost: 0)),
      newestLeadID: newestLeadID, takenAt: time)
  }

  /// Begins a cycle, plans for `count` leads and commits: their batches and jobs stand in the store afterwards.
  @discardableResult
  func plan(_ count: Int, total: Int = 0) async throws -> PlanCommit.Committed {
    policy.minTotal = total + count
    policy.targetTotal = total + count
    let newest = Int64(crm.rows.count)
    let workplace = workplace
    return try await store.write(.power) { [now] transaction in
      let cycle = try CycleTable.begin(scheduler: "s", now: now, in: transaction)
      let stock = Workshop.stock(total: total, newestLeadID: newest, at: now)
      let id = try SnapshotTable.add(stock, cycle: cycle, in: transaction)
      guard let snapshot = try SnapshotTable.find(id, in: transaction) else { preconditionFailure("just added") }
      let committed = try PlanCommit(workplace: workplace, cycle: cycle, scheduler: "s", isDryRun: false)
        .run(snapshot, stock: stock, in: transaction)
      try CycleTable.finish(cycle, scheduler: "s", state: .done, message: "planned", now: now, in: transaction)
      return committed
    }
  }

  // MARK: Working

  enum Step: Equatable {
    case worked
    /// The process died in the middle; its lease runs.
    case died
    case idle
  }

  /// Leases the next upload job and runs one attempt of it; `prepare` sees its context first.
  func step(_ prepare: (JobContext) -> Void = { _ in }) async throws -> Step {
    crm.pass(to: now)
    let now = now
    let jobs = try await store.write { transaction in
      try JobTable.lease(
        JobTable.LeaseRequest(
          worker: "w", kinds: [ServedKind(JobKind.upload.rawValue)], queues: [JobKind.upload.queue], count: 1,
          duration: Self.lease), now: now, in: transaction)
    }
    guard let job = jobs.first else { return .idle }
    let context = JobContext(lease: job.lease, deadline: .now + Self.lease, clock: .system)
    prepare(context)
    do {
      let settlement = try await UploadHandler(workplace: workplace).run(job, context)
      _ = try await store.write(settlement.durability) { transaction in
        try JobTable.requireLease(job.lease, in: transaction)
        try settlement.effects?(transaction)
        return try JobTable.settle(
          job.lease, settlement.outcome, backoff: .seconds(2), now: now, in: transaction)
      }
      return .worked
    } catch is SimulatedDeath {
      return .died
    } catch let error as DatabaseError where "\(error)".contains(Fuse.word) {
      return .died
    }
  }

  /// Moves the clock to where something can happen next: a lease that ends, a job that wakes. False when no job is left.
  func waitForWork() async throws -> Bool {
    let next = try await store.read { transaction in
      try transaction.first(
        """
        SELECT min(CASE state WHEN 'leased' THEN lease_expires_at WHEN 'waiting' THEN run_at END), count(*) FROM job
        WHERE kind = 'upload' AND state IN ('leased', 'waiting', 'available')
        """, []
      ) { ($0.optionalInt64(0), $0.int(1)) }
    }
    guard let next, next.1 > 0 else { return false }
    if let time = next.0 { now = max(now, Timestamp(milliseconds: time)) }
    return true
  }

  /// What a cycle does first: cares for batches whose job ended without settling them.
  func rescue() async throws {
    let workplace = workplace
    try await store.write(.power) { transaction in
      for batch in try BatchTable.open(in: transaction) {
        try BatchRescue(workplace: workplace).run(batch, in: transaction)
      }
    }
  }

  /// Works until every batch is settled. Throws when that takes more than `stepsMax` steps.
  func finish(stepsMax: Int = 600) async throws {
    for _ in 0..<stepsMax {
      switch try await step() {
      case .worked: continue
      case .died, .idle:
        if try await waitForWork() { continue }
        if try await store.read({ try BatchTable.openCount(in: $0) }) == 0 { return }
        try await rescue()
      }
    }
    throw NotFinished(steps: stepsMax)
  }

  struct NotFinished: Error {
    let steps: Int
  }
}

/// Lets the store refuse a write in the middle, as if the process had died there: nothing of the transaction is kept.
enum Fuse {
  static let word = "simulated death at a write"

  /// After `writes` more lines of ledger or job history the next one fails, once `lay` was called.
  static func lay(in store: Store) async throws {
    try await store.write { transaction in
      try transaction.connection.execute(transaction.dialect == .sqlite ? onFile : onServer)
    }
  }

  private static let onFile = """
    CREATE TABLE fuse (written INTEGER NOT NULL, blows_at INTEGER NOT NULL);
    INSERT INTO fuse VALUES (0, -1);
    CREATE TRIGGER fuse_ledger AFTER INSERT ON ledger BEGIN
      UPDATE fuse SET written = written + 1;
      SELECT RAISE(ABORT, '\(word)') FROM fuse WHERE written = blows_at;
    END;
    CREATE TRIGGER fuse_event AFTER INSERT ON job_event WHEN new.transition <> 'leased' BEGIN
      UPDATE fuse SET written = written + 1;
      SELECT RAISE(ABORT, '\(word)') FROM fuse WHERE written = blows_at;
    END;
    """

  private static let onServer = """
    CREATE TABLE fuse (written BIGINT NOT NULL, blows_at BIGINT NOT NULL);
    INSERT INTO fuse VALUES (0, -1);
    CREATE FUNCTION burn() RETURNS trigger LANGUAGE plpgsql AS $burn$
    BEGIN
      UPDATE fuse SET written = written + 1;
      IF EXISTS (SELECT 1 FROM fuse WHERE written = blows_at) THEN RAISE EXCEPTION '\(word)'; END IF;
      RETURN NULL;
    END
    $burn$;
    CREATE TRIGGER fuse_ledger AFTER INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION burn();
    CREATE TRIGGER fuse_event AFTER INSERT ON job_event FOR EACH ROW WHEN (new.transition <> 'leased')
      EXECUTE FUNCTION burn();
    """

  static func set(in store: Store, after writes: Int?) async throws {
    _ = try await store.write { transaction in
      try transaction.run("UPDATE fuse SET written = 0, blows_at = $1", [.int(writes ?? -1)])
    }
  }
}

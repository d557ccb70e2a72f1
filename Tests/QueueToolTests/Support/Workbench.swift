import Database
import JobQueue
import LeadStore
import Leads
import Operations
import Planning
import Replenishment
import TestSupport
import Timekeeping

/// A store in which a test makes things happen step by step, each a second after the one before.
final class Workbench {
  static let start = Timestamp(milliseconds: 1_772_463_600_000)
  static let day = "2026-03-02"
  static let npis = ["1234567893", "1245319599", "1003000126", "1992999825"]

  let place: StorePlace
  var folder: TemporaryFolder { place.folder }
  let store: Store
  private(set) var now = Workbench.start

  init() async throws {
    place = try await StorePlace()
    store = try await LeadStore.open(place.address(), now: Self.start)
    try await Program.prepare(store)
    try await store.write { transaction in
      try WorkerTable.register(
        WorkerRecord(
          id: "worker-1", host: "host", pid: 1, version: "0", kinds: ["upload"], queues: ["upload"],
          startedAt: Self.start, heartbeatAt: Self.start), in: transaction)
    }
  }

  func tick() -> Timestamp {
    now = now + .seconds(1)
    return now
  }

  func moment() -> Moment { Moment(wall: tick(), bootID: nil, sinceBoot: nil) }

  func marker(_ batch: Int64, _ position: Int) async throws -> String {
    let storeID = try await store.read { try StoreIdentityTable.storeID(in: $0) }
    return "\(storeID):\(batch):\(position)"
  }

  /// Puts the four leads of `npis` into the catalog, all of score 92, lines 1 to 4.
  func fillCatalog() async throws {
    let now = tick()
    try await store.write { transaction in
      let source = try SourceTable.findOrAdd(path: "leads.json", in: transaction)
      let generation = try SourceTable.beginReading(source.id, in: transaction)
      for (index, npi) in Self.npis.enumerated() {
        let record: RawRecord = [
          "npi": .text(npi), "score": .number("92"), "practice_name": .text("Practice \(index)"),
        ]
        guard case .usable(let lead, _) = RecordCleaner().clean(record) else {
          throw LeadStoreError.unreadable("the record of the test")
        }
        try CatalogTable.put(
          lead, line: index + 1, source: source.id, generation: generation, label: "test", now: now, in: transaction)
      }
    }
  }

  struct Planned {
    var cycle: Int64
    var plan: Int64
    var batch: Int64
    var job: Int64
  }

  /// One cycle that selects all available leads into one batch.
  func planUpload() async throws -> Planned {
    let now = tick()
    return try await store.write { transaction in
      let cycle = try CycleTable.begin(scheduler: "scheduler-1", now: now, in: transaction)
      let stock = Stock(
        total: 10, available: 10, availablePerClass: PerClass(aPlus: 2, a: 5, b: 3), availableOther: 0, closed: 0,
        activeAgents: 3, deskLoad: 0, conversion: PerClass(repeating: Conversion(won: 0, lost: 0)), newestLeadID: 100,
        takenAt: now)
      let snapshot = try SnapshotTable.add(stock, cycle: cycle, in: transaction)
      try SnapshotTable.judge(snapshot, .accepted, reason: nil, in: transaction)
      let source = try SourceTable.findOrAdd(path: "leads.json", in: transaction)
      let leads = try CatalogTable.choose(.aPlus, count: 100, sources: [source.id], in: transaction)
      let plan = Planner.plan(
        PlanningInput(
          policy: Policy(), stock: stock, inFlight: PerClass(repeating: 0),
          supply: PerClass(aPlus: leads.count, a: 0, b: 0), usage: .init()))
      let planID = try PlanTable.add(
        plan, cycle: cycle, snapshot: snapshot, selected: leads.count, now: now, in: transaction)
      let job = try JobTable.enqueue(
        NewJob(kind: "upload", queue: "upload", payload: "{}", uniqueKey: "upload:\(planID):1"), now: now,
        in: transaction)
      let batch = try BatchTable.create(
        plan: planID, ordinal: 1, job: job ?? 0, leads: leads, newestLeadID: 100, day: Self.day, now: now,
        in: transaction)
      try CycleTable.finish(
        cycle, scheduler: "scheduler-1", state: .done, message: "Upload planned", now: now, in: transaction)
      return Planned(cycle: cycle, plan: planID, batch: batch, job: job ?? 0)
    }
  }

  func lease(_ kind: String = "upload") async throws -> Lease {
    let now = tick()
    let leased = try await store.write { transaction in
      try JobTable.lease(
        JobTable.LeaseRequest(
          worker: "worker-1", kinds: [ServedKind(kind)], queues: ["upload"], count: 1, duration: .seconds(60)),
        now: now, in: transaction)
    }
    guard let job = leased.first else { throw LeadStoreError.unreadable("no job to lease") }
    return job.lease
  }

  func intend(_ batch: Int64, _ positions: [Int], _ lease: Lease) async throws {
    let now = tick()
    try await store.write { transaction in
      try BatchTable.intend(
        batch, positions: positions, lease: lease, bodyHash: "abc", today: Self.day, dailyLimit: 500, now: now,
        in: transaction)
    }
  }

  func finish(_ batch: Int64, _ results: [(position: Int, result: LeadResult)], _ lease: Lease) async throws {
    let moment = moment()
    _ = try await store.write { transaction in
      try BatchTable.finish(batch, results: results, lease: lease, moment: moment, in: transaction)
    }
  }

  func settle(_ lease: Lease, _ outcome: Outcome) async throws {
    let now = tick()
    _ = try await store.write { transaction in
      try JobTable.settle(lease, outcome, backoff: .seconds(1), now: now, in: transaction)
    }
  }

  /// Changes the store as no program of ours does: without the triggers that forbid it.
  func tamper(_ statements: [String]) async throws {
    try await store.write { transaction in
      switch transaction.dialect {
      case .sqlite:
        let triggers = try transaction.query("SELECT name FROM sqlite_master WHERE type = 'trigger'") { $0.text(0) }
        for trigger in triggers { try transaction.run("DROP TRIGGER \(trigger)") }
      case .postgresql:
        for table in ["job", "batch_lead", "ledger", "audit"] {
          try transaction.run("ALTER TABLE \(table) DISABLE TRIGGER USER")
        }
      }
      for statement in statements { try transaction.run(statement) }
    }
  }
}

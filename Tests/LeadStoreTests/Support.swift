import CSQLite
import Database
import JobQueue
import LeadStore
import Leads
import Planning
import TestSupport
import Testing
import Timekeeping

/// 2026-03-02 15:00:00 UTC.
let start = Timestamp(milliseconds: 1_772_463_600_000)
let monday = "2026-03-02"
let tuesday = "2026-03-03"

/// A fresh store with a worker `w`, a queue `upload` and a source `leads.json`.
struct Fixture: Sendable {
  let place: StorePlace
  let store: Store

  init() async throws {
    place = try await StorePlace()
    store = try await LeadStore.open(place.address(), now: start)
    try await store.write { transaction in
      let worker = WorkerRecord(
        id: "w", host: "h", pid: 1, version: "1", kinds: ["upload"], queues: ["upload"], startedAt: start,
        heartbeatAt: start)
      try WorkerTable.register(worker, in: transaction)
      try JobTable.declareQueue("upload", in: transaction)
      _ = try SourceTable.findOrAdd(path: "leads.json", in: transaction)
    }
  }

  func write<Value: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Value) async throws -> Value {
    try await store.write(.process, body)
  }
}

extension Lead {
  /// A lead of its own for each number, known by its phone.
  static func numbered(_ number: Int, score: Int = 95, owner: String = "Ada Example") throws -> Lead {
    var record = RawRecord()
    record[.score] = .number("\(score)")
    record[.ownerName] = .text(owner)
    record[.practicePhone] = .text("212555\(1000 + number)")
    guard case .usable(let lead, _) = RecordCleaner().clean(record) else { throw Unusable() }
    return lead
  }

  struct Unusable: Error {}
}

extension Transaction {
  @discardableResult
  func put(_ lead: Lead, source: Int64 = 1, generation: Int = 1, at now: Timestamp = start) throws -> Bool {
    try CatalogTable.put(
      lead, line: 1, source: source, generation: generation, label: "label", now: now, in: self)
  }

  /// Puts `count` leads of class A+ and chooses them.
  func leads(_ numbers: Range<Int>) throws -> [SelectedLead] {
    for number in numbers { try put(.numbered(number)) }
    return try CatalogTable.choose(.aPlus, count: numbers.count, sources: [1], in: self)
  }

  /// The one plan of a test, made at the first call.
  func plan() throws -> Int64 {
    if let id = try first("SELECT max(id) FROM plan", [], { $0.optionalInt64(0) }) ?? nil { return id }
    let cycle = try CycleTable.begin(scheduler: "s", now: start, in: self)
    let snapshot = try SnapshotTable.add(.example, cycle: cycle, in: self)
    let plan = Planner.plan(
      PlanningInput(
        policy: Policy(), stock: .example, inFlight: PerClass(repeating: 0), supply: PerClass(repeating: 100),
        usage: .init()))
    return try PlanTable.add(plan, cycle: cycle, snapshot: snapshot, selected: 0, now: start, in: self)
  }

  /// A batch of these leads, its job leased.
  func batch(
    _ leads: [SelectedLead], day: String = monday, at now: Timestamp = start
  ) throws -> (id: Int64, lease: Lease) {
    let plan = try plan()
    let job = try #require(
      try JobTable.enqueue(NewJob(kind: "upload", queue: "upload", payload: "{}"), now: now, in: self))
    let ordinal = try BatchTable.list(ofPlan: plan, in: self).count + 1
    let id = try BatchTable.create(
      plan: plan, ordinal: ordinal, job: job, leads: leads, newestLeadID: 0, day: day, now: now, in: self)
    return (id, try lease(at: now))
  }

  /// Leases the next job.
  func lease(at now: Timestamp = start) throws -> Lease {
    let request = JobTable.LeaseRequest(
      worker: "w", kinds: ["upload"], queues: ["upload"], count: 1, duration: .seconds(3600))
    return try #require(try JobTable.lease(request, now: now, in: self).first).lease
  }

  func intend(
    _ batch: (id: Int64, lease: Lease), _ positions: [Int], today: String = monday, dailyLimit: Int = 500,
    at now: Timestamp = start
  ) throws {
    try BatchTable.intend(
      batch.id, positions: positions, lease: batch.lease, bodyHash: "hash", today: today, dailyLimit: dailyLimit,
      now: now,
      in: self)
  }

  @discardableResult
  func finish(
    _ batch: (id: Int64, lease: Lease), _ results: [(Int, LeadResult)], at now: Timestamp = start
  ) throws -> DailyCount {
    try BatchTable.finish(
      batch.id, results: results.map { (position: $0.0, result: $0.1) }, lease: batch.lease, moment: .at(now),
      in: self)
  }

  func states(_ batch: Int64) throws -> [BatchLeadState] {
    try BatchTable.leads(ofBatch: batch, in: self).map(\.state)
  }

  func doubts(_ batch: Int64) throws -> [Doubt] {
    try BatchTable.leads(ofBatch: batch, in: self).map(\.doubt)
  }

  func count(_ day: String = monday) throws -> DailyCount { try QuotaTable.count(of: day, in: self) }

  func state(_ lead: Lead) throws -> LeadState? { try CatalogTable.find(key: lead.key, in: self)?.state }

  func integer(_ sql: String) throws -> Int { try first(sql, [], { $0.int(0) }) ?? -1 }
}

extension Stock {
  static let example = Stock(
    total: 10, available: 10, availablePerClass: PerClass(aPlus: 2, a: 5, b: 3), availableOther: 0, closed: 0,
    activeAgents: 3, deskLoad: 0, conversion: PerClass(repeating: Conversion(won: 0, lost: 0)), newestLeadID: 10,
    takenAt: start)
}

extension Fixture {
  /// Changes the audit trail as somebody with write access to the store would, past the triggers.
  func tamper(_ sql: String) throws {
    switch store.address {
    case .file(let path):
      try RawConnection(path).execute(
        """
        DROP TRIGGER IF EXISTS audit_never_changes; DROP TRIGGER IF EXISTS audit_never_shrinks;
        DROP TRIGGER IF EXISTS audit_never_replaced; \(sql)
        """)
    case .server(let server):
      let connection = try PostgresConnection(
        url: server.url, options: PostgresOptions(readOnly: false, applicationName: "stranger"))
      try connection.execute("SET search_path = \(server.schema); ALTER TABLE audit DISABLE TRIGGER USER; \(sql)")
    }
  }
}

/// A connection past our own wrapper: what a stranger with a tool does to the file.
final class RawConnection {
  struct Refused: Error {
    let message: String
  }

  private let handle: OpaquePointer

  init(_ path: String) throws {
    var opened: OpaquePointer?
    guard sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK, let opened else {
      throw Refused(message: "open")
    }
    handle = opened
    sqlite3_busy_timeout(handle, 5000)
  }

  deinit {
    sqlite3_close_v2(handle)
  }

  func execute(_ sql: String, ignoringChecks: Bool = false) throws {
    if ignoringChecks { try execute("PRAGMA ignore_check_constraints = ON") }
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
      throw Refused(message: String(cString: sqlite3_errmsg(handle)))
    }
  }
}

extension Moment {
  /// On a machine whose time since boot is not known.
  static func at(_ wall: Timestamp) -> Moment { Moment(wall: wall, bootID: nil, sinceBoot: nil) }
}

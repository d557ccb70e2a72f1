import Alerts
import Dashboard
import Database
import Foundation
import JobQueue
import LeadStore
import Leads
import Operations
import Synchronization
import TestSupport
import Timekeeping

@testable import lead_queue

/// A dashboard that runs over a store of its own, until the test ends.
final class Visit: Sendable {
  static let token = "an invented token of thirty bytes"
  static let start = Timestamp(milliseconds: 1_772_463_600_000)
  /// Nothing of a lead but its key may show anywhere.
  static let privateTexts = ["Planted Practice", "5550100199", "planted@example.com"]
  static let hostile = #"<script>alert("1")</script>&'"#

  let place: StorePlace
  let store: Store
  let port: Int
  private let running: Task<Void, any Error>

  /// Runs `body` against a dashboard with these settings on a free port, and ends it.
  static func with(
    _ settings: DashboardSettings, prepare: @escaping @Sendable (Transaction) throws -> Void = { _ in },
    _ body: (Visit) async throws -> Void
  ) async throws {
    let visit = try await Visit(settings, prepare)
    do { try await body(visit) } catch {
      try await visit.end()
      throw error
    }
    try await visit.end()
  }

  private init(
    _ settings: DashboardSettings, _ prepare: @escaping @Sendable (Transaction) throws -> Void
  ) async throws {
    place = try await StorePlace()
    let source = ConfigurationSource(
      variables: place.variables().merging([
        "LEAD_LOG_FILE": place.folder.file("log"), "LEAD_LOG_LEVEL": "error", "LEAD_NOW": "2026-03-02T10:00:00-05:00",
      ]) { $1 })
    let program = try await Program.start("lead-queue", from: source)
    store = program.store
    try await store.write { try prepare($0) }
    let screen = Screen(
      output: StandardStream(isTerminal: false, isColoured: false, send: { _ in }), width: nil,
      time: ShownTime(zoneName: "UTC"))
    let dashboard = Dashboard(settings, office: DashboardOffice(Desk(program: program, screen: screen)))
    let (ports, readiness) = AsyncStream.makeStream(of: Int.self)
    let running = Task {
      defer { readiness.finish() }
      try await dashboard.run { readiness.yield($0) }
    }
    self.running = running
    var found: Int?
    for await port in ports {
      found = port
      break
    }
    guard let found else {
      try await running.value
      throw CancellationError()
    }
    port = found
  }

  /// Ends it as a signal does. Returns when it has ended.
  func end() async throws {
    running.cancel()
    try await running.value
  }

  /// One request on a connection of its own. `host`: nil leaves the header out.
  func ask(
    _ method: String = "GET", _ path: String, host: String? = "localhost", headers: [String: String] = [:],
    form: [String: String]? = nil
  ) async throws -> Wire.Answer {
    let wire = try Wire(port: port)
    let body = form.map { fields in
      fields.map { "\($0.key)=\($0.value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")" }
        .joined(separator: "&")
    }
    var head = ["\(method) \(path) HTTP/1.1", "Connection: close"]
    if let host { head.append("Host: \(host)") }
    if let body {
      head += ["Content-Type: application/x-www-form-urlencoded", "Content-Length: \(body.utf8.count)"]
    }
    head += headers.map { "\($0.key): \($0.value)" }
    wire.send(head.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
    return try await wire.answer()
  }

  /// Signs in. Returns the cookie, and the token that forms carry.
  func signIn(name: String = "ada") async throws -> (cookie: String, formToken: String) {
    let answer = try await ask("POST", "/sign-in", form: ["name": name, "token": Self.token])
    let cookie = answer.headers["set-cookie"].flatMap { $0.split(separator: ";").first }.map(String.init) ?? ""
    let page = try await ask("GET", "/queue", headers: ["Cookie": cookie])
    let marker = #"name="form_token" value=""#
    let rest = page.body.firstRange(of: marker).map { page.body[$0.upperBound...] } ?? ""
    return (cookie, String(rest.prefix { $0 != "\"" }))
  }

  // MARK: What stands in the store

  /// A little of everything: a cycle with its plan and reading, a source with leads, a dead job, a pause, workers, audit.
  @Sendable static func furnish(_ transaction: Transaction) throws {
    let now = start
    let source = try SourceTable.findOrAdd(path: "leads-\(hostile).json", in: transaction)
    let generation = try SourceTable.beginReading(source.id, in: transaction)
    let record: RawRecord = [
      "npi": .text("1234567893"), "score": .number("92"), "practice_name": .text(privateTexts[0]),
      "practice_phone": .text(privateTexts[1]), "email": .text(privateTexts[2]),
    ]
    guard case .usable(let lead, _) = RecordCleaner().clean(record) else { throw LeadStoreError.unreadable("a record") }
    try CatalogTable.put(
      lead, line: 1, source: source.id, generation: generation, label: "test", now: now, in: transaction)
    try SourceTable.finish(
      source.id, state: .read, fingerprint: "f", counts: .init(records: 1, usable: 1), problem: nil, now: now,
      in: transaction)
    let cycle = try CycleTable.begin(scheduler: "s", now: now, in: transaction)
    let stock = Stock(
      total: 77, available: 33, availablePerClass: PerClass(aPlus: 4, a: 17, b: 12), availableOther: 0, closed: 0,
      activeAgents: 3, deskLoad: 0, conversion: PerClass(repeating: Conversion(won: 0, lost: 0)), newestLeadID: 9,
      takenAt: now)
    let snapshot = try SnapshotTable.add(stock, cycle: cycle, in: transaction)
    try SnapshotTable.judge(snapshot, .accepted, reason: nil, in: transaction)
    try CycleTable.finish(
      cycle, scheduler: "s", state: .failed, message: "failed: \(hostile)", now: now + .seconds(3), in: transaction)
    try WorkerTable.register(
      WorkerRecord(
        id: "worker-1", host: hostile, pid: 7, version: "0", kinds: ["upload"], queues: ["upload"], startedAt: now,
        heartbeatAt: now), in: transaction)
    let job = try JobTable.enqueue(
      NewJob(kind: "import", queue: "default", payload: #"{"path":"leads.json"}"#), now: now, in: transaction)
    if let job { _ = try JobTable.cancel(job, because: hostile, now: now, in: transaction) }
    try AuditTable.append(
      .cycleStarted, subject: hostile, detail: ["note": hostile], actor: hostile, now: now, in: transaction)
    try PauseTable.pause(.queue, "upload", by: hostile, because: hostile, now: now, in: transaction)
    for event in [AlertEvent.stockLow, .cycleFailed] {
      let finding = AlertFinding(event, "A", isPresent: true, "the text of \(event.rawValue) \(hostile)")
      try AlertTable.apply(.raise(finding, relapses: 0), now: now, in: transaction)
    }
  }
}

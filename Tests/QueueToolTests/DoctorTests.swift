import Connectors
import Database
import Foundation
import JobQueue
import LeadStore
import Leads
import Operations
import Synchronization
import TestSupport
import Testing
import Timekeeping

@testable import lead_queue

@Suite("The doctor, in surroundings of the test's making", .onEachEngine)
struct DoctorTests {
  let bench: Workbench

  init() async throws {
    bench = try await Workbench()
  }

  /// No CRM is named and none is to be found; nobody else has the store open.
  private func doctor(crm: String? = nil, _ change: (inout Surroundings) -> Void = { _ in }) throws -> Doctor {
    var variables = bench.place.variables()
    variables["LEAD_CRM_URL"] = crm
    variables["LEAD_LOG_FILE"] = bench.folder.file("a.log")
    var surroundings = Surroundings()
    surroundings.storeUsers = { _ in [] }
    surroundings.knownCRMs = []
    surroundings.clock = WallClock(showing: { [now = bench.now] in Moment(wall: now, bootID: nil, sinceBoot: nil) })
    change(&surroundings)
    let file = bench.folder.file("a.json")
    try Data("{}".utf8).write(to: URL(fileURLWithPath: file))
    return Doctor(source: ConfigurationSource(file: file, variables: variables), surroundings: surroundings)
  }

  private func check(
    _ name: HealthCheck.Name, _ change: (inout Surroundings) -> Void = { _ in }
  ) async throws -> HealthCheck {
    let checks = try await doctor(change).examine()
    #expect(checks.map(\.name) == HealthCheck.Name.allCases, "each once, in order")
    return try #require(checks.first { $0.name == name })
  }

  @Test("a log that was set aside and cannot be read is named, for the trail was not compared with it")
  func unreadableLog() async throws {
    #expect(try await check(.audit).state == .ok)
    // A folder in its place: no user can read that as a file.
    let log = bench.folder.file("a.log.1")
    try FileManager.default.createDirectory(atPath: log, withIntermediateDirectories: false)
    let found = try await check(.audit)
    #expect(found.state == .warning)
    #expect(found.finding.contains("whole, but not compared") && found.finding.contains(log))
    #expect(found.remedy?.contains(ShellWord.quoted(log)) == true)
  }

  // MARK: The machine

  @Test("a disk nearly full is found, warned of first; with room it is well")
  func disk() async throws {
    let space: @Sendable (Int64) -> DiskSpace = { DiskSpace(free: $0 << 20, whole: 100 << 30) }
    let full = try await check(.diskSpace) { $0.space = { _ in space(99) } }
    #expect(full.state == .failed)
    #expect(full.finding.contains("99 MB free"))
    #expect(full.remedy?.contains("make room") == true)
    #expect(try await check(.diskSpace) { $0.space = { _ in space(1000) } }.state == .warning)
    #expect(try await check(.diskSpace) { $0.space = { _ in space(1025) } }.state == .ok)
    #expect(try await check(.diskSpace) { $0.space = { _ in nil } }.state == .notChecked)
  }

  @Test(
    "which versions of SQLite may lose commits",
    arguments: [
      ("3.6.23", false), ("3.7.0", true), ("3.40.1", true), ("3.44.5", true), ("3.44.6", false), ("3.45.0", true),
      ("3.50.6", true), ("3.50.7", false), ("3.51.2", true), ("3.51.3", false), ("3.53.0", false),
    ])
  func versions(version: String, isAffected: Bool) {
    #expect(MachineExamination.mayLoseCommits(version) == isAffected)
  }

  @Test("an affected SQLite is named, as mitigated, until a program of somebody else has the store open")
  func sqlite() async throws {
    let quiet = try await check(.sqliteVersion) { $0.sqliteVersion = "3.40.1" }
    #expect(quiet.state == .ok)
    guard bench.place.engine == .sqlite else { return }
    #expect(quiet.finding.contains("mitigated"))
    #expect(quiet.remedy?.contains("3.51.3") == true)
    let strange = try await check(.sqliteVersion) { surroundings in
      surroundings.sqliteVersion = "3.40.1"
      surroundings.storeUsers = { _ in [StoreUser(pid: 5, name: "lead-worker"), StoreUser(pid: 77, name: "sqlite3")] }
    }
    #expect(strange.state == .warning)
    #expect(strange.finding.contains("sqlite3 (process 77)"))
    #expect(strange.remedy?.contains("end process 77") == true)
    let fixed = try await check(.sqliteVersion) { surroundings in
      surroundings.sqliteVersion = "3.51.3"
      surroundings.storeUsers = { _ in [StoreUser(pid: 77, name: "sqlite3")] }
    }
    #expect(fixed.state == .ok)
  }

  @Test("what hangs is cut off, and hides nothing of the rest")
  func hanging() async throws {
    let gate = DispatchSemaphore(value: 0)
    defer { gate.signal() }
    let start = ContinuousClock.now
    let checks = try await doctor { surroundings in
      surroundings.limit = .milliseconds(500)
      surroundings.space = { _ in
        gate.wait()
        return nil
      }
    }.examine()
    // Far from the half a minute after which a test is stopped; the bound itself is not measured on a busy machine.
    #expect(ContinuousClock.now - start < .seconds(20))
    let machine: [HealthCheck.Name] = [.log, .fileModes, .diskSpace, .sqliteVersion]
    for check in checks where machine.contains(check.name) { #expect(check.state == .notChecked) }
    #expect(checks.first { $0.name == .storeSchema }?.state == .ok)
  }

  // MARK: The store

  @Test("a schema that is newer than the program, and one that is older")
  func schema() async throws {
    #expect(try await check(.storeSchema).state == .ok)
    try await bench.store.write { transaction in
      _ = try transaction.run("INSERT INTO migration (version, name, checksum, applied_at) VALUES (9999, 'x', 'x', 1)")
    }
    let newer = try await check(.storeSchema)
    #expect(newer.state == .failed)
    #expect(newer.remedy?.contains("newer programs") == true)
    #expect(try await check(.workers).state == .notChecked)
    try await bench.store.write { transaction in
      _ = try transaction.run("DELETE FROM migration WHERE version = 9999")
      _ = try transaction.run("DELETE FROM migration WHERE version = (SELECT max(version) FROM migration)")
    }
    let older = try await check(.storeSchema)
    #expect(older.state == .warning)
    #expect(older.finding.contains("1 step behind"))
    #expect(older.remedy?.contains("lead-queue migrate") == true)
  }

  @Test("a store put back from a backup, a held reading, a failed one, a failed cycle, dead letters: each by its name")
  func troubles() async throws {
    let now = bench.tick()
    let snapshot = try await bench.store.write { transaction in
      let cycle = try CycleTable.begin(scheduler: "s", now: now, in: transaction)
      let id = try SnapshotTable.add(Self.stock(at: now), cycle: cycle, in: transaction)
      try SnapshotTable.judge(id, .held, reason: "fell", in: transaction)
      try CycleTable.finish(
        cycle, scheduler: "s", state: .failed, message: "the CRM was away", now: now, in: transaction)
      _ = try JobTable.enqueue(NewJob(kind: "upload", queue: "upload", payload: "{}"), now: now, in: transaction)
      return id
    }
    try await bench.settle(try await bench.lease(), .discard(because: "refused"))
    let held = try await check(.readings)
    #expect(held.state == .warning && held.remedy?.contains("lead-queue accept-stock") == true)
    let cycle = try await check(.cycles)
    #expect(cycle.state == .warning && cycle.finding.contains("the CRM was away"))
    let jobs = try await check(.jobs)
    #expect(jobs.state == .warning && jobs.finding == "1 dead letter")
    #expect(jobs.remedy?.contains("lead-queue retry --state dead") == true)
    try await bench.store.write { transaction in
      try SnapshotTable.judge(snapshot, .accepted, reason: nil, in: transaction)
      let cycle = try CycleTable.begin(scheduler: "s", now: now, in: transaction)
      try SnapshotTable.addFailure(cycle: cycle, reason: "CRM not reachable: silent", now: now, in: transaction)
    }
    let failed = try await check(.readings)
    #expect(failed.state == .failed && failed.finding.contains("CRM not reachable: silent"))
    try await bench.store.write { _ = try RestoreTable.begin(now: now, in: $0) }
    let restored = try await check(.store)
    #expect(restored.state == .failed && restored.remedy?.contains("lead-queue restore --finish") == true)
  }

  private static func stock(at now: Timestamp) -> Stock {
    Stock(
      total: 10, available: 10, availablePerClass: PerClass(aPlus: 2, a: 5, b: 3), availableOther: 0, closed: 0,
      activeAgents: 3, deskLoad: 0, conversion: PerClass(repeating: Conversion(won: 0, lost: 0)), newestLeadID: 100,
      takenAt: now)
  }

  // MARK: The budget of requests

  @Test("its requests to the CRM come out of the budget of all programs, and none is sent when there is none left")
  func budget() async throws {
    // Nobody listens there, and a request that is refused counts too. 90 a minute are the default.
    let crm = "http://127.0.0.1:9"
    let now = bench.now
    let limit = RateLimit(destination: crm, perMinute: 90)
    #expect(try await bench.store.write { try RateLimitTable.take(limit, now: now, in: $0) } == nil)
    func tokens() async throws -> Double? {
      try await bench.store.read { try $0.first("SELECT tokens FROM rate_limit") { $0.double(0) } }
    }
    let before = try #require(try await tokens())
    let asked = try await doctor(crm: crm).examine()
    #expect(asked.first { $0.name == .crmReachable }?.state == .failed)
    #expect(try await tokens() == before - 2)

    try await bench.store.write { try RateLimitTable.hold(crm, until: now + .seconds(300), now: now, in: $0) }
    let held = try await doctor(crm: crm).examine().filter { $0.name.rawValue.hasPrefix("crm_") }
    #expect(held.count == 5 && held.allSatisfy { $0.state == .notChecked }, "\(held)")
    #expect(held.allSatisfy { $0.finding.hasPrefix("no request may be sent for 5 min") }, "\(held)")
  }

  // MARK: The report

  @Test("each line fits a terminal of 60 columns, problems alone are few, and the summary counts")
  func report() async throws {
    let report = DoctorReport(checks: try await doctor().examine())
    let output = StandardStream(isTerminal: true, isColoured: false) { _ in }
    let screen = Screen(output: output, width: 60, time: ShownTime(zoneName: "UTC"))
    let lines = report.lines(on: screen, problemsOnly: false)
    // A path is one word, and is not broken.
    #expect(lines.filter { $0.count > 60 && !$0.contains("/") } == [])
    #expect(lines.last?.hasPrefix("\(HealthCheck.Name.allCases.count) checks: ") == true)
    let problems = report.lines(on: screen, problemsOnly: true)
    #expect(problems.contains { $0.hasPrefix("FAILED   crm_reachable") })
    #expect(!problems.contains { $0.hasPrefix("ok ") || $0.hasPrefix("unknown ") })
    #expect(report.hasFailed)
  }
}

@Suite("What the results of looking at a CRM mean")
struct CRMFindingsTests {
  private func reachable(_ error: CRMError, elsewhere: String?) -> HealthCheck? {
    CRMFindings(
      address: "http://crm:8001",
      results: [
        CRMCheck(name: .reachable, outcome: .failed(error)),
        CRMCheck(name: .database, outcome: .skipped(because: .reachable)),
        CRMCheck(name: .login, outcome: .failed(.unreachable("x"))),
        CRMCheck(name: .role, outcome: .skipped(because: .login)),
      ], elsewhere: elsewhere
    ).checks.first
  }

  @Test("a CRM that answers on another port is named, as the setting that ends it")
  func elsewhere() {
    for error in [CRMError.unreachable("refused"), .unexpectedAnswer("/health answered 404")] {
      let check = reachable(error, elsewhere: "http://127.0.0.1:8003")
      #expect(check?.state == .failed)
      #expect(check?.remedy?.contains("LEAD_CRM_URL=http://127.0.0.1:8003") == true)
      #expect(reachable(error, elsewhere: nil)?.remedy?.contains("8003") == false)
    }
  }

  @Test("a rate limit is no failure, and a CRM that says it is ill is sent to its own log")
  func others() {
    #expect(reachable(.rateLimited(retryAfter: .seconds(60)), elsewhere: nil)?.state == .warning)
    let ill = reachable(.unreachable("it reports itself unhealthy"), elsewhere: nil)
    #expect(ill?.remedy?.contains("the CRM's own log") == true)
  }

  @Test("words of a command are quoted where a shell would take them apart")
  func quoting() {
    #expect(ShellWord.quoted(["a/b.db", "it's", "a b", ""]) == #"a/b.db 'it'\''s' 'a b' ''"#)
  }
}

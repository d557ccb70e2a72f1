import ArgumentParser
import Database
import JobQueue
import LeadStore
import Leads
import Operations
import TestSupport
import Testing
import Timekeeping

@testable import lead_queue

@Suite("Who and why, on every manual action", .onEachEngine)
struct ManualActionTests {
  private static let reason = "because of the test"
  private static let actor = "ada"

  @Test("Every verb that changes something writes an entry with the user's name and the reason; no action is left out")
  func everyVerb() async throws {
    let bench = try await Workbench()
    try await mendBooks(bench)
    try await mendJobs(bench)
    try await mendLeads()
    let manual = AuditAction.allCases.filter(\.isManual)
    #expect(Set(try await actions(of: bench)).union(elsewhere) == Set(manual))
  }

  /// Checked where they are done, on a store of their own; a restore and a promotion by the tests of the programs.
  private let elsewhere: Set<AuditAction> = [.leadsRequeued, .storeRestored, .storeReconciled, .storePromoted]

  private func mendBooks(_ bench: Workbench) async throws {
    let (reason, actor, now) = (Self.reason, Self.actor, bench.tick())
    let moment = bench.moment()
    try await bench.store.write { transaction in
      let cycle = try CycleTable.begin(scheduler: "s", now: now, in: transaction)
      let stock = Stock(
        total: 10, available: 10, availablePerClass: PerClass(repeating: 3), availableOther: 0, closed: 0,
        activeAgents: 1, deskLoad: 0, conversion: PerClass(repeating: Conversion(won: 0, lost: 0)), newestLeadID: 1,
        takenAt: now)
      let snapshot = try SnapshotTable.add(stock, cycle: cycle, in: transaction)
      try SnapshotTable.judge(snapshot, .held, reason: "it fell", in: transaction)
      try CooldownTable.start(moment, in: transaction)
      _ = try AcceptStockCommand.accept(because: reason, actor: actor, now: now, in: transaction)
      _ = try CooldownClearCommand.clear(because: reason, actor: actor, now: now, in: transaction)
      _ = try RebindCRMCommand.rebind(
        to: "https://crm.example.com", because: reason, actor: actor, now: now, in: transaction)
      for scope in [Pause.Scope.queue, .kind] {
        _ = try PauseCommand.pause(scope, "upload", because: reason, actor: actor, now: now, in: transaction)
        _ = try ResumeCommand.resume(scope, "upload", because: reason, actor: actor, now: now, in: transaction)
      }
    }
    let time = ShownTime(zoneName: "UTC")
    let text = #"{"uploaded_npis": ["1234567893"], "daily_uploads": {"2026-02-01": 3}}"#
    let calendar = try #require(BusinessCalendar(zone: "UTC"))
    _ = try await TrackingImport(
      store: bench.store, path: "tracking.json", reason: reason, actor: actor, calendar: calendar, now: now,
      progress: { _ in }
    ).run(TrackingContent(Array(text.utf8), time: time))
  }

  private func mendJobs(_ bench: Workbench) async throws {
    let now = bench.tick()
    let jobs = try await bench.store.write { transaction in
      try (0..<4).compactMap { number in
        try JobTable.enqueue(
          NewJob(kind: "import", queue: "upload", payload: "{}", uniqueKey: "import:\(number)"), now: now,
          in: transaction)
      }
    }
    let source = ConfigurationSource(
      variables: bench.place.variables().merging([
        "LEAD_LOG_FILE": bench.folder.file("log"), "LEAD_LOG_LEVEL": "error",
      ]) { $1 })
    let program = try await Program.start("lead-queue", from: source)
    let screen = Screen(
      output: StandardStream(isTerminal: false, isColoured: false, send: { _ in }), width: nil,
      time: ShownTime(zoneName: "UTC"))
    let desk = Desk(program: program, screen: screen)
    for verb in [ManualVerb.cancel, .retry] {
      let mending = JobMending(desk: desk, verb: verb, actor: Self.actor, reason: Self.reason, format: .table)
      #expect(try await mending.run(named: [jobs[0]], isDryRun: false) == .done)
      let choice = try JobChoice.parse(["--kind", "import", "--yes"])
      let filter = choice.filter(from: verb.possible, newestID: jobs[3], now: bench.now + .seconds(86_400))
      #expect(try await mending.run(filter, choice: choice) == .done)
    }
  }

  private func mendLeads() async throws {
    let uploaded = try await Uploaded()
    let key = try await uploaded.leads()[2].key.rawValue
    _ = try await Requeueing(store: uploaded.bench.store, now: uploaded.bench.tick()).run(
      [key], reason: Self.reason, actor: Self.actor)
    #expect(try await actions(of: uploaded.bench) == [.leadsRequeued])
  }

  /// The manual actions of the trail; each names who and why.
  private func actions(of bench: Workbench) async throws -> [AuditAction] {
    let entries = try await bench.store.read { try AuditTable.entries(after: 0, limit: 1000, in: $0) }
    return entries.compactMap { entry in
      guard let action = AuditAction(rawValue: entry.action), action.isManual else { return nil }
      #expect(entry.actor == Self.actor, "\(entry.action)")
      #expect(entry.detail.contains(#""reason":"\#(Self.reason)""#), "\(entry.action): \(entry.detail)")
      return action
    }
  }

  @Test("An import notes who and why with each part of it, so that none is without, wherever it breaks off")
  func importInParts() async throws {
    let bench = try await Workbench()
    let npis = (0..<1500).map { "\"hash:\(String(repeating: "0", count: 60))\(1000 + $0)\"" }.joined(separator: ", ")
    let calendar = try #require(BusinessCalendar(zone: "UTC"))
    _ = try await TrackingImport(
      store: bench.store, path: "t.json", reason: Self.reason, actor: Self.actor, calendar: calendar, now: bench.tick(),
      progress: { _ in }
    ).run(TrackingContent(Array("{\"uploaded_npis\": [\(npis)]}".utf8), time: ShownTime(zoneName: "UTC")))
    let entries = try await bench.audited(.trackingImported)
    #expect(entries.count == 3)
    #expect(entries[0].detail.contains(#""imported":1000"#) && entries[1].detail.contains(#""imported":500"#))
    #expect(entries.allSatisfy { $0.actor == Self.actor && $0.detail.contains(Self.reason) })
  }
}

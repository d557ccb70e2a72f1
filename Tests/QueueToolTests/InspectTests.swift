import Database
import JobQueue
import LeadStore
import Leads
import Operations
import TestSupport
import Testing
import Timekeeping

@testable import lead_queue

@Suite("inspect", .onEachEngine)
struct InspectTests {
  private let screen = Screen(
    output: StandardStream(isTerminal: false, isColoured: false, send: { _ in }), width: nil,
    time: ShownTime(zoneName: "UTC"))

  private func cycle(
    _ bench: Workbench, _ id: Int64, leads: Bool = false
  ) async throws -> InspectedCycle {
    try await bench.store.read { transaction in
      guard let row = try CycleTable.list(id: id, limit: 1, in: transaction).first else {
        throw LeadStoreError.unreadable("no cycle")
      }
      return try InspectedCycle(row, withLeads: leads, in: transaction)
    }
  }

  @Test("A lost reply shows as intended, unknown, read back, each in its attempt")
  func lostReply() async throws {
    let bench = try await Workbench()
    try await bench.fillCatalog()
    let planned = try await bench.planUpload()
    let lease = try await bench.lease()
    try await bench.intend(planned.batch, [0, 1, 2, 3], lease)
    let now = bench.tick()
    try await bench.store.write { transaction in
      try BatchTable.noteUnknown(
        planned.batch, positions: [0, 1, 2, 3], lease: lease, reason: "no answer", now: now, in: transaction)
    }
    try await bench.finish(
      planned.batch,
      [
        (0, .created(crmID: 101)), (1, .created(crmID: 102)), (2, .created(crmID: 103)), (3, .duplicate(existingID: 7)),
      ],
      lease)
    try await bench.settle(lease, .succeeded(result: nil))

    let lines = try await cycle(bench, planned.cycle, leads: true).tree(screen.time).lines(on: screen)
    let wanted = [
      "batch 1 (1 of 1) · settled · 4 leads", "reserved 4 of the limit of 2026-03-02", "attempt 1 · worker worker-1",
      "leased", "intended 4", "unknown 4: no answer", "created 3", "duplicate 1", "succeeded",
      "leads: 3 created, 1 duplicate", "npi:1003000126 · A+ 92 · created · CRM id 101",
    ]
    var rest = lines[...]
    for text in wanted {
      guard let index = rest.firstIndex(where: { $0.contains(text) }) else {
        Issue.record("“\(text)” is not where it belongs")
        return
      }
      rest = rest[(index + 1)...]
    }
    #expect(lines.contains { $0.contains("Total leads (10) below minimum (50)") })
  }

  @Test("When a job died and another took its batch over, each keeps its own attempts")
  func replacedJob() async throws {
    let bench = try await Workbench()
    try await bench.fillCatalog()
    let planned = try await bench.planUpload()
    let first = try await bench.lease()
    try await bench.intend(planned.batch, [0, 1, 2, 3], first)
    try await bench.settle(first, .discard(because: "given up"))
    let now = bench.tick()
    try await bench.store.write { transaction in
      let job = try JobTable.enqueue(
        NewJob(kind: "upload", queue: "upload", payload: "{}", uniqueKey: "upload:\(planned.plan):1"), now: now,
        in: transaction)
      try BatchTable.assign(planned.batch, to: job ?? 0, in: transaction)
    }
    let second = try await bench.lease()
    try await bench.finish(planned.batch, [(0, .created(crmID: 101))], second)

    let jobs = try await cycle(bench, planned.cycle).batches[0].jobs
    #expect(jobs.map(\.record.id) == [first.jobID, second.jobID])
    #expect(jobs.map { $0.attempts.map(\.number) } == [[1], [1]])
    #expect(jobs.map { $0.attempts[0].ledger.map(\.entry) } == [[.intended], [.created]])
  }

  @Test("A lead's history names source, line, batch, requests and result")
  func oneLead() async throws {
    let bench = try await Workbench()
    try await bench.fillCatalog()
    let planned = try await bench.planUpload()
    let lease = try await bench.lease()
    try await bench.intend(planned.batch, [0, 1, 2, 3], lease)
    try await bench.finish(planned.batch, [(0, .created(crmID: 101)), (1, .rejected(reason: "field ein"))], lease)
    let lead = try await bench.store.read { transaction in
      let position = try BatchTable.leads(ofBatch: planned.batch, in: transaction)[1]
      guard let lead = try CatalogTable.find(key: position.key, in: transaction) else {
        throw LeadStoreError.unreadable("no lead")
      }
      return try InspectedLead(lead, in: transaction)
    }
    let text = lead.tree(screen.time).lines(on: screen).joined(separator: "\n")
    #expect(text.contains("source leads.json, line 1"))
    #expect(text.contains("batch 1, position 1 · rejected"))
    #expect(text.contains("cycle 1, plan 1, job 1; counts against 2026-03-02"))
    #expect(text.contains("requests that carried it: 1"))
    #expect(text.contains("rejected 1: field ein"))
    // The result of its neighbour is not its own.
    #expect(!text.contains("created"))
  }

  @Test("The JSON document holds the same history, with moments in ISO 8601 with zone")
  func document() async throws {
    let bench = try await Workbench()
    try await bench.fillCatalog()
    let planned = try await bench.planUpload()
    let text = try await cycle(bench, planned.cycle, leads: true).document(ShownTime(zoneName: "America/New_York"))
      .pretty
    // 2026-03-02 15:00 UTC and two steps of the bench.
    #expect(text.contains(#""started_at": "2026-03-02T10:00:02.000-05:00""#))
    #expect(text.contains(#""pending": 4"#))
    #expect(text.contains(#""configuration_key": "upload_controls.max_upload_per_run""#))
    #expect(text.contains(#""key": "npi:1003000126""#))
  }
}

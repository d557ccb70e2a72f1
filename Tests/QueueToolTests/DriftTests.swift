import Database
import JobQueue
import LeadStore
import Leads
import Operations
import TestSupport
import Testing

@testable import lead_queue

@Suite("Drift: uploaded once, gone from the CRM since", .onEachEngine)
struct DriftTests {
  private func note(_ uploaded: Uploaded) async throws -> Int {
    let crm = try #require(try await uploaded.verify().crm)
    let now = uploaded.bench.tick()
    return try await DriftRepair(store: uploaded.bench.store, now: { now }).note(crm, actor: "ada")
  }

  @Test("Drift is noted in the audit trail when it is found first, and when the lead is back, and not each time")
  func noted() async throws {
    let uploaded = try await Uploaded()
    #expect(try await note(uploaded) == 0)
    #expect(try await uploaded.bench.audited(.driftFound).isEmpty)
    uploaded.crm.remove(101)
    #expect(try await note(uploaded) == 1)
    #expect(try await note(uploaded) == 0)
    #expect(try await uploaded.bench.store.read { try BatchTable.missingCount(in: $0) } == 1)
    uploaded.crm.remove(7)
    #expect(try await note(uploaded) == 1)
    uploaded.crm.add(101, marker: try await uploaded.bench.marker(uploaded.planned.batch, 0))
    #expect(try await note(uploaded) == 0)
    #expect(try await uploaded.bench.store.read { try BatchTable.missingCount(in: $0) } == 1)
    let entries = try await uploaded.bench.audited(.driftFound)
    #expect(
      entries.map(\.detail) == [
        #"{"created_by_us":1,"drifted":1,"found_again":0,"new":1}"#,
        #"{"created_by_us":0,"drifted":2,"found_again":0,"new":1}"#,
        #"{"created_by_us":0,"drifted":1,"found_again":1,"new":0}"#,
      ])
    #expect(entries.allSatisfy { $0.actor == "ada" })
  }

  @Test("A repaired lead is available again, stays balanced and explained, and repairing again changes nothing")
  func repaired() async throws {
    let uploaded = try await Uploaded()
    let key = try await uploaded.leads()[0].key
    uploaded.crm.remove(101)
    let crm = try #require(try await uploaded.verify().crm)
    #expect(try await uploaded.repair(crm) == 1)
    #expect(try await uploaded.repair(crm) == 0)
    let after = try await uploaded.verify()
    #expect(after.books.mismatches.count == 0)
    #expect(after.crm?.mismatches.count == 0 && after.crm?.drift.count == 0)
    #expect(
      after.books.total.equation
        == "selected 4 = created 1 + duplicate 1 + rejected 1 + unresolved 1 + pending 0 + released 0; "
        + "1 of them requeued since")
    let (state, lines) = try await uploaded.bench.store.read { transaction in
      let lead = try CatalogTable.find(key: key, in: transaction)
      return (lead?.state, try LedgerTable.lines(ofLead: lead?.id ?? 0, limit: 10, in: transaction))
    }
    #expect(state == .available)
    #expect(lines.map(\.entry) == [.created, .requeued])
    let entry = try #require(try await uploaded.bench.audited(.leadsRequeued).first)
    #expect(entry.actor == "ada" && entry.subject == "batch 1")
    #expect(entry.detail == #"{"cause":"drift","count":1,"leads":["1:0"],"reason":"the CRM lost it"}"#)
    #expect(!entry.detail.contains(key.rawValue))
  }

  @Test("A lead that is sent again is told from its first upload by its new mark")
  func sentAgain() async throws {
    let uploaded = try await Uploaded()
    let bench = uploaded.bench
    uploaded.crm.remove(101)
    _ = try await uploaded.repair(try #require(try await uploaded.verify().crm))
    let (second, lease) = try await uploaded.planAgain()
    try await bench.intend(second.batch, [0], lease)
    try await bench.finish(second.batch, [(0, .created(crmID: nil))], lease)
    // Not there yet: the new row is missed, not the old one.
    let missing = try #require(try await uploaded.verify().crm)
    #expect(missing.drifted.map(\.place) == [BatchPosition(batchID: second.batch, position: 0)])
    uploaded.crm.add(140, npi: try await uploaded.leads()[0].npi, marker: try await bench.marker(second.batch, 0))
    let whole = try await uploaded.verify()
    #expect(whole.books.mismatches.count == 0)
    #expect(whole.crm?.mismatches.count == 0 && whole.crm?.drift.count == 0)
    // A backup of the CRM brings the first row back.
    uploaded.crm.add(101, marker: try await bench.marker(uploaded.planned.batch, 0))
    let twice = try #require(try await uploaded.verify().crm)
    #expect(twice.mismatches.named.count == 1)
    #expect(twice.mismatches.named[0].finding.contains("it was requeued since, and the CRM holds 101 of ours again"))
  }

  @Test("A lead whose row somebody entered again has drifted too, and is requeued to become a duplicate")
  func reentered() async throws {
    let uploaded = try await Uploaded()
    uploaded.crm.remove(101)
    uploaded.crm.add(130, npi: try await uploaded.leads()[0].npi)
    let crm = try #require(try await uploaded.verify().crm)
    #expect(crm.drift.named.map(\.account?.texts[.row]) == ["the CRM's row 130 of somebody else's"])
    #expect(try await uploaded.repair(crm) == 1)
    #expect(try await uploaded.verify().crm?.drift.count == 0)
  }

  @Test("Without marks a drifted lead may be requeued only when its npi keeps the CRM from a second row")
  func withoutNPI() async throws {
    let uploaded = try await Uploaded()
    let batch = uploaded.planned.batch
    let found = try await uploaded.bench.store.read { try TraceTable.batch(batch, in: $0) }
    let trace = try #require(found)
    var lead = trace.leads[0]
    #expect(CRMExpectation(showsMarkers: false).mayBeRequeued(lead))
    lead.npi = nil
    #expect(!CRMExpectation(showsMarkers: false).mayBeRequeued(lead))
    #expect(CRMExpectation(showsMarkers: true).mayBeRequeued(lead))
    let fault = CRMExpectation(showsMarkers: false).fault(of: lead, ReadBackFinding())
    #expect(fault?.kind == .drift)
    #expect(fault?.remedy.contains("It has no npi: requeue it only where LEAD_CRM_DATABASE_URL") == true)
  }

  @Test("A crash between two portions loses nothing: what is left is repaired by the next attempt")
  func crash() async throws {
    struct Crash: Error {}
    let uploaded = try await Uploaded()
    uploaded.crm.remove(101)
    uploaded.crm.remove(7)
    let places = try #require(try await uploaded.verify().crm).drifted.map(\.place)
    let now = uploaded.bench.tick()
    let repair = DriftRepair(store: uploaded.bench.store, now: { now })
    await #expect(throws: Crash.self) {
      _ = try await repair.requeue(places, because: .drift, reason: "x", actor: "ada", isGone: { _ in throw Crash() })
    }
    let between = try #require(try await uploaded.verify().crm)
    #expect(between.drift.count == 2)
    // What is back in the CRM when its turn comes is left alone.
    let count = try await repair.requeue(
      places, because: .drift, reason: "x", actor: "ada", isGone: { Array($0.dropFirst()) })
    #expect(count == 1)
    #expect(try await uploaded.verify().crm?.drift.count == 1)
    #expect(try await uploaded.repair(between) == 1)
    #expect(try await uploaded.verify().books.mismatches.count == 0)
  }

  @Test("Positions are written as runs, without anybody's data")
  func runs() {
    let places = [(3, 7), (3, 5), (3, 6), (2, 0), (3, 1)].map { BatchPosition(batchID: Int64($0.0), position: $0.1) }
    #expect(DriftRepair.text(places) == ["2:0", "3:1,5-7"])
  }

  @Test("Table and document show drift apart from other mismatches")
  func shown() async throws {
    let uploaded = try await Uploaded()
    uploaded.crm.remove(101)
    uploaded.crm.add(103, marker: try await uploaded.bench.marker(uploaded.planned.batch, 2))
    let result = try await uploaded.verify()
    var report = VerificationReport(books: result.books, crm: .compared(try #require(result.crm)))
    report.newlyDrifted = 1
    let screen = Screen(
      output: StandardStream(isTerminal: true, isColoured: false, send: { _ in }), width: 80,
      time: ShownTime(zoneName: "UTC"))
    let lines = report.lines(on: screen)
    #expect(lines.allSatisfy { $0.count <= 80 || $0.contains("npi:") }, "\(lines.filter { $0.count > 80 })")
    #expect(lines.contains("Drift: 1 lead, once in the CRM, gone since (1 created by us; all new)"))
    #expect(lines.last == "1 mismatch and 1 drifted lead found.")
    #expect(!report.isClean)
    let document = report.document().pretty
    #expect(document.contains(#""mismatch_count": 1"#) && document.contains(#""kind": "drift""#))
    #expect(document.contains(#""broken_link": "row""#) && document.contains(#""repairable": 1"#))
    report.repair = .init(requeued: 1, refused: 0)
    #expect(report.driftCount == 0 && report.mismatchCount == 1)
  }
}

import Database
import JobQueue
import LeadStore
import Leads
import Testing

@testable import lead_queue

@Suite("verify")
struct VerifyTests {
  /// Lead 0 created as row 101, lead 1 a duplicate of row 7, lead 2 rejected, lead 3 in doubt.
  private func uploaded() async throws -> (Workbench, Workbench.Planned, MemoryCRM) {
    let bench = try await Workbench()
    try await bench.fillCatalog()
    let planned = try await bench.planUpload()
    let lease = try await bench.lease()
    try await bench.intend(planned.batch, [0, 1, 2, 3], lease)
    try await bench.finish(
      planned.batch,
      [(0, .created(crmID: nil)), (1, .duplicate(existingID: 7)), (2, .rejected(reason: "field npi"))], lease)
    let crm = MemoryCRM()
    let leads = try await bench.store.read { try BatchTable.leads(ofBatch: planned.batch, in: $0) }
    crm.add(101, npi: leads[0].npi, marker: try await bench.marker(planned.batch, 0))
    crm.add(7, npi: leads[1].npi)
    return (bench, planned, crm)
  }

  private func compare(
    _ bench: Workbench, _ planned: Workbench.Planned, _ crm: MemoryCRM
  ) async throws -> CRMComparison.Report {
    let storeID = try await bench.store.read { try StoreIdentityTable.storeID(in: $0) }
    return try await CRMComparison(
      store: bench.store, crm: crm, storeID: storeID, expectation: CRMExpectation(showsMarkers: true),
      progress: { _ in }
    ).run([planned.plan])
  }

  private func books(_ bench: Workbench) async throws -> BooksCheck.Report {
    try await BooksCheck(store: bench.store, progress: { _ in }).run()
  }

  @Test("Every selected lead is accounted for by the state of its batch")
  func equation() async throws {
    let (bench, _, _) = try await uploaded()
    let report = try await books(bench)
    #expect(report.mismatches.isEmpty)
    #expect(
      report.balances.map(\.equation) == [
        "selected 4 = created 1 + duplicate 1 + rejected 1 + unresolved 1 + pending 0 + released 0"
      ])
  }

  @Test("A CRM that holds what the books say is verified, and leads in doubt are open")
  func agreement() async throws {
    let (bench, planned, crm) = try await uploaded()
    let report = try await compare(bench, planned, crm)
    #expect(report.mismatches.isEmpty)
    #expect(report.compared == 3)
    #expect(report.open == 1)
  }

  @Test("A created lead that the CRM lost is named with its key (D17)")
  func lostByTheCRM() async throws {
    let (bench, planned, crm) = try await uploaded()
    crm.remove(101)
    let report = try await compare(bench, planned, crm)
    let key = try await bench.store.read { try BatchTable.leads(ofBatch: planned.batch, in: $0)[0].key }
    #expect(report.mismatches.map(\.subject) == [key.rawValue])
    #expect(report.mismatches.first?.finding.contains("the CRM does not hold it") == true)
  }

  @Test("A second row of ours is a mismatch")
  func secondRow() async throws {
    let (bench, planned, crm) = try await uploaded()
    crm.add(102, marker: try await bench.marker(planned.batch, 0))
    let report = try await compare(bench, planned, crm)
    #expect(report.mismatches.first?.finding.contains("2 rows of it: 101, 102") == true)
  }

  @Test("A rejected lead that is in the CRM after all is a mismatch, and so is a lost duplicate")
  func rejectedButThere() async throws {
    let (bench, planned, crm) = try await uploaded()
    crm.add(103, marker: try await bench.marker(planned.batch, 2))
    crm.remove(7)
    let report = try await compare(bench, planned, crm)
    #expect(report.mismatches.count == 2)
    #expect(report.mismatches.contains { $0.finding.contains("rejected (batch 1, position 2)") })
    #expect(report.mismatches.contains { $0.finding.contains("does not hold it any more") })
  }

  @Test("A lead that a worker settles while the CRM is asked is looked at again")
  func settledMeanwhile() async throws {
    let bench = try await Workbench()
    try await bench.fillCatalog()
    let planned = try await bench.planUpload()
    let lease = try await bench.lease()
    let crm = MemoryCRM()
    crm.add(101, marker: try await bench.marker(planned.batch, 0))
    // In the books the lead is pending and was never sent, until the CRM is asked.
    let (store, moment, now) = (bench.store, bench.moment(), bench.tick())
    crm.whenAsked {
      try await store.write { transaction in
        try BatchTable.intend(
          planned.batch, positions: [0], lease: lease, bodyHash: "abc", today: Workbench.day, dailyLimit: 500, now: now,
          in: transaction)
        try BatchTable.finish(
          planned.batch, results: [(0, .created(crmID: nil))], lease: lease, moment: moment, in: transaction)
      }
    }
    #expect(try await compare(bench, planned, crm).mismatches.isEmpty)
  }

  @Test("A CRM that cannot be asked is an error, never a verified store")
  func silentCRM() async throws {
    let (bench, planned, crm) = try await uploaded()
    crm.fallSilent()
    await #expect(throws: CRMError.unreachable("silent")) { try await compare(bench, planned, crm) }
  }

  @Test("Leads that vanish from a batch unbalance the equation")
  func vanishedLead() async throws {
    let (bench, planned, _) = try await uploaded()
    try await bench.tamper(["DELETE FROM batch_lead WHERE batch_id = \(planned.batch) AND position = 0"])
    let report = try await books(bench)
    #expect(report.balances.first?.isBalanced == false)
    #expect(report.mismatches.contains { $0.subject == "plan \(planned.plan)" })
    #expect(report.mismatches.contains { $0.subject == Workbench.day })
  }

  @Test("A plan that was made smaller together with its batch still disagrees with the ledger")
  func shrunkPlan() async throws {
    let (bench, planned, _) = try await uploaded()
    try await bench.tamper([
      "DELETE FROM batch_lead WHERE batch_id = \(planned.batch) AND position = 3", "UPDATE plan SET selected = 3",
      "UPDATE batch SET lead_count = 3", "UPDATE daily_counter SET reserved = 0",
    ])
    let report = try await books(bench)
    #expect(report.mismatches.map(\.finding) == ["it selected 3 leads, the ledger reserved 4"])
  }

  @Test("An outcome that was changed disagrees with ledger and catalog, and is named by its key")
  func changedOutcome() async throws {
    let (bench, planned, _) = try await uploaded()
    let key = try await bench.store.read { try BatchTable.leads(ofBatch: planned.batch, in: $0)[0].key }
    try await bench.tamper([
      "UPDATE batch_lead SET state = 'duplicate' WHERE position = 0",
      "UPDATE daily_counter SET created = created - 1, duplicates = duplicates + 1",
    ])
    let report = try await books(bench)
    #expect(report.mismatches.map(\.subject) == [key.rawValue])
  }

  @Test("A counter that does not count the leads of its day is a mismatch")
  func wrongCounter() async throws {
    let (bench, _, _) = try await uploaded()
    try await bench.tamper(["UPDATE daily_counter SET created = created + 1"])
    #expect(try await books(bench).mismatches.map(\.subject) == [Workbench.day])
  }

  @Test("The demand on the CRM follows from the state", arguments: [true, false])
  func demands(showsMarkers: Bool) async throws {
    let (bench, planned, _) = try await uploaded()
    let details = try await bench.store.read { try BatchTable.details(ofBatch: planned.batch, in: $0) }
    let expectation = CRMExpectation(showsMarkers: showsMarkers)
    #expect(details.map(expectation.demand) == [.oneOfOurs, .aRow, .noneOfOurs, .open])
    var released = details[0]
    released.lead.state = .released
    // Given back, then created by a later batch: without markers the later row looks like one of this batch.
    #expect(expectation.demand(of: released) == (showsMarkers ? .noneOfOurs : .untellable))
    released.catalogState = .available
    #expect(expectation.demand(of: released) == .noneOfOurs)
  }
}

import Database
import JobQueue
import LeadStore
import Leads
import TestSupport
import Testing

@testable import lead_queue

@Suite("verify", .onEachEngine)
struct VerifyTests {
  private func books(_ bench: Workbench) async throws -> [Mismatch] {
    try await bench.verify(nil).books.mismatches.named
  }

  @Test("Every selected lead is accounted for by the state of its batch")
  func equation() async throws {
    let result = try await Uploaded().verify()
    #expect(result.books.mismatches.count == 0)
    #expect(
      result.books.latest.map(\.equation) == [
        "selected 4 = created 1 + duplicate 1 + rejected 1 + unresolved 1 + pending 0 + released 0"
      ])
    #expect(result.books.total.selected == 4)
  }

  @Test("A CRM that holds what the books say is verified, and leads in doubt are open", arguments: [true, false])
  func agreement(showsMarkers: Bool) async throws {
    let uploaded = try await Uploaded(showsMarkers: showsMarkers)
    let crm = try #require(try await uploaded.verify().crm)
    #expect(crm.mismatches.count == 0 && crm.drift.count == 0)
    #expect(crm.compared == 3)
    #expect(crm.open == 1)
    // Nothing was suspect, so that the CRM was read once.
    #expect(uploaded.crm.looks == 1)
  }

  @Test("A created lead that the CRM lost is named with its key, and its account breaks at the CRM's row (D17)")
  func lostByTheCRM() async throws {
    let uploaded = try await Uploaded()
    uploaded.crm.remove(101)
    let crm = try #require(try await uploaded.verify().crm)
    let mismatch = try #require(crm.drift.named.first)
    #expect(crm.mismatches.count == 0 && crm.drift.count == 1)
    #expect(mismatch.subject == (try await uploaded.leads()[0].key.rawValue))
    #expect(mismatch.finding.contains("the CRM does not hold it"))
    let account = try #require(mismatch.account)
    #expect(account.broken == .row)
    #expect(account.texts[.intent]?.contains("4 leads, body SHA-256 abc") == true)
    #expect(account.texts[.request] == "sent once, last 2026-03-02 15:00:04")
    #expect(account.texts[.answer]?.hasPrefix("created, ledger line ") == true)
    #expect(account.texts[.row] == "none in the CRM")
  }

  @Test("A second row of ours is a mismatch")
  func secondRow() async throws {
    let uploaded = try await Uploaded()
    uploaded.crm.add(102, marker: try await uploaded.bench.marker(uploaded.planned.batch, 0))
    let crm = try #require(try await uploaded.verify().crm)
    #expect(crm.mismatches.named.first?.finding.contains("2 rows of it: 101, 102") == true)
    #expect(crm.drift.count == 0)
  }

  @Test("A rejected lead that is in the CRM after all is a mismatch, a lost duplicate has drifted")
  func rejectedButThere() async throws {
    let uploaded = try await Uploaded()
    uploaded.crm.add(103, marker: try await uploaded.bench.marker(uploaded.planned.batch, 2))
    uploaded.crm.remove(7)
    let crm = try #require(try await uploaded.verify().crm)
    #expect(crm.mismatches.named.map(\.account?.broken) == [.answer])
    #expect(crm.mismatches.named[0].finding.contains("rejected (batch 1, position 2)"))
    #expect(crm.drift.named.count == 1 && crm.drift.named[0].finding.contains("does not hold it any more"))
  }

  @Test("A row with our mark that no lead of the books bears is a mismatch: the store is an older copy")
  func stray() async throws {
    let uploaded = try await Uploaded()
    uploaded.crm.add(500, marker: try await uploaded.bench.marker(uploaded.planned.batch, 77))
    uploaded.crm.add(501, marker: try await uploaded.bench.marker(9, 0))
    uploaded.crm.add(502, marker: "another-store:9:0")
    let crm = try #require(try await uploaded.verify().crm)
    #expect(crm.mismatches.named.map(\.subject) == ["the CRM's row 500", "the CRM's row 501"])
  }

  @Test("A lead that a worker settles while the CRM is asked is looked at again")
  func settledMeanwhile() async throws {
    let bench = try await Workbench()
    try await bench.fillCatalog()
    let planned = try await bench.planUpload()
    let lease = try await bench.lease()
    let crm = MemoryCRM()
    // The CRM is read before the lead is sent, the books after.
    let (store, moment, now, marker) = (
      bench.store, bench.moment(), bench.tick(), try await bench.marker(planned.batch, 0)
    )
    crm.whenAsked {
      try await store.write { transaction in
        try BatchTable.intend(
          planned.batch, positions: [0], lease: lease, bodyHash: "abc", today: Workbench.day, dailyLimit: 500, now: now,
          in: transaction)
        try BatchTable.finish(
          planned.batch, results: [(0, .created(crmID: nil))], lease: lease, moment: moment, in: transaction)
      }
      crm.add(101, marker: marker)
    }
    let found = try #require(try await bench.verify(crm).crm)
    #expect(found.mismatches.count == 0 && found.drift.count == 0)
    #expect(crm.looks == 2)
  }

  @Test("A CRM that cannot be asked is an error, never a verified store")
  func silentCRM() async throws {
    let uploaded = try await Uploaded()
    uploaded.crm.fallSilent()
    let result = try await uploaded.verify()
    #expect(result.failure as? CRMError == .unreachable("silent"))
    #expect(result.crm == nil && result.books.mismatches.count == 0)
  }

  @Test("Leads that vanish from a batch unbalance the equation")
  func vanishedLead() async throws {
    let uploaded = try await Uploaded()
    try await uploaded.bench.tamper([
      "DELETE FROM batch_lead WHERE batch_id = \(uploaded.planned.batch) AND position = 0"
    ])
    let result = try await uploaded.verify()
    #expect(result.books.latest.first?.isBalanced == false)
    #expect(result.books.mismatches.named.contains { $0.subject == "plan \(uploaded.planned.plan)" })
    #expect(result.books.mismatches.named.contains { $0.subject == Workbench.day })
  }

  @Test("A plan that was made smaller together with its batch still disagrees with the ledger")
  func shrunkPlan() async throws {
    let uploaded = try await Uploaded()
    try await uploaded.bench.tamper([
      "DELETE FROM batch_lead WHERE batch_id = \(uploaded.planned.batch) AND position = 3",
      "UPDATE plan SET selected = 3",
      "UPDATE batch SET lead_count = 3", "UPDATE daily_counter SET reserved = 0",
    ])
    #expect(
      try await books(uploaded.bench).map(\.finding) == [
        "its leads were sent 3 times, the ledger's intents are about 4", "it selected 3 leads, the ledger reserved 4",
      ])
  }

  @Test("A counter that was changed together with its leads still disagrees with the ledger's sums")
  func ledgerSums() async throws {
    let uploaded = try await Uploaded()
    try await uploaded.bench.tamper([
      "UPDATE ledger SET day = '2026-03-01' WHERE id = (SELECT max(id) FROM ledger WHERE entry = 'created')"
    ])
    let found = try await books(uploaded.bench)
    #expect(found.map(\.subject) == ["2026-03-01", Workbench.day])
    #expect(found.allSatisfy { $0.finding.contains("the ledger adds up to") })
  }

  @Test("A plan whose batches are all gone is a mismatch")
  func vanishedBatches() async throws {
    let bench = try await Workbench()
    try await bench.fillCatalog()
    let planned = try await bench.planUpload()
    try await bench.tamper([
      "DELETE FROM ledger", "DELETE FROM batch_lead", "DELETE FROM batch", "DELETE FROM daily_counter",
    ])
    #expect(try await books(bench).contains { $0.subject == "plan \(planned.plan)" })
  }

  @Test("An outcome that was changed disagrees with ledger and catalog, and is named by its key: the answer breaks")
  func changedOutcome() async throws {
    let uploaded = try await Uploaded()
    let key = try await uploaded.leads()[0].key
    try await uploaded.bench.tamper([
      "UPDATE batch_lead SET state = 'duplicate' WHERE position = 0",
      "UPDATE daily_counter SET created = created - 1, duplicates = duplicates + 1",
    ])
    let found = try await books(uploaded.bench)
    #expect(found.map(\.subject) == [key.rawValue])
    #expect(found.map(\.account?.broken) == [.answer])
  }

  @Test("A lead that was sent without an intent, or settled without a request, breaks there")
  func missingIntent() async throws {
    let uploaded = try await Uploaded()
    try await uploaded.bench.tamper(["UPDATE batch_lead SET sent_at = sent_at + 1 WHERE position = 0"])
    #expect(try await books(uploaded.bench).map(\.account?.broken) == [.intent])
    let other = try await Uploaded()
    try await other.bench.tamper(["UPDATE batch_lead SET requests = 0, sent_at = NULL WHERE position = 1"])
    #expect(try await books(other.bench).map(\.account?.broken) == [nil, .request])
  }

  @Test("A counter that does not count the leads of its day is a mismatch")
  func wrongCounter() async throws {
    let uploaded = try await Uploaded()
    try await uploaded.bench.tamper(["UPDATE daily_counter SET created = created + 1"])
    #expect(try await books(uploaded.bench).map(\.subject) == [Workbench.day])
  }

  @Test("The demand on the CRM follows from the state", arguments: [true, false])
  func demands(showsMarkers: Bool) async throws {
    let uploaded = try await Uploaded()
    let batch = uploaded.planned.batch
    let found = try await uploaded.bench.store.read { try TraceTable.batch(batch, in: $0) }
    let trace = try #require(found)
    let expectation = CRMExpectation(showsMarkers: showsMarkers)
    #expect(trace.leads.map(expectation.demand) == [.oneOfOurs, .aRow, .noneOfOurs, .open])
    var released = trace.leads[0]
    released.state = .released
    // Given back, then created by a later batch: without markers the later row looks like one of this batch.
    #expect(expectation.demand(of: released) == (showsMarkers ? .noneOfOurs : .untellable))
    released.catalogState = .available
    #expect(expectation.demand(of: released) == .noneOfOurs)
    var requeued = trace.leads[0]
    requeued.requeuedAt = Workbench.start
    #expect(expectation.demand(of: requeued) == (showsMarkers ? .noneOfOurs : .untellable))
  }

  @Test("Only so many mismatches are named as asked for; all are counted")
  func limited() async throws {
    let uploaded = try await Uploaded()
    uploaded.crm.remove(101)
    uploaded.crm.remove(7)
    let crm = try #require(try await uploaded.verify(namedMax: 1).crm)
    #expect(crm.drift.named.count == 1 && crm.drift.count == 2 && crm.drifted.count == 2)
  }
}

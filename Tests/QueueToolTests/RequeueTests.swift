import Database
import LeadStore
import Leads
import TestSupport
import Testing

@testable import lead_queue

@Suite("requeue: rejected leads get another chance", .onEachEngine)
struct RequeueTests {
  @Test("A rejected lead goes back to the catalog, audited once; others are refused with the reason")
  func rejected() async throws {
    let uploaded = try await Uploaded()
    let leads = try await uploaded.leads()
    let npi = try #require(leads[2].npi)
    let keys = [npi, leads[0].key.rawValue, leads[3].key.rawValue, "npi:1111111112"]
    let results = try await Requeueing(store: uploaded.bench.store, now: uploaded.bench.tick()).run(
      keys, reason: "the CRM's rule was wrong", actor: "ada")
    #expect(results.map(\.isRequeued) == [true, false, false, false])
    #expect(results[0].note == "rejected before: field npi")
    #expect(results[1].note.contains("verify --repair"))
    #expect(results[2].note == "it is in a batch that is not settled")
    #expect(results[3].note.contains("the store knows no such lead"))
    let entries = try await uploaded.bench.audited(.leadsRequeued)
    #expect(
      entries.map(\.detail) == [
        #"{"cause":"rejection","count":1,"leads":["1:2"],"reason":"the CRM's rule was wrong"}"#
      ])
    #expect(entries.map(\.actor) == ["ada"])
    let result = try await uploaded.verify()
    #expect(result.books.mismatches.count == 0 && result.crm?.mismatches.count == 0)
  }

  @Test("Doing it again changes nothing; a plan may select the lead, and it may be rejected again")
  func again() async throws {
    let uploaded = try await Uploaded()
    let bench = uploaded.bench
    let lead = try await uploaded.leads()[2]
    for isFirst in [true, false] {
      let results = try await Requeueing(store: bench.store, now: bench.tick()).run(
        [lead.key.rawValue], reason: "r", actor: "ada")
      #expect(results.map(\.isRequeued) == [isFirst])
    }
    let (second, lease) = try await uploaded.planAgain()
    try await bench.intend(second.batch, [0], lease)
    try await bench.finish(second.batch, [(0, .rejected(reason: "field npi"))], lease)
    let results = try await Requeueing(store: bench.store, now: bench.tick()).run(
      [lead.key.rawValue], reason: "r", actor: "ada")
    #expect(results.map(\.isRequeued) == [true])
    #expect(try await uploaded.verify().books.mismatches.count == 0)
    let history = try await bench.store.read { try BatchTable.history(ofLead: lead.leadID, in: $0) }
    #expect(history.map(\.batchID) == [uploaded.planned.batch, second.batch])
  }
}

import Database
import JobQueue
import LeadStore
import Leads
import TestSupport
import Testing
import Timekeeping

/// What is let go of finished uploads, and what stays.
@Suite(.serialized) struct DetailTests {
  private let fixture: Fixture

  init() async throws {
    fixture = try await Fixture()
  }

  private static func bodies(in transaction: Transaction) throws -> Int {
    try transaction.integer("SELECT count(*) FROM lead WHERE body <> ''")
  }

  @Test("Rows and steps of uploads that were settled long enough ago go in portions; states, batches and ledger stay")
  func pruned() async throws {
    try await fixture.write { transaction in
      var ended: [(Int64, Lease)] = []
      for number in 0..<3 {
        let batch = try transaction.batch(transaction.leads(number * 4..<number * 4 + 4))
        try transaction.intend(batch, [0, 1, 2, 3])
        try transaction.finish(
          batch,
          [
            (0, .created(crmID: 7)), (1, .duplicate(existingID: nil)), (2, .rejected(reason: "no")),
            (3, .created(crmID: nil)),
          ],
          at: start + .seconds(number))
        _ = try JobTable.settle(
          batch.lease, .succeeded(result: nil), backoff: .zero, now: start, in: transaction)
        ended.append(batch)
      }
      let ledger = try transaction.integer("SELECT count(*) FROM ledger")
      let later = start + .seconds(2)
      #expect(try DetailTable.prune(settledBefore: later, limit: 1, in: transaction) == 1)
      #expect(try Self.bodies(in: transaction) == 12 - 3)
      #expect(try DetailTable.prune(settledBefore: later, limit: 9, in: transaction) == 1)
      #expect(try DetailTable.prune(settledBefore: later, limit: 9, in: transaction) == 0, "the third is too young")
      #expect(try Self.bodies(in: transaction) == 12 - 6, "of the two batches the rejected lead keeps its row")
      #expect(try JobTable.events(of: ended[0].1.jobID, in: transaction).isEmpty)
      #expect(try !JobTable.events(of: ended[2].1.jobID, in: transaction).isEmpty)
      #expect(try transaction.integer("SELECT count(*) FROM ledger") == ledger)
      #expect(try transaction.states(ended[0].0) == [.created, .duplicate, .rejected, .created])
      #expect(try !transaction.put(.numbered(0), generation: 2), "what was uploaded is still known")
      #expect(try QuotaTable.disagreements(in: transaction).isEmpty)
    }
  }

  @Test("A lead that goes back to the catalog after its row went is available only when its file was read again")
  func requeued() async throws {
    try await fixture.write { transaction in
      let batch = try transaction.batch(transaction.leads(0..<1))
      try transaction.intend(batch, [0])
      try transaction.finish(batch, [(0, .created(crmID: 7))])
      _ = try DetailTable.prune(settledBefore: start + .seconds(1), limit: 9, in: transaction)
      let position = BatchPosition(batchID: batch.id, position: 0)
      #expect(try BatchTable.requeue([position], because: .drift, now: start, in: transaction).count == 1)
      let lead = try Lead.numbered(0)
      #expect(try transaction.state(lead) == .withdrawn)
      #expect(try CatalogTable.choose(.aPlus, count: 9, sources: [1], in: transaction).isEmpty)
      #expect(try transaction.put(lead, generation: 2))
      #expect(try transaction.state(lead) == .available && Self.bodies(in: transaction) == 1)
    }
  }
}

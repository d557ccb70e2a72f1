import Database
import JobQueue
import LeadStore
import Leads
import TestSupport
import Testing
import Timekeeping

@Suite(.onEachEngine) struct RequeueTests {
  /// A batch of four leads: created, duplicate, rejected, and in doubt.
  private func settled(_ fixture: Fixture) async throws -> Int64 {
    try await fixture.write { transaction in
      let batch = try transaction.batch(transaction.leads(0..<4))
      try transaction.intend(batch, [0, 1, 2, 3])
      try transaction.finish(
        batch, [(0, .created(crmID: nil)), (1, .duplicate(existingID: 7)), (2, .rejected(reason: "no"))])
      return batch.id
    }
  }

  private func places(_ batch: Int64) -> [BatchPosition] {
    (0..<4).map { BatchPosition(batchID: batch, position: $0) }
  }

  @Test("Each cause requeues its own states only, once, and nothing that is in doubt")
  func causes() async throws {
    let fixture = try await Fixture()
    let batch = try await settled(fixture)
    let places = places(batch)
    try await fixture.write { transaction throws in
      func requeue(_ cause: RequeueCause) throws -> [Int] {
        try BatchTable.requeue(places, because: cause, now: start, in: transaction).map(\.position)
      }
      #expect(try requeue(.drift) == [0, 1])
      #expect(try requeue(.drift) == [])
      #expect(try requeue(.rejection) == [2])
      #expect(try requeue(.rejection) == [])
      #expect(try transaction.states(batch) == [.created, .duplicate, .rejected, .unresolved])
      #expect(try transaction.integer("SELECT count(*) FROM lead WHERE state = 'available'") == 3)
      #expect(try transaction.integer("SELECT count(*) FROM ledger WHERE entry = 'requeued' AND amount = 1") == 3)
      // Their file is read again before the next plan.
      #expect(try transaction.integer("SELECT count(*) FROM source WHERE fingerprint IS NULL") == 1)
      #expect(try BatchTable.inconsistencies(ofPlan: 1, limit: 10, in: transaction).isEmpty)
    }
  }

  @Test("The counters of the day stay: what was created that day was created that day")
  func counters() async throws {
    let fixture = try await Fixture()
    let batch = try await settled(fixture)
    let places = places(batch)
    try await fixture.write { transaction in
      let before = try transaction.count()
      _ = try BatchTable.requeue(places, because: .drift, now: start, in: transaction)
      #expect(try transaction.count() == before)
    }
  }

  @Test("A requeued lead stands in its old batch and may be selected once more, not twice")
  func selectedAgain() async throws {
    let fixture = try await Fixture()
    let batch = try await settled(fixture)
    let places = places(batch)
    try await fixture.write { transaction in
      _ = try BatchTable.requeue([places[0]], because: .drift, now: start, in: transaction)
      let chosen = try CatalogTable.choose(.aPlus, count: 10, sources: [1], in: transaction)
      #expect(chosen.count == 1)
      let second = try transaction.batch(chosen)
      #expect(throws: DatabaseError.self) {
        try transaction.attempt {
          try transaction.run(
            """
            INSERT INTO batch_lead (batch_id, position, lead_id, class, state, day)
            VALUES ($1, 9, $2, 'A+', 'pending', $3)
            """, [.integer(second.id), .integer(chosen[0].id), .text(monday)])
        }
      }
    }
  }

  @Test(
    "A store of the version before is brought up to date with all its ledger, and guards it as before",
    .onFileOnly("no store on PostgreSQL is that old"))
  func migrated() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("store.db")
    let steps = LeadStore.steps(on: .sqlite)
    let former = try await Store.open(.file(path), steps: Array(steps.prefix(4)), now: start)
    try await former.write { transaction in
      for number in 1...3 {
        try transaction.run(
          "INSERT INTO ledger (at, entry, amount, day, detail) VALUES ($1, 'imported', $2, $3, 'x')",
          [.integer(5), .int(number), .text(monday)])
      }
    }
    let store = try await LeadStore.open(.file(path), now: start)
    try await store.write { transaction in
      let sum = try transaction.first("SELECT count(*) * 100 + sum(id) * 10 + sum(amount) FROM ledger") { $0.int(0) }
      #expect(sum == 366)
      try transaction.run(
        "INSERT INTO ledger (at, entry, amount) VALUES (1, 'requeued', 1)")
      #expect(try transaction.integer("SELECT max(id) FROM ledger") == 4)
    }
    for sql in ["UPDATE ledger SET amount = 9", "DELETE FROM ledger"] {
      await #expect(throws: DatabaseError.self) { try await store.write { _ = try $0.run(sql) } }
    }
  }

  @Test(
    "The schema refuses what no program does: requeueing twice, or what is not settled, or missing what was rejected")
  func schema() async throws {
    let fixture = try await Fixture()
    let batch = try await settled(fixture)
    for (sql, isAllowed) in [
      ("UPDATE batch_lead SET requeued_at = 5 WHERE position = 3", false),
      ("UPDATE batch_lead SET missing_at = 5 WHERE position = 2", false),
      ("UPDATE batch_lead SET missing_at = 5 WHERE position = 1", true),
      ("UPDATE batch_lead SET missing_at = NULL WHERE position = 1", true),
      ("UPDATE batch_lead SET requeued_at = 5 WHERE position = 0", true),
      ("UPDATE batch_lead SET requeued_at = 6 WHERE position = 0", false),
      ("UPDATE batch_lead SET requeued_at = NULL WHERE position = 0", false),
    ] {
      let sql = sql + " AND batch_id = \(batch)"
      if isAllowed {
        try await fixture.write { _ = try $0.run(sql) }
      } else {
        await #expect(throws: DatabaseError.self, "\(sql)") { try await fixture.write { _ = try $0.run(sql) } }
      }
    }
  }

  @Test("A trace tells all that the books hold of a lead, and portions leave no batch out")
  func traces() async throws {
    let fixture = try await Fixture()
    let batch = try await settled(fixture)
    try await fixture.write { transaction in
      for number in 10..<40 { _ = try transaction.batch([transaction.leads(number..<number + 1)[0]]) }
    }
    let found = try await fixture.store.read { transaction in
      var all: [BatchTrace] = []
      while true {
        let page = try TraceTable.batches(after: all.last?.id ?? 0, in: transaction)
        if page.isEmpty { return all }
        all += page
      }
    }
    #expect(found.count == 31)
    let first = try #require(found.first { $0.id == batch })
    #expect(first.leads.map(\.state) == [.created, .duplicate, .rejected, .unresolved])
    #expect(first.reserved == 4 && first.intents.map(\.amount) == [4])
    #expect(first.leads.map { $0.answers.map(\.entry) } == [[.created], [.duplicate], [.rejected], []])
    #expect(first.leads.allSatisfy { first.intent(of: $0)?.detail == "hash" })
  }
}

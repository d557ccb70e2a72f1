import Alerts
import Database
import LeadStore
import Leads
import TestSupport
import Testing

@Suite(.serialized) struct SchemaTests {
  /// The words of `COLUMN IN (…)` in the first CHECK on that column.
  private func checked(_ column: String, of table: String) async throws -> [String] {
    let fixture = try await Fixture()
    let sql = try await fixture.store.read {
      try $0.first("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = $1", [.text(table)]) { $0.text(0) }
    }
    let check = try Regex("CHECK \\(\(column) IN \\(([^)]*)\\)", as: (Substring, Substring).self)
    let match = try #require(sql?.firstMatch(of: check))
    return match.output.1.matches(of: /'([^']+)'/).map { String($0.1) }
  }

  @Test("Every enum of the code has exactly the cases that the schema allows")
  func enums() async throws {
    #expect(try await checked("state", of: "lead") == LeadState.allCases.map(\.rawValue))
    #expect(try await checked("state", of: "batch_lead") == BatchLeadState.allCases.map(\.rawValue))
    #expect(try await checked("state", of: "source") == SourceState.allCases.map(\.rawValue))
    #expect(try await checked("state", of: "cycle") == CycleState.allCases.map(\.rawValue))
    #expect(try await checked("verdict", of: "stock_snapshot") == SnapshotVerdict.allCases.map(\.rawValue))
    #expect(try await checked("entry", of: "ledger") == LedgerEntry.allCases.map(\.rawValue))
    #expect(try await checked("event", of: "alert") == AlertEvent.allCases.map(\.rawValue))
    #expect(try await checked("kind", of: "bulletin") == Bulletin.Kind.allCases.filter { $0 != .test }.map(\.rawValue))
    #expect(try await checked("class", of: "batch_lead") == LeadClass.allCases.map(\.rawValue))
    #expect(try await checked("class", of: "lead") == LeadClass.allCases.map(\.rawValue) + ["C"])
  }

  @Test(
    "Ledger and audit trail only grow, whatever the statement",
    arguments: [
      "UPDATE ledger SET amount = 99", "DELETE FROM ledger", "UPDATE audit SET actor = 'x'", "DELETE FROM audit",
      "INSERT OR REPLACE INTO ledger (id, at, entry, amount) VALUES (1, 0, 'moved', 1)",
      "INSERT OR REPLACE INTO audit SELECT id, 0, actor, action, subject, detail, previous_hash, hash FROM audit",
      "REPLACE INTO audit SELECT 77, 0, actor, action, subject, detail, previous_hash, hash FROM audit",
    ])
  func appendOnly(sql: String) async throws {
    let fixture = try await Fixture()
    try await fixture.write { transaction in
      _ = try transaction.batch(transaction.leads(0..<2))
      try AuditTable.append(.sourceRead, subject: "s", actor: "a", now: start, in: transaction)
    }
    let before = try await lines(fixture)
    await #expect(throws: DatabaseError.self) { try await fixture.write { _ = try $0.run(sql) } }
    // A stranger's tool meets the same refusal.
    #expect(throws: RawConnection.Refused.self) { try RawConnection(fixture.store.path).execute(sql) }
    #expect(try await lines(fixture) == before)
  }

  @Test(
    "On PostgreSQL too, whatever the statement",
    arguments: [
      "UPDATE ledger SET amount = 99", "DELETE FROM ledger", "TRUNCATE ledger", "TRUNCATE ledger CASCADE",
      "UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit",
      "INSERT INTO ledger (id, at, entry, amount) VALUES (1, 0, 'moved', 1) ON CONFLICT (id) DO UPDATE SET amount = 99",
      """
      INSERT INTO audit SELECT id, 0, actor, action, subject, detail, previous_hash, hash FROM audit
      ON CONFLICT (id) DO UPDATE SET at = 0
      """,
    ])
  func appendOnlyOnServer(sql: String) async throws {
    try await Engine.$current.withValue(.postgresql) {
      let fixture = try await Fixture()
      try await fixture.write { transaction in
        _ = try transaction.batch(transaction.leads(0..<2))
        try AuditTable.append(.sourceRead, subject: "s", actor: "a", now: start, in: transaction)
      }
      let before = try await lines(fixture)
      await #expect(throws: DatabaseError.self) { try await fixture.write { _ = try $0.run(sql) } }
      #expect(try await lines(fixture) == before)
    }
  }

  private func lines(_ fixture: Fixture) async throws -> [String] {
    try await fixture.store.read { transaction in
      try transaction.query("SELECT id, at, entry, amount FROM ledger ORDER BY id") { row in
        (0..<4).map { row.text($0) }.joined(separator: " ")
      }
        + transaction.query("SELECT id, at, actor, hash FROM audit ORDER BY id") { row in
          (0..<4).map { row.text($0) }.joined(separator: " ")
        }
    }
  }

  @Test("No lead can stand in two batches at once, by the schema itself", .onEachEngine)
  func selectedOnce() async throws {
    let fixture = try await Fixture()
    try await fixture.write { transaction in
      let leads = try transaction.leads(0..<2)
      let first = try transaction.batch([leads[0]])
      let second = try transaction.batch([leads[1]])
      func select() throws {
        try transaction.run(
          """
          INSERT INTO batch_lead (batch_id, position, lead_id, class, state, day) VALUES ($1, 1, $2, 'A+', 'pending', $3)
          """, [.integer(second.id), .integer(leads[0].id), .text(monday)])
      }
      #expect(throws: DatabaseError.self) { try transaction.attempt { try select() } }
      try transaction.intend(first, [0])
      #expect(throws: DatabaseError.self) { try transaction.attempt { try select() } }
      try transaction.finish(first, [(0, .created(crmID: 7))])
      #expect(throws: DatabaseError.self) { try transaction.attempt { try select() } }
    }
  }

  @Test("A lead that is not available cannot be selected: the program stops")
  func selectsAvailableOnly() async {
    await #expect(processExitsWith: .failure) {
      let fixture = try await Fixture()
      try await fixture.write { transaction in
        let leads = try transaction.leads(0..<1)
        _ = try CatalogTable.putUploaded(key: leads[0].key, now: start, in: transaction)
        _ = try transaction.batch(leads)
      }
    }
  }

  @Test("A final state stays, and a lead in doubt is not given back", .onEachEngine)
  func finalStates() async throws {
    let fixture = try await Fixture()
    try await fixture.write { transaction in
      let batch = try transaction.batch(transaction.leads(0..<3))
      try transaction.intend(batch, [0, 1])
      #expect(throws: DatabaseError.self) {
        try transaction.attempt { try transaction.finish(batch, [(0, .released(reason: "given up"))]) }
      }
      try transaction.finish(batch, [(1, .created(crmID: nil))])
      for state in ["pending", "unresolved", "rejected", "released"] {
        #expect(throws: DatabaseError.self) {
          try transaction.attempt {
            try transaction.run("UPDATE batch_lead SET state = $1 WHERE position = 1", [.text(state)])
          }
        }
      }
    }
  }
}

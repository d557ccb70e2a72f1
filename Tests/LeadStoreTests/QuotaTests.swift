import Database
import JobQueue
import LeadStore
import Migrations
import TestSupport
import Testing
import Timekeeping

@Suite("The ledger of the daily limit", .serialized, .onEachEngine) struct QuotaTests {
  /// Five leads planned for Monday, of which one is sent that day, three on Tuesday and one never; the replaced script had
  /// uploaded eight on Monday.
  private func twoDays(_ transaction: Transaction) throws {
    _ = try QuotaTable.adopt(day: monday, created: 8, now: start, in: transaction)
    let batch = try transaction.batch(transaction.leads(0..<5))
    try transaction.intend(batch, [0])
    try transaction.finish(batch, [(0, .created(crmID: 1))])
    try transaction.intend(batch, [1, 2, 3], today: tuesday)
    try transaction.finish(
      batch, [(1, .duplicate(existingID: 2)), (2, .rejected(reason: "zip")), (4, .released(reason: "stopped"))])
  }

  @Test("Every reservation can be followed: taken, settled, given back, moved to the day of its request")
  func movements() async throws {
    let fixture = try await Fixture()
    try await fixture.write { transaction in
      try twoDays(transaction)
      let days = try QuotaTable.movements(in: transaction)
      var (first, second) = (DailyMovement(day: monday), DailyMovement(day: tuesday))
      (first.reserved, first.created, first.released, first.movedAway, first.imported) = (5, 1, 1, 3, 8)
      (second.reserved, second.duplicates, second.rejected) = (3, 1, 1)
      #expect(days == [first, second])
      #expect(days.map(\.refunded) == [4, 2])
      #expect(
        days.map(\.count) == [
          DailyCount(day: monday, created: 9), DailyCount(day: tuesday, reserved: 1, duplicates: 1, rejected: 1),
        ])
      #expect(try QuotaTable.movements(since: tuesday, in: transaction) == [second])
      #expect(try QuotaTable.disagreements(in: transaction).isEmpty)
    }
  }

  @Test(
    "A counter that was changed by hand, or lost, no longer is what the ledger adds up to",
    arguments: [
      ("UPDATE daily_counter SET created = created - 1 WHERE day = '\(monday)'", monday),
      ("UPDATE daily_counter SET reserved = 0", tuesday),
      ("DELETE FROM daily_counter WHERE day = '\(tuesday)'", tuesday),
      ("INSERT INTO daily_counter (day, rejected) VALUES ('2026-03-09', 1)", "2026-03-09"),
    ])
  func changed(sql: String, day: String) async throws {
    let fixture = try await Fixture()
    try await fixture.write { transaction in
      try twoDays(transaction)
      try transaction.run(sql)
      let found = try QuotaTable.disagreements(in: transaction)
      #expect(found.map(\.counter.day) == [day] && found.map(\.ledger.day) == [day])
    }
  }

  @Test(
    "The days shown cost their own lines of the ledger, and no others",
    .onFileOnly("the plan is SQLite's; a planner by statistics chooses by how many rows there are"))
  func indexed() async throws {
    let fixture = try await Fixture()
    let plans = try await fixture.store.read { transaction in
      try [
        """
        SELECT day, entry, sum(amount) FROM ledger WHERE day IS NOT NULL AND day >= '2026' GROUP BY day, entry
        ORDER BY day, entry LIMIT 9
        """,
        "SELECT detail, sum(amount) FROM ledger WHERE entry = 'moved' AND detail >= '2026' GROUP BY detail LIMIT 9",
      ].flatMap { try transaction.query("EXPLAIN QUERY PLAN \($0)") { $0.text(3) } }
    }
    #expect(
      plans == [
        "SEARCH ledger USING COVERING INDEX ledger_day (day>?)",
        "SEARCH ledger USING INDEX ledger_moved (detail>?)",
      ])
  }

  @Test(
    "A store made before the ledger was indexed by day keeps its data and tells the same",
    .onFileOnly("no store on PostgreSQL is that old"))
  func older() async throws {
    let folder = try TemporaryFolder()
    let steps = Migration.sqlite.map { SchemaStep(version: $0.version, name: $0.name, sql: $0.sql) }
    let older = try await Store.open(
      .file(folder.file("store.db")), steps: steps.filter { $0.version != 7 }, now: start)
    try await older.write { transaction in
      try WorkerTable.register(
        WorkerRecord(
          id: "w", host: "h", pid: 1, version: "1", kinds: ["upload"], queues: ["upload"], startedAt: start,
          heartbeatAt: start), in: transaction)
      try JobTable.declareQueue("upload", in: transaction)
      _ = try SourceTable.findOrAdd(path: "leads.json", in: transaction)
      try twoDays(transaction)
    }
    let before = try await older.read { try QuotaTable.movements(in: $0) }
    let store = try await LeadStore.open(.file(folder.file("store.db")), now: start)
    try await store.read { transaction in
      #expect(try QuotaTable.movements(in: transaction) == before && before.count == 2)
      #expect(try QuotaTable.disagreements(in: transaction).isEmpty)
      let indexes = try transaction.integer("SELECT count(*) FROM sqlite_schema WHERE name GLOB 'ledger_[dm][ao][yv]*'")
      #expect(indexes == 2)
    }
  }
}

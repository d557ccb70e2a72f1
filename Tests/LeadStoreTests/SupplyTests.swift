import Database
import LeadStore
import Leads
import Planning
import TestSupport
import Testing
import Timekeeping

/// What the sources still hold, and the best of it.
@Suite(.serialized) struct SupplyTests {
  private static let states = ["CT", "NY", "Texas", "Ontario", nil]
  private static let segments = ["", "dental", "wound care"]

  private static func lead(_ number: Int, score: Int, state: String?) throws -> Lead {
    var record: RawRecord = ["score": .number("\(score)"), "practice_phone": .text("212555\(1000 + number)")]
    if let state { record[.state] = .text(state) }
    guard case .usable(let lead, _) = RecordCleaner().clean(record) else { throw Lead.Unusable() }
    return lead
  }

  /// A random lead of a small world, so that the same ones come again.
  private static func randomPut(
    _ random: inout SeededGenerator, generation: Int, in transaction: Transaction
  ) throws {
    let lead = try lead(
      Int.random(in: 0..<60, using: &random), score: Int.random(in: 55...95, using: &random),
      state: states[Int.random(in: 0..<states.count, using: &random)])
    try CatalogTable.put(
      lead, segment: segments[Int.random(in: 0..<segments.count, using: &random)], line: 1,
      source: Int64.random(in: 1...3, using: &random), generation: generation, label: "label", now: start,
      in: transaction)
  }

  private static func fixture() async throws -> Fixture {
    let fixture = try await Fixture()
    try await fixture.write { transaction in
      for path in ["more.json", "most.json"] { _ = try SourceTable.findOrAdd(path: path, in: transaction) }
    }
    return fixture
  }

  /// Every available lead that may be uploaded, as the table has it.
  private struct Available {
    var source: Int64
    var cell: SupplyCell
    var lead: SelectedLead
  }

  private static func available(in transaction: Transaction) throws -> [Available] {
    try transaction.query(
      "SELECT id, key, class, score, source_id, region, segment FROM lead WHERE state = 'available' AND class <> 'C'"
    ) { row in
      guard let leadClass = LeadClass(rawValue: row.text(2)) else { throw Lead.Unusable() }
      return Available(
        source: row.int64(4), cell: SupplyCell(leadClass: leadClass, region: row.text(5), segment: row.text(6)),
        lead: SelectedLead(
          id: row.int64(0), key: LeadKey(rawValue: row.text(1)), leadClass: leadClass, score: row.int(3)))
    }
  }

  @Test("Law: the counts are what the catalog holds, whatever happened to its leads", arguments: 0..<20)
  func counted(seed: UInt64) async throws {
    let fixture = try await Self.fixture()
    try await fixture.write { transaction in
      var random = SeededGenerator(seed: seed)
      for step in 1...60 {
        switch Int.random(in: 0..<12, using: &random) {
        case 0:
          _ = try CatalogTable.withdrawUnseen(
            source: Int64.random(in: 1...3, using: &random), generation: step, now: start, in: transaction)
        case 1: try CatalogTable.withdrawStrays(keeping: ["leads.json", "most.json"], now: start, in: transaction)
        case 2:
          let key = try Self.lead(Int.random(in: 0..<60, using: &random), score: 90, state: nil).key
          _ = try CatalogTable.putUploaded(key: key, now: start, in: transaction)
        case 3:
          let leads = try CatalogTable.choose(.a, count: 2, sources: [1, 2, 3], in: transaction)
          if !leads.isEmpty {
            let batch = try transaction.batch(leads)
            if random.oneIn(2) {
              try transaction.finish(batch, leads.indices.map { ($0, .released(reason: "given up")) })
            }
          }
        default: for _ in 0..<8 { try Self.randomPut(&random, generation: step, in: transaction) }
        }
        #expect(try CatalogTable.supplyDisagreements(limit: 9, in: transaction).isEmpty)
        let sources = [Int64]([1, 2, 3].filter { _ in !random.oneIn(4) })
        let leads = try Self.available(in: transaction).filter { sources.contains($0.source) }
        let byCell = Dictionary(leads.map { ($0.cell, 1) }, uniquingKeysWith: +)
        #expect(try CatalogTable.supplyByCell(sources: sources, in: transaction) == byCell)
        let supply = try CatalogTable.supply(sources: sources, in: transaction)
        for leadClass in LeadClass.allCases {
          #expect(supply[leadClass] == leads.count { $0.cell.leadClass == leadClass })
        }
      }
    }
  }

  @Test("Law: what is chosen is the front of everything there is, in order", arguments: 0..<20)
  func chosen(seed: UInt64) async throws {
    let fixture = try await Self.fixture()
    try await fixture.write { transaction in
      var random = SeededGenerator(seed: seed)
      for _ in 0..<150 { try Self.randomPut(&random, generation: 1, in: transaction) }
      let all = try Self.available(in: transaction)
      for _ in 0..<20 {
        let sources = [Int64]([1, 2, 3].shuffled(using: &random).prefix(Int.random(in: 0...3, using: &random)))
        let count = Int.random(in: 0...40, using: &random)
        let leadClass = LeadClass.allCases[Int.random(in: 0..<3, using: &random)]
        func best(_ isWanted: (SupplyCell) -> Bool) -> [SelectedLead] {
          let order = Dictionary(uniqueKeysWithValues: sources.enumerated().map { ($1, $0) })
          let candidates = all.filter { $0.cell.leadClass == leadClass && order[$0.source] != nil && isWanted($0.cell) }
          return candidates.sorted { left, right in
            (-left.lead.score, order[left.source] ?? 0, left.lead.key.rawValue)
              < (-right.lead.score, order[right.source] ?? 0, right.lead.key.rawValue)
          }.prefix(count).map(\.lead)
        }
        #expect(
          try CatalogTable.choose(leadClass, count: count, sources: sources, in: transaction) == best { _ in true })
        let cells = Set(all.map(\.cell)).filter { $0.leadClass == leadClass && !random.oneIn(2) }
        #expect(
          try CatalogTable.choose(among: Array(cells), count: count, sources: sources, in: transaction)
            == best(cells.contains))
      }
    }
  }

  @Test("Counts and choice are read from their indexes alone, in the indexes' own order")
  func indexOnly() async throws {
    let fixture = try await Self.fixture()
    try await fixture.write { transaction in
      var random = SeededGenerator(seed: 1)
      for _ in 0..<100 { try Self.randomPut(&random, generation: 1, in: transaction) }
    }
    let log = try PlanLog(of: fixture.store)
    let cell = SupplyCell(leadClass: .a, region: "CT", segment: "")
    _ = try CatalogTable.supply(sources: [1, 2], in: log.transaction)
    _ = try CatalogTable.choose(.a, count: 5, sources: [1, 2], in: log.transaction)
    _ = try CatalogTable.choose(among: [cell], count: 5, sources: [1, 2], in: log.transaction)
    #expect(
      log.plans(of: "FROM lead_supply").allSatisfy { $0 == ["SEARCH lead_supply USING PRIMARY KEY (source_id=?)"] })
    #expect(log.plans(of: "FROM lead_supply").count == 2)
    for (text, plan) in [
      ("class = $2 AND state", "lead_choice (source_id=? AND class=? AND score>?)"),
      ("region = $5", "lead_cell (source_id=? AND class=? AND region=? AND segment=? AND score>?)"),
    ] {
      #expect(log.plans(of: text).count == 2)
      for found in log.plans(of: text) { #expect(found == ["SEARCH lead USING COVERING INDEX \(plan)"]) }
    }
  }

  /// What SQLite does for the reads of a plan over a catalog of so many leads, in instructions of its machine: time would say what
  /// else the computer does.
  private func costOfReads(leads: Int) async throws -> Int {
    let fixture = try await Self.fixture()
    _ = try await fixture.write { transaction in
      try transaction.run(
        """
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
        INSERT INTO lead (key, source_id, line, class, score, body, state, generation, changed_at, region)
        SELECT 'key ' || i, 1 + i % 3, i, CASE WHEN i % 4 = 0 THEN 'A+' ELSE 'A' END, 75 + i % 25, '{}', 'available', 1, 0,
          substr('CTNYMA', 1 + 2 * (i % 3), 2)
        FROM n
        """, [.int(leads)])
    }
    let connection = try SQLiteConnection(path: fixture.store.path, access: .readOnly)
    let transaction = Transaction(connection: connection)
    let before = connection.instructions
    #expect(try CatalogTable.supply(sources: [1, 2, 3], in: transaction).sum == leads)
    #expect(try CatalogTable.supplyByCell(sources: [1, 2, 3], in: transaction).count == 6)
    #expect(try CatalogTable.choose(.aPlus, count: 100, sources: [1, 2, 3], in: transaction).count == 100)
    #expect(try CatalogTable.choose(.a, count: 250, sources: [1, 2, 3], in: transaction).count == 250)
    _ = try BatchTable.inFlight(since: start, in: transaction)
    _ = try BatchTable.openCount(in: transaction)
    return connection.instructions - before
  }

  @Test("The reads of a plan cost the same whether the catalog holds three thousand leads or twenty times as many")
  func flat() async throws {
    let (few, many) = (try await costOfReads(leads: 3000), try await costOfReads(leads: 60_000))
    #expect(few > 1000, "something is measured")
    #expect(Double(many) / Double(few) < 1.2)
  }

  @Test("A count that something else changed is found, in either direction")
  func tampered() async throws {
    let fixture = try await Self.fixture()
    try await fixture.write { transaction in
      try transaction.put(Self.lead(1, score: 80, state: "CT"))
      try transaction.put(Self.lead(2, score: 80, state: "CT"))
      try transaction.run("UPDATE lead_supply SET available = 3")
      try transaction.run(
        "INSERT INTO lead_supply (source_id, class, region, segment, available) VALUES (2, 'B', 'NY', 's', 4)")
      let found = try CatalogTable.supplyDisagreements(limit: 9, in: transaction)
      #expect(found.map { [Int($0.source), $0.counted, $0.found] } == [[1, 3, 2], [2, 4, 0]])
      #expect(found.map { [$0.leadClass, $0.region, $0.segment] } == [["A", "CT", ""], ["B", "NY", "s"]])
    }
  }

  @Test("A store of an earlier version gets regions and counts for the leads that it has")
  func earlierStore() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("store.db")
    let earlier = try await Store.open(
      .file(path), steps: LeadStore.steps(on: .sqlite).filter { $0.version < 9 }, now: start)
    let written = USState.names.flatMap {
      [$0.name, String($0.name.prefix(1)) + $0.name.dropFirst().lowercased(), $0.code, $0.code.lowercased()]
    }
    let states = written + ["Ontario", "wiſconsin", ""]
    try await earlier.write { transaction in
      _ = try SourceTable.findOrAdd(path: "leads.json", in: transaction)
      for (number, state) in states.enumerated() {
        try transaction.run(
          """
          INSERT INTO lead (key, source_id, line, class, score, body, state, generation, changed_at)
          VALUES ($1, 1, 1, $2, 80, $3, $4, 1, 1)
          """,
          [
            .text("key \(number)"), .text(number % 2 == 0 ? "A" : "B"), .text("{\"state\":\"\(state)\"}"),
            .text(number % 5 == 0 ? "withdrawn" : "available"),
          ])
      }
      _ = try CatalogTable.putUploaded(key: LeadKey(rawValue: "npi:1234567893"), now: start, in: transaction)
      try transaction.run("UPDATE lead SET source_id = 1, body = 'no JSON' WHERE key = 'key 0'")
    }
    let store = try await LeadStore.open(.file(path), now: start)
    try await store.read { transaction in
      let regions = try transaction.query("SELECT key, region FROM lead WHERE key LIKE 'key %'") {
        ($0.text(0), $0.text(1))
      }
      for (key, region) in regions where key != "key 0" {
        let number = try #require(Int(key.dropFirst(4)))
        #expect(region == USState.code(of: states[number]) ?? "", "\(states[number])")
      }
      #expect(regions.count == states.count)
      #expect(try CatalogTable.supplyDisagreements(limit: 9, in: transaction).isEmpty)
      let available = states.indices.filter { $0 % 5 != 0 }
      let supply = try CatalogTable.supply(sources: [1], in: transaction)
      #expect(supply == PerClass(aPlus: 0, a: available.count { $0 % 2 == 0 }, b: available.count { $0 % 2 == 1 }))
    }
  }
}

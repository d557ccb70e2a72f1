import Connectors
import Database
import Foundation
import Leads
import Testing

@Suite("A read-back")
struct ReadBackTests {
  private static func key(_ name: String) throws -> LeadKey {
    try #require(LeadKey.identifying(owner: name, practice: nil, phone: "2125550123", zip: "06101"))
  }

  private static func row(_ npi: String?, _ marker: String, name: String = "Ada") throws -> ReadBackRow {
    ReadBackRow(npi: npi, key: try key(name), marker: marker)
  }

  // MARK: By SQL

  private func add(_ tables: MeasuredTables, _ id: Int, npi: String?, breakdown: String?) throws {
    try tables.connection.run(
      "INSERT INTO leads (id, npi, scoring_breakdown) VALUES (CAST($1 AS int), $2, CAST(CAST($3 AS text) AS json))",
      [.int(id), .optional(npi), .optional(breakdown)])
  }

  @Test("by SQL: our marker says which rows are ours, the npi which are others'; any JSON may stand in the column")
  func byMarker() async throws {
    let tables = try MeasuredTables()
    try add(tables, 1, npi: "1234567893", breakdown: #"{"lead_queue": "b1/0", "x": [1]}"#)
    try add(tables, 2, npi: "1000000004", breakdown: nil)
    try add(tables, 3, npi: nil, breakdown: #"{"lead_queue":"b1/2"}"#)
    try add(tables, 4, npi: nil, breakdown: #"{"note":"\u0000 \ud83d","lead_queue":"b1/9"}"#)
    try add(tables, 5, npi: "1000000012", breakdown: #"{"lead_queue":"other/1"}"#)
    for (id, json) in zip(6..., ["1", "\"lead_queue\"", "[\"lead_queue\"]", "null", "{\"lead_queue\":5}", "{}"]) {
      try add(tables, id, npi: nil, breakdown: json)
    }
    let client = try client(of: "http://127.0.0.1:1", database: tables.url)
    let found = try await client.readBack(
      [
        Self.row("1234567893", "b1/0"), Self.row("1000000004", "b1/1"), Self.row(nil, "b1/2"), Self.row(nil, "b1/3"),
        Self.row("1000000012", "b1/4"), Self.row("1999999999", "b1/5"), Self.row(nil, "b1/9"),
      ], after: 1000)
    #expect(
      found == [
        ReadBackFinding(ours: [1]), ReadBackFinding(others: [2]), ReadBackFinding(ours: [3]), ReadBackFinding(),
        ReadBackFinding(others: [5]), ReadBackFinding(), ReadBackFinding(ours: [4]),
      ])
  }

  @Test("by SQL: a lead that is there twice is found twice, and thousands of rows are found in their order")
  func manyByMarker() async throws {
    let tables = try MeasuredTables()
    try tables.connection.execute(
      """
      INSERT INTO leads (id, scoring_breakdown)
      SELECT n, json_build_object('lead_queue', 'm' || n % 2500) FROM generate_series(1, 2501) n
      """)
    let client = try client(of: "http://127.0.0.1:1", database: tables.url)
    let found = try await client.readBack((0..<2502).map { try Self.row(nil, "m\($0)") }, after: 0)
    #expect(found.count == 2502)
    #expect(found[0] == ReadBackFinding(ours: [2500]))
    #expect(found[1] == ReadBackFinding(ours: [1, 2501]))
    #expect(found[2499] == ReadBackFinding(ours: [2499]))
    #expect(found[2500] == ReadBackFinding())
  }

  @Test("by SQL without scoring_breakdown: only rows newer than the batch can be ours, by npi or by contact data")
  func byFields() async throws {
    let tables = try MeasuredTables()
    try tables.connection.execute(
      """
      ALTER TABLE leads DROP COLUMN scoring_breakdown;
      INSERT INTO leads (id, npi, owner_name, practice_phone, zip_code) VALUES
        (1, '1234567893', 'x', NULL, NULL), (2, NULL, 'Ada', '(212) 555-0123', '06101'),
        (11, '1000000004', 'y', NULL, NULL), (12, NULL, 'ADA', '212-555-0123', '06101-1234');
      """)
    let client = try client(of: "http://127.0.0.1:1", database: tables.url)
    let found = try await client.readBack(
      [Self.row("1234567893", "a"), Self.row("1000000004", "b"), Self.row(nil, "c"), Self.row(nil, "d", name: "Bob")],
      after: 10)
    #expect(
      found == [
        ReadBackFinding(others: [1]), ReadBackFinding(ours: [11]), ReadBackFinding(ours: [12]), ReadBackFinding(),
      ])
  }

  @Test("by SQL: quotes, braces and backslashes in an npi break nothing")
  func strangeTexts() async throws {
    let tables = try MeasuredTables()
    let strange = #"a"b\c{d},'e"#
    try add(tables, 1, npi: strange, breakdown: nil)
    let client = try client(of: "http://127.0.0.1:1", database: tables.url)
    #expect(try await client.readBack([Self.row(strange, "m")], after: 0) == [ReadBackFinding(others: [1])])
    #expect(try await client.readBack([], after: 0) == [])
  }

  // MARK: By the API

  private static func lead(_ id: Int, npi: String? = nil, name: String = "Zoe", more: String = "") -> String {
    """
    {"id":\(id),"npi":\(npi.map { "\"\($0)\"" } ?? "null"),"status":"new","priority":"A","assigned_user_id":null,\
    "owner_name":"\(name)","practice_name":"Unknown Practice","practice_phone":"2125550123","zip_code":"06101"\(more)}
    """
  }

  private func crm(_ leads: [String]) throws -> ScriptedCRM {
    try ScriptedCRM { seen in
      guard seen.path == "/api/v1/leads" else { return nil }
      let limit = seen.query["limit"].flatMap(Int.init) ?? 100
      return .answer(200, "[" + leads.prefix(limit).joined(separator: ",") + "]")
    }
  }

  @Test("by the API: newest first and no further than needed; rows above the mark are ours by npi or contact data")
  func byAPI() async throws {
    let old = (1...990).reversed().map { Self.lead($0, npi: $0 == 985 ? "1000000012" : nil, name: "Ada") }
    let new = [Self.lead(1003, npi: "1234567893"), Self.lead(1002, name: "ada"), Self.lead(1001, npi: "1000000004")]
    let crm = try crm(new + old)
    defer { crm.stop() }
    let found = try await client(of: crm.baseURL).readBack(
      [
        Self.row("1234567893", "a"), Self.row(nil, "b"), Self.row("1000000012", "c"), Self.row(nil, "d", name: "Bob"),
        Self.row("1000000004", "e"),
      ], after: 1000)
    #expect(
      found == [
        ReadBackFinding(ours: [1003]), ReadBackFinding(ours: [1002]), ReadBackFinding(others: [985]), ReadBackFinding(),
        ReadBackFinding(ours: [1001]),
      ])
    #expect(crm.requests("GET", "/api/v1/leads").map { $0.query["limit"] } == ["100"])
    #expect(crm.requests("GET", "/api/v1/leads").allSatisfy { $0.query["show_all"] == "true" })
  }

  @Test("by the API: many newer rows make the page grow until the old ones are reached")
  func growing() async throws {
    let crm = try crm((1...3000).reversed().map { Self.lead($0, npi: $0 == 2001 ? "1234567893" : nil) })
    defer { crm.stop() }
    let found = try await client(of: crm.baseURL).readBack([Self.row("1234567893", "a")], after: 2000)
    #expect(found == [ReadBackFinding(ours: [2001])])
    #expect(crm.requests("GET", "/api/v1/leads").map { $0.query["limit"] } == ["100", "400", "1600"])
  }

  @Test("by the API: a marker that is shown decides")
  func shownMarker() async throws {
    let crm = try crm([
      Self.lead(9, npi: "1234567893", more: #","scoring_breakdown":{"lead_queue":"somebody-else"}"#),
      Self.lead(8, name: "Nobody", more: #","scoring_breakdown":{"a":1,"lead_queue":"b"}"#),
      Self.lead(7, npi: "1000000004", more: #","scoring_breakdown":"text""#),
    ])
    defer { crm.stop() }
    let found = try await client(of: crm.baseURL).readBack(
      [Self.row("1234567893", "a"), Self.row(nil, "b"), Self.row("1000000004", "c")], after: 5)
    #expect(found == [ReadBackFinding(others: [9]), ReadBackFinding(ours: [8]), ReadBackFinding(ours: [7])])
  }

  @Test("a read-back that failed is an error, never \"not there\"")
  func failed() async throws {
    for reaction in [
      ScriptedCRM.Reaction.drop, .answer(500, "[]"), .half("[\(Self.lead(1)),\(Self.lead(2))]"), .answer(200, "<html>"),
    ] {
      let crm = try ScriptedCRM { $0.path == "/api/v1/leads" ? reaction : nil }
      defer { crm.stop() }
      await #expect(throws: CRMError.self) {
        try await client(of: crm.baseURL).readBack([Self.row("1234567893", "a")], after: 0)
      }
    }
  }
}

import Database
import Foundation
import Testing

@testable import demo_crm

@Suite("The bulk route of the demo CRM")
struct BulkTests {
  @Test("created rows and duplicates come back by index, created ones without id and npi", arguments: Engine.allCases)
  func results(engine: Engine) async throws {
    try await RunningCRM.with(engine) { crm in
      let token = try await crm.login()
      let first = try await crm.bulk([lead("One", npi: "1990000001")], token: token)
      #expect(
        first.text
          == #"{"summary":{"total_submitted":1,"created":1,"failed":0,"duplicates":0},"created_leads":"#
          + #"[{"index":0,"practice_name":"One","score":85,"priority":"A"}],"failed_leads":[],"duplicate_npis":[]}"#)
      let rows = [lead("Zwei", npi: "x"), lead("Eins", npi: "1990000001"), lead("Drei"), lead("Vier")]
      let second = try await crm.bulk(rows, token: token).json
      #expect(
        second["summary"]
          == .object(["total_submitted": 4, "created": 3, "failed": 0, "duplicates": 1]))
      #expect(second["created_leads"]?.elements.map { $0["index"] } == [0, 2, 3])
      let id = try #require(try await crm.leads(token: token).first { $0["practice_name"] == "One" }?["id"])
      #expect(
        second["duplicate_npis"]
          == .array([
            .object(["index": 1, "npi": "1990000001", "practice_name": "Eins", "existing_id": id])
          ]))
    }
  }

  @Test(
    "a row without priority gets the CRM's own band, another is stored as sent",
    arguments: [(90, "A+"), (89, "A"), (80, "A"), (79, "B+"), (70, "B+"), (69, "B"), (60, "B"), (59, "C")])
  func bands(score: Int, band: String) async throws {
    try await RunningCRM.with { crm in
      let token = try await crm.login()
      let rows = [
        lead("a", ["score": .int(score)]), lead("b", ["score": .int(score), "priority": "anything"]),
        lead("c", ["score": .null]),
      ]
      let created = try await crm.bulk(rows, token: token).json["created_leads"]?.elements
      #expect(created?.map { $0["priority"]?.asText } == [band, "anything", "C"])
    }
  }

  @Test("what was sent is what the tables hold, the breakdown included", arguments: Engine.allCases)
  func storage(engine: Engine) async throws {
    try await RunningCRM.with(engine) { crm in
      let token = try await crm.login()
      let row = lead(
        "Café \"Ü\" \\ 1", npi: "1990000001",
        [
          "state": "CT", "zip_code": "06101", "source": "nppes_extraction", "unknown": 1,
          "scoring_breakdown": .object(["lead_queue": "m-1", "weight": .number("1.50"), "list": .array([1, .null])]),
          "estimated_deal_value": "ignored", "medicare_allograft_score": 7,
        ])
      #expect(try await crm.bulk([row, lead("Plain")], token: token).status == 200)
      let stored = try crm.query { connection in
        try connection.query(
          """
          SELECT practice_name, npi, state, zip_code, source, CAST(status AS text), providers, medicare_allograft_score,
            scoring_breakdown, times_recycled FROM leads ORDER BY id
          """
        ) { row in
          (0..<10).map { row.isNull($0) ? "null" : row.text($0) }
        }
      }
      #expect(
        stored[0] == [
          "Café \"Ü\" \\ 1", "1990000001", "CT", "06101", "nppes_extraction", "new", "1", "7",
          #"{"lead_queue":"m-1","weight":1.50,"list":[1,null]}"#, "0",
        ])
      #expect(stored[1][1] == "null" && stored[1][8] == "null")
    }
  }

  @Test(
    "types are strict: one wrong row rejects all, with its place, and echoes the value",
    arguments: [
      ("npi", JSONValue.integer(1_990_000_001), "string_type"), ("score", .number("80.5"), "int_type"),
      ("score", "80", "int_type"), ("providers", .null, "int_type"), ("practice_name", .null, "string_type"),
      ("specialties", .array(["a"]), "string_type"), ("source", .null, "string_type"),
      ("scoring_breakdown", "text", "dict_type"), ("is_sole_proprietor", .bool(true), "string_type"),
    ])
  func strictness(field: String, value: JSONValue, type: String) async throws {
    try await RunningCRM.with { crm in
      let token = try await crm.login()
      let rows = [lead("good"), lead("bad", JSONObject(members: [(field, value)])), lead("good too")]
      let reply = try await crm.bulk(rows, token: token)
      #expect(reply.status == 422)
      let details = reply.json["detail"]?.elements ?? []
      #expect(details.count == 1)
      #expect(details.first?["loc"] == .array(["body", 1, .text(field)]))
      #expect(details.first?["type"] == .text(type))
      #expect(details.first?["input"] == value)
      #expect(details.first?["msg"]?.asText?.hasPrefix("Input should be a valid ") == true)
      #expect(try await crm.leads(token: token).isEmpty)
    }
  }

  @Test("a missing name, a row that is no object, a body that is no list and a body that is no JSON are 422")
  func shapes() async throws {
    try await RunningCRM.with { crm in
      let token = try await crm.login()
      func detail(_ body: JSONValue) async throws -> JSONValue? {
        let reply = try await crm.reply("POST", "/api/v1/leads/bulk", body, token: token)
        #expect(reply.status == 422)
        return reply.json["detail"]?.elements.first
      }
      let missing = try await detail(.array([.object(["npi": "1"])]))
      #expect(missing?["loc"] == .array(["body", 0, "practice_name"]))
      #expect(missing?["type"] == "missing")
      #expect(missing?["input"] == .object(["npi": "1"]))
      #expect(try await detail(.array([lead("a"), "text"]))?["loc"] == .array(["body", 1]))
      #expect(try await detail(.object(["leads": .array([])]))?["type"] == "list_type")
      let headers = ["Authorization": "Bearer \(token)", "Content-Type": "application/json"]
      guard
        case .reply(let broken) = try await crm.client.send(
          "POST", "/api/v1/leads/bulk", body: Array("[{".utf8), headers: headers),
        case .reply(let zipped) = try await crm.client.send(
          "POST", "/api/v1/leads/bulk", body: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3],
          headers: headers.merging(["Content-Encoding": "gzip"]) { $1 }),
        case .reply(let form) = try await crm.client.send(
          "POST", "/api/v1/leads/bulk", body: Array("[]".utf8),
          headers: headers.merging(["Content-Type": "application/x-www-form-urlencoded"]) { $1 })
      else {
        Issue.record("no reply")
        return
      }
      #expect(broken.status == 422)
      #expect(broken.json["detail"]?.elements.first?["type"] == "json_invalid")
      #expect(zipped.status == 400)
      #expect(form.status == 422)
    }
  }

  @Test("a thousand rows pass, one more is refused, none is nothing", arguments: Engine.allCases)
  func limits(engine: Engine) async throws {
    try await RunningCRM.with(engine) { crm in
      let token = try await crm.login()
      let rows = (0...1000).map { lead("Practice \($0)", npi: .text("n\($0)")) }
      let refused = try await crm.bulk(rows, token: token)
      #expect(refused.status == 400)
      #expect(refused.json["detail"]?.asText?.hasPrefix("Maximum 1000 leads") == true)
      #expect(try await crm.bulk([], token: token).json["summary"]?["total_submitted"] == 0)
      #expect(try await crm.leads(token: token).isEmpty)
      let passed = try await crm.bulk(Array(rows.prefix(1000)), token: token)
      #expect(passed.json["summary"]?["created"] == 1000)
      #expect(try await crm.leads(token: token).count == 1000)
    }
  }

  @Test(
    "poison rolls the whole request back with a 500 that holds personal data",
    arguments: Engine.allCases,
    [
      [lead("p", npi: "7"), lead("q", npi: "7")], [lead("p", npi: ""), lead("q", npi: "")],
      [lead("p", npi: "7", ["city": "a\u{0}b"])], [lead("p", npi: "7\u{0}")],
      [lead("p", npi: "7", ["score": 2_147_483_648])],
      [lead("p", npi: "7", ["providers": .number("1" + String(repeating: "0", count: 30))])],
    ])
  func poison(engine: Engine, rows: [JSONValue]) async throws {
    try await RunningCRM.with(engine) { crm in
      let token = try await crm.login()
      let good = (0..<30).map { lead("good \($0)", npi: .text("g\($0)")) }
      let poisoned = rows.map { row -> JSONValue in
        guard case .object(var object) = row else { return row }
        object.append("owner_name", "Ada Testwell")
        return .object(object)
      }
      let reply = try await crm.bulk(good + poisoned, token: token)
      #expect(reply.status == 500)
      #expect(reply.json["detail"]?.asText?.hasPrefix("Bulk import failed: ") == true)
      #expect(reply.text.contains("Ada Testwell"))
      #expect(try await crm.leads(token: token).isEmpty)
      #expect(try await crm.bulk(good, token: token).json["summary"]?["created"] == 30)
    }
  }

  @Test("an empty npi meets one that is stored already; the largest integers pass", arguments: Engine.allCases)
  func edges(engine: Engine) async throws {
    try await RunningCRM.with(engine) { crm in
      let token = try await crm.login()
      #expect(try await crm.bulk([lead("a", npi: "", ["score": 2_147_483_647])], token: token).status == 200)
      #expect(try await crm.bulk([lead("b", npi: "")], token: token).status == 500)
      #expect(
        try await crm.bulk([lead("c", npi: "1"), lead("d", ["score": -2_147_483_648])], token: token).status == 200)
      // The same known npi twice in a request is a duplicate twice.
      let twice = try await crm.bulk([lead("e", npi: "1"), lead("f", npi: "1")], token: token)
      #expect(twice.json["summary"]?["duplicates"] == 2)
    }
  }

  @Test(
    "sent twice, rows with an npi come back as duplicates and rows without are created again",
    arguments: Engine.allCases)
  func again(engine: Engine) async throws {
    try await RunningCRM.with(engine) { crm in
      let token = try await crm.login()
      let rows = [lead("with", npi: "1"), lead("without")]
      #expect(try await crm.bulk(rows, token: token).json["summary"]?["created"] == 2)
      #expect(try await crm.bulk(rows, token: token).json["summary"]?["created"] == 1)
      #expect(try await crm.leads(token: token).count == 3)
    }
  }

  @Test("one lead alone answers with its row, a duplicate with prose", arguments: Engine.allCases)
  func single(engine: Engine) async throws {
    try await RunningCRM.with(engine) { crm in
      let token = try await crm.login()
      let created = try await crm.reply("POST", "/api/v1/leads", lead("One", npi: "5"), token: token)
      #expect(created.status == 200)
      #expect(created.json["npi"] == "5")
      let id = try #require(created.json["id"]?.asInt)
      let again = try await crm.reply("POST", "/api/v1/leads", lead("One", npi: "5"), token: token)
      #expect(again.status == 400)
      #expect(again.json["detail"]?.asText?.hasSuffix("already exists (ID: \(id))") == true)
      let invalid = try await crm.reply("POST", "/api/v1/leads", .object(["npi": 5]), token: token)
      #expect(
        invalid.json["detail"]?.elements.map { $0["loc"] } == [
          .array(["body", "practice_name"]), .array(["body", "npi"]),
        ])
    }
  }

  @Test("at a pace, a request takes as long as its rows")
  func pace() async throws {
    try await RunningCRM.with(.sqlite, { $0.reception.pace = 100 }) { crm in
      let token = try await crm.login()
      let start = ContinuousClock.now
      #expect(try await crm.bulk((0..<30).map { lead("\($0)") }, token: token).status == 200)
      #expect(ContinuousClock.now - start >= .milliseconds(300))
    }
  }
}

import Connectors
import Foundation
import Leads
import Testing
import Timekeeping

@Suite("Stock read from the CRM's API")
struct APIStockTests {
  /// 2026-09-21T13:33:20Z.
  private let now = Timestamp(milliseconds: 1_789_997_600_000)
  private let month = Duration.seconds(30 * 86_400)

  private static func lead(
    _ id: Int, _ priority: String = "A", status: String = "new", agent: String = "null", recycled: String = "0",
    updated: String = "2026-09-20T00:00:00.123456", more: String = ""
  ) -> String {
    """
    {"id":\(id),"practice_name":"Dr. Mabuse \\"[{]}\\\\","npi":null,"priority":"\(priority)","status":"\(status)",\
    "assigned_user_id":\(agent),"times_recycled":\(recycled),"updated_at":"\(updated)",\
    "notes":[{"a":[1,2]},"}]"]\(more)}
    """
  }

  private func crm(_ leads: [String], total: Int? = nil) throws -> ScriptedCRM {
    try ScriptedCRM { seen in
      switch seen.path {
      case "/health": return .answer(200, ScriptedCRM.health(leads: total ?? leads.count, agents: 3))
      case "/api/v1/leads":
        guard seen.token == "Bearer t1", seen.query["show_all"] == "true" else { return .answer(403, "{}") }
        let limit = seen.query["limit"].flatMap(Int.init) ?? 100
        return .answer(200, "[\n " + leads.prefix(limit).joined(separator: ",\n ") + "]\n")
      default: return nil
      }
    }
  }

  private func read(_ crm: ScriptedCRM) async throws -> Stock {
    defer { crm.stop() }
    return try await client(of: crm.baseURL).readStock(window: month, now: now)
  }

  @Test("D7: the same definitions as by SQL")
  func definitions() async throws {
    let stock = try await read(
      crm([
        Self.lead(20, "A+"), Self.lead(19, "A+ Priority"), Self.lead(18, "B+"), Self.lead(17, "C"),
        Self.lead(16, "A", status: "contacted", agent: "3"),
        Self.lead(15, "A", status: "recycled", agent: "3", recycled: "2"),
        Self.lead(14, "A", status: "recycled", recycled: "3"),
        Self.lead(13, "A", status: "qualified", agent: "4", recycled: "3"),
        Self.lead(12, "A+", status: "closed_won"),
        Self.lead(11, "A+", status: "closed_lost", updated: "2026-08-22T13:33:21"),
        Self.lead(10, "A+", status: "closed_lost", updated: "2026-08-22T13:33:19"),
        Self.lead(
          9, "B", status: "closed_won", updated: "2026-09-01T00:00:00", more: #","closed_at":"2026-08-01T00:00:00Z""#),
        Self.lead(8, "B", status: "closed_won", updated: "2026-08-22T15:33:21+02:00"),
      ]))
    #expect(stock.total == 7)
    #expect(stock.available == 5)
    #expect(stock.availablePerClass == PerClass(aPlus: 2, a: 1, b: 1))
    #expect(stock.availableOther == 1)
    #expect(stock.closed == 5)
    #expect(stock.deskLoad == 2)
    #expect(stock.activeAgents == 3)
    #expect(stock.conversion.aPlus == Conversion(won: 1, lost: 1))
    #expect(stock.conversion.b == Conversion(won: 1, lost: 0))
    #expect(stock.newestLeadID == 20)
    #expect(stock.takenAt == now)
  }

  @Test("a row that the page repeats counts once")
  func repeated() async throws {
    #expect(try await read(crm([Self.lead(2), Self.lead(2), Self.lead(1)], total: 2)).total == 2)
  }

  @Test("a page that came back full is asked for again, larger")
  func fullPage() async throws {
    // Grown since /health counted 100: 1110 rows are asked for, then twice as many.
    let crm = try crm((1...1500).reversed().map { Self.lead($0) }, total: 100)
    #expect(try await read(crm).total == 1500)
    #expect(crm.requests("GET", "/api/v1/leads").map { $0.query["limit"] } == ["1110", "2220"])
  }

  @Test("ten thousand leads are read as they arrive")
  func many() async throws {
    #expect(try await read(crm((1...10_000).map { Self.lead($0) })).total == 10_000)
  }

  @Test("D6: a list that shows only a part of the leads is an error")
  func partial() async throws {
    let crm = try crm([Self.lead(1)], total: 500)
    await #expect(
      throws: CRMError.unexpectedAnswer("the list shows 1 of 500 leads; the user's role may see only a part")
    ) { try await read(crm) }
  }

  @Test(
    "D6: a reading that failed is an error, never zero",
    arguments: [
      (200, "<html>"), (200, "{}"), (200, ""), (200, "[{\"id\":1}]"), (200, "[1]"), (200, "[] x"), (200, "null"),
      (200, #"[{"id":"1","status":"new","priority":"A","assigned_user_id":null}]"#),
      (200, #"[{"id":1,"status":"new","priority":"A"}]"#), (200, #"[{"id":1,"priority":"A","assigned_user_id":null}]"#),
      (200, #"[{"id":1,"#), (500, "[]"), (404, "[]"), (204, ""), (503, "Dr. Mabuse"),
    ])
  func failed(status: Int, body: String) async throws {
    let crm = try ScriptedCRM { $0.path == "/api/v1/leads" ? .answer(status, body) : nil }
    let error = await #expect(throws: CRMError.self) { try await read(crm) }
    guard case .unexpectedAnswer(let text) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(!text.contains("Mabuse"))
  }

  @Test("D6: a lost or cut list is an error", arguments: [true, false])
  func lost(half: Bool) async throws {
    let crm = try ScriptedCRM {
      $0.path == "/api/v1/leads" ? (half ? .half("[\(Self.lead(1)),\(Self.lead(2))]") : .drop) : nil
    }
    let error = await #expect(throws: CRMError.self) { try await read(crm) }
    guard case .unreachable = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("an unhealthy CRM, and one that says nothing about agents, are errors though they answer 200")
  func unhealthy() async throws {
    for health in [
      ScriptedCRM.health(leads: 0, agents: 3, status: "unhealthy", database: "error"), #"{"status":"healthy"}"#,
      #"{"status":"fine"}"#, "<html>",
    ] {
      let crm = try ScriptedCRM { seen in
        switch seen.path {
        case "/health": .answer(200, health)
        case "/api/v1/leads": .answer(200, "[]")
        default: nil
        }
      }
      await #expect(throws: CRMError.self) { try await read(crm) }
      #expect(crm.requests("GET", "/api/v1/leads").isEmpty)
    }
  }

  @Test(
    "D12: 401 gets one new login; then it is an authentication failure; 403 with a new token is a matter of the role")
  func refused() async throws {
    let renewed = try ScriptedCRM { seen in
      guard seen.path == "/api/v1/leads" else { return nil }
      return seen.token == "Bearer t2" ? .answer(200, "[]") : .answer(401, "{}")
    }
    #expect(try await read(renewed).total == 0)
    for (status, expected) in [
      (401, CRMError.authenticationFailed("the CRM refuses a fresh token")),
      (403, .forbidden("role manager, admin or manager needed")), (429, .rateLimited(retryAfter: .seconds(60))),
    ] {
      let crm = try ScriptedCRM { $0.path == "/api/v1/leads" ? .answer(status, "{}") : nil }
      await #expect(throws: expected) { try await read(crm) }
    }
  }

  @Test(
    "D12: a CRM that falls silent is unreachable within the time-out",
    arguments: ["/health", "/auth/login", "/api/v1/leads"])
  func silent(path: String) async throws {
    let crm = try ScriptedCRM { $0.path == path ? .hang : nil }
    defer { crm.stop() }
    let client = try client(of: crm.baseURL, timeout: .seconds(1)) { $0.requestTimeout = .seconds(600) }
    let start = ContinuousClock.now
    await #expect(throws: CRMError.unreachable("Timeout was reached")) {
      try await client.readStock(window: month, now: now)
    }
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test("a list without times_recycled says that exhausted leads cannot be told")
  func withoutRecyclings() async throws {
    let crm = try ScriptedCRM { seen in
      seen.path == "/api/v1/leads"
        ? .answer(200, #"[{"id":1,"status":"recycled","priority":"A","assigned_user_id":null}]"#) : nil
    }
    defer { crm.stop() }
    let client = try client(of: crm.baseURL)
    #expect(try await client.readStock(window: month, now: now).available == 1)
    #expect(client.notes.contains { $0.contains("times_recycled") })
  }

  @Test("the API tells of regions where it shows states, and never of teams, which the notes say")
  func regions() async throws {
    let crm = try crm([
      Self.lead(1, "A", more: #","state":"TX""#), Self.lead(2, "A", more: #","state":"texas""#),
      Self.lead(3, "A", status: "contacted", agent: "3", more: #","state":null"#),
    ])
    defer { crm.stop() }
    let client = try client(of: crm.baseURL)
    let stock = try await client.readStock(window: month, now: now)
    #expect(
      stock.regions == [
        RegionStock(code: "", available: 0, uptake: 1), RegionStock(code: "TX", available: 2, uptake: 0),
      ])
    #expect(stock.teams == nil && client.notes.contains { $0.contains("nothing is known of teams") })
  }
}

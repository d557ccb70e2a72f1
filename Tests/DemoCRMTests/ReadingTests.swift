import Database
import Foundation
import Testing

@testable import demo_crm

@Suite("Health, lists, redistribution and limits of the demo CRM")
struct ReadingTests {
  @Test("the default stock is 101 unassigned open leads that meet 15/40/30", arguments: Engine.allCases)
  func defaultStock(engine: Engine) async throws {
    try await RunningCRM.with(engine, { $0.stock = StockSeed() }) { crm in
      let health = try await crm.reply("GET", "/health").json
      #expect(health["status"] == "healthy" && health["database"] == "connected")
      #expect(health["database_stats"] == .object(["total_leads": 101, "total_users": 7, "active_agents": 3]))
      let distribution = health["distribution_stats"]
      #expect(distribution?["available_leads"] == 101 && distribution?["closed_won"] == 0)
      #expect(distribution?["closed_lost"] == 0 && distribution?["target_assigned"] == 60)
      let leads = try await crm.leads(token: try await crm.login())
      func count(_ priorities: [String]) -> Int {
        leads.filter { priorities.contains($0["priority"]?.asText ?? "") }.count
      }
      #expect(count(["A+"]) >= 15 && count(["A"]) >= 40 && count(["B", "B+"]) >= 30)
      #expect(count(["A+", "A", "B", "B+"]) == 101)
      #expect(leads.allSatisfy { NPI.isValid($0["npi"]?.asText ?? "") && $0["status"] == "new" })
    }
  }

  @Test("a CRM that is there already keeps its rows")
  func restart() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = folder.path + "/kept.db"
    for expected in [2, 4] {
      try await RunningCRM.with(
        .sqlite,
        {
          $0.database = .file(path)
          $0.stock.leads = 1
        }
      ) { crm in
        let token = try await crm.login()
        let rows = expected == 2 ? [lead("a")] : [lead("b"), lead("c")]
        #expect(try await crm.bulk(rows, token: token).status == 200)
        #expect(try await crm.leads(token: token).count == expected)
      }
    }
  }

  @Test("health is 200 also when the database fails", arguments: Engine.allCases)
  func unhealthy(engine: Engine) async throws {
    try await RunningCRM.with(engine) { crm in
      try crm.query { try $0.execute("ALTER TABLE leads RENAME TO gone") }
      let reply = try await crm.reply("GET", "/health")
      #expect(reply.status == 200)
      #expect(reply.json["status"] == "unhealthy" && reply.json["database"] == "error")
      let failed = try await crm.bulk([lead("a")], token: try await crm.login())
      #expect(failed.status == 500)
      #expect(failed.json["error"] != nil && failed.json["request_id"]?.asText == failed.headers["x-request-id"])
      #expect(failed.json["timestamp"] != nil)
    }
  }

  @Test(
    "a list is newest first, 100 by default, without closed and recycled ones and without breakdown",
    arguments: Engine.allCases)
  func list(engine: Engine) async throws {
    try await RunningCRM.with(engine, { $0.stock.closedLeads = 4 }) { crm in
      let token = try await crm.login()
      let old = (0..<120).map { lead("old \($0)", ["scoring_breakdown": .object(["a": 1])]) }
      _ = try await crm.bulk(old, token: token)
      // Past the clock's last digit that SQLite keeps, so that the two requests do not tie.
      let first = ContinuousClock.now
      while ContinuousClock.now - first < .milliseconds(3) { await Task.yield() }
      _ = try await crm.bulk([lead("new 1"), lead("new 2")], token: token)
      func names(_ query: String) async throws -> [String] {
        let reply = try await crm.reply("GET", "/api/v1/leads" + query, token: token)
        #expect(reply.status == 200)
        #expect(
          reply.json.elements.allSatisfy {
            $0["scoring_breakdown"] == nil && $0["created_at"]?.asText?.contains("T") == true
          })
        return reply.json.elements.compactMap { $0["practice_name"]?.asText }
      }
      #expect(Set(try await names("?limit=2")) == ["new 1", "new 2"])
      #expect(try await names("").count == 100)
      #expect(try await names("?limit=1000").count == 122)
      #expect(try await names("?limit=1000&show_all=true").count == 126)
      #expect(try await names("?limit=1000&skip=120").count == 2)
      #expect(try await names("?status=new&limit=1000").count == 122)
      #expect(try await names("?status=closed_won&show_all=true").count == 1)
      #expect(try await names("?status=closed_won").isEmpty)
      #expect(try await names("?status=nonsense").isEmpty)
      let bad = try await crm.reply("GET", "/api/v1/leads?limit=x", token: token)
      #expect(bad.status == 422 && bad.json["detail"]?.elements.first?["loc"] == .array(["query", "limit"]))
    }
  }

  @Test(
    "after an upload each active agent has 20 leads, the best ones, and sees only its own", arguments: Engine.allCases)
  func redistribution(engine: Engine) async throws {
    try await RunningCRM.with(
      engine,
      {
        $0.service.isRedistributing = true; $0.stock.agents = 2
      }
    ) { crm in
      let token = try await crm.login()
      _ = try await crm.bulk((0..<100).map { lead("\($0)", ["score": .int($0)]) }, token: token)
      let desks = try crm.query { connection in
        try connection.query(
          """
          SELECT assigned_user_id, COUNT(*), MIN(score), COUNT(assigned_at) FROM leads
          WHERE status = 'assigned' GROUP BY assigned_user_id ORDER BY assigned_user_id
          """
        ) { row in (0..<4).map { row.int($0) } }
      }
      #expect(desks == [[5, 20, 80, 20], [6, 20, 60, 20]])
      let own = try await crm.reply("GET", "/api/v1/leads", token: try await crm.login("agent")).json.elements
      #expect(own.count == 20 && own.allSatisfy { $0["assigned_user_id"] == 5 })
      let health = try await crm.reply("GET", "/health").json["distribution_stats"]
      #expect(health?["assigned_leads"] == 40 && health?["available_leads"] == 60)
    }
  }

  @Test(
    "a lead without contact for 24 h is recycled; one recycled three times is never handed out again",
    arguments: Engine.allCases)
  func recycling(engine: Engine) async throws {
    try await RunningCRM.with(
      engine,
      {
        $0.service.isRedistributing = true; $0.stock.agents = 1
      }
    ) { crm in
      let token = try await crm.login()
      _ = try await crm.bulk([lead("first", npi: "1"), lead("last", npi: "2")], token: token)
      try crm.query { connection in
        try connection.execute(
          """
          UPDATE leads SET assigned_at = '2020-01-01 00:00:00';
          UPDATE leads SET times_recycled = 2 WHERE npi = '2';
          """)
      }
      _ = try await crm.bulk([], token: token)
      let rows = try crm.query { connection in
        try connection.query("SELECT CAST(status AS text), times_recycled FROM leads ORDER BY npi") {
          "\($0.text(0)) \($0.int(1))"
        }
      }
      #expect(rows == ["assigned 1", "recycled 3"])
    }
  }

  @Test("closing takes unassigned open leads, the best class last", arguments: Engine.allCases)
  func close(engine: Engine) async throws {
    try await RunningCRM.with(engine, { $0.stock = StockSeed() }) { crm in
      let token = try await crm.login()
      #expect(try await crm.reply("POST", "/demo/close?count=40").json == .object(["closed": 40]))
      #expect(try await crm.reply("POST", "/demo/close?count=1&outcome=lost").json == .object(["closed": 1]))
      let leads = try await crm.leads(token: token)
      #expect(leads.filter { $0["status"] == "closed_won" }.count == 40)
      #expect(leads.filter { $0["status"] == "closed_lost" }.count == 1)
      #expect(leads.filter { $0["priority"] == "A+" }.allSatisfy { $0["status"] == "new" })
      #expect(try await crm.reply("POST", "/demo/close?count=1000").json == .object(["closed": 60]))
      #expect(try await crm.reply("POST", "/demo/close").status == 400)
    }
  }

  @Test("the hundred-and-first request in a minute is a 429 without request id and Retry-After")
  func rateLimit() async throws {
    try await RunningCRM.with(.sqlite, { $0.reception.requestsPerMinute = 100 }) { crm in
      let token = try await crm.login()
      for _ in 0..<98 { #expect(try await crm.reply("GET", "/health").headers["x-request-id"]?.count == 36) }
      #expect(try await crm.reply("GET", "/nowhere").status == 404)
      let refused = try await crm.bulk([lead("a")], token: token)
      #expect(refused.status == 429)
      #expect(refused.text == #"{"error":"Rate limit exceeded","retry_after":60}"#)
      #expect(refused.headers["x-request-id"] == nil && refused.headers["retry-after"] == nil)
      let statistics = try await crm.statistics()
      #expect(statistics["requests"] == 101 && statistics["rate_limited"] == 1)
      #expect(statistics["bulk_requests"] == 1 && statistics["rows_committed"] == 0)
    }
  }

  @Test("the limit slides, counts each address apart, and refused requests do not count")
  func slidingWindow() {
    var limiter = RateLimiter(requestsPerMinute: 2)
    let start = ContinuousClock.now
    func admits(_ address: String, _ second: Int) -> Bool { limiter.admits(address, at: start + .seconds(second)) }
    #expect(admits("a", 0) && admits("a", 30) && !admits("a", 59))
    #expect(admits("b", 59))
    #expect(admits("a", 60) && !admits("a", 61) && !admits("a", 89))
    #expect(admits("a", 90))
    var unlimited = RateLimiter(requestsPerMinute: 0)
    #expect((0..<1000).allSatisfy { _ in unlimited.admits("a", at: start) })
  }

  @Test("unknown paths are 404, other methods 405, all with a request id")
  func unknown() async throws {
    try await RunningCRM.with { crm in
      for (method, path, status) in [
        ("GET", "/x", 404), ("DELETE", "/health", 405), ("GET", "/api/v1/leads/bulk", 405),
      ] {
        let reply = try await crm.reply(method, path)
        #expect(reply.status == status)
        #expect(reply.headers["x-request-id"] != nil)
      }
    }
  }

  @Test("the lane lets one through at a time, in the order of arrival")
  func lane() async throws {
    let lane = SerialLane()
    let (order, note) = AsyncStream<Int>.makeStream()
    let (gate, open) = AsyncStream<Void>.makeStream()
    let first = Task {
      await lane.run {
        note.yield(1)
        for await _ in gate {}
        note.yield(2)
      }
    }
    var seen = order.makeAsyncIterator()
    #expect(await seen.next() == 1)
    let second = Task { await lane.run { _ = note.yield(3) } }
    open.finish()
    #expect(await seen.next() == 2)
    #expect(await seen.next() == 3)
    await first.value
    await second.value
  }
}

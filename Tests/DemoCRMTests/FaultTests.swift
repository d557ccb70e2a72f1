import ArgumentParser
import Foundation
import Testing

@testable import demo_crm

@Suite("Faults of the demo CRM")
struct FaultTests {
  /// What the client of the struck request sees.
  enum Seen: String, Sendable {
    case answer, webPage, error500, error429, error401, cutOff, closed, silent, duplicates
  }

  @Test(
    "each fault shows at the wire and leaves what it says in the database",
    arguments: [
      (Fault.drop, Seen.closed, 3), (.half, .cutOff, 3), (.html, .webPage, 3), (.late500, .error500, 3),
      (.hang, .silent, 3), (.slow, .answer, 3), (.close, .closed, 0), (.s500, .error500, 0), (.s429, .error429, 0),
      (.s401, .error401, 0), (.dup, .duplicates, 4),
    ], Engine.allCases)
  func faults(expected: (fault: Fault, seen: Seen, rows: Int), engine: Engine) async throws {
    let rule = try FaultRule(argument: "\(expected.fault.rawValue)@2")
    try await RunningCRM.with(
      engine,
      {
        $0.reception.faults = [rule]
        $0.reception.slowDelay = .milliseconds(200)
      }
    ) { crm in
      let token = try await crm.login()
      #expect(try await crm.bulk([lead("before")], token: token).json["summary"]?["created"] == 1)
      let rows = [lead("a", npi: "1"), lead("b", npi: "2"), lead("c")]
      let start = ContinuousClock.now
      let struck = try await crm.outcome(
        "POST", "/api/v1/leads/bulk", .array(rows), token: token,
        timeout: expected.fault == .hang ? .milliseconds(300) : .seconds(20))
      #expect(Self.seen(struck) == expected.seen)
      if expected.fault == .slow { #expect(ContinuousClock.now - start >= .milliseconds(200)) }
      // The CRM goes on.
      #expect(try await crm.bulk([lead("after")], token: token).json["summary"]?["created"] == 1)
      #expect(try await crm.leads(token: token).count == 2 + expected.rows)
      let statistics = try await crm.statistics()
      #expect(statistics["bulk_requests"] == 3)
      #expect(statistics["rows_committed"] == .int(2 + expected.rows))
      #expect(statistics["faults"]?[expected.fault.rawValue] == 1)
    }
  }

  private static func seen(_ outcome: WireOutcome) -> Seen? {
    switch outcome {
    case .closed: return .closed
    case .silent: return .silent
    case .reply(let reply):
      switch reply.status {
      case 429: return reply.headers["x-request-id"] == nil ? .error429 : nil
      case 401: return reply.text == #"{"detail":"Invalid token"}"# ? .error401 : nil
      case 500: return reply.json["request_id"] != nil && reply.json["timestamp"] != nil ? .error500 : nil
      case 200 where !reply.isComplete: return reply.body.isEmpty ? nil : .cutOff
      case 200 where reply.headers["content-type"]?.hasPrefix("text/html") == true: return .webPage
      case 200 where reply.json["summary"]?["duplicates"] == 2: return .duplicates
      case 200 where reply.json["summary"]?["created"] == 3: return .answer
      default: return nil
      }
    }
  }

  @Test("a silent connection holds up neither other requests nor the end of the server")
  func hanging() async throws {
    var stopped: Task<WireOutcome, any Error>?
    try await RunningCRM.with(.sqlite, { $0.reception.faults = [FaultRule(.hang, .probability(1))] }) { crm in
      let token = try await crm.login()
      let held = Task { try await crm.outcome("POST", "/api/v1/leads/bulk", .array([lead("a")]), token: token) }
      while try await crm.statistics()["rows_committed"] != 1 { await Task.yield() }
      #expect(try await crm.reply("GET", "/health").status == 200)
      stopped = held
    }
    // The server ended while the request was held, and closed the connection.
    let outcome = try #require(try await stopped?.value)
    guard case .closed = outcome else {
      Issue.record("the held request ended otherwise: \(outcome)")
      return
    }
  }

  @Test("a rule reads NAME, NAME:PROBABILITY and NAME@REQUESTS")
  func rules() throws {
    #expect(try FaultRule(argument: "drop") == FaultRule(.drop, .probability(1)))
    #expect(try FaultRule(argument: "late500:0.25") == FaultRule(.late500, .probability(0.25)))
    #expect(try FaultRule(argument: "s429@3") == FaultRule(.s429, .requests([3...3])))
    #expect(try FaultRule(argument: "half@2,5-7") == FaultRule(.half, .requests([2...2, 5...7])))
    for wrong in [
      "", "none", "drop:", "drop:1.5", "drop:-0.1", "drop:nan", "drop@", "drop@0", "drop@3-2", "drop@1,", "drop@1-2-3",
    ] {
      #expect(throws: ValidationError.self) { try FaultRule(argument: wrong) }
    }
  }

  @Test("equal seeds strike equal requests, other seeds others, at about the given rate")
  func seeds() {
    let rules = [FaultRule(.drop, .probability(0.2)), FaultRule(.half, .requests([3...4]))]
    func strikes(_ seed: UInt64) -> [Fault?] {
      var plan = FaultPlan(rules: rules, seed: seed)
      return (0..<1000).map { _ in plan.next() }
    }
    #expect(strikes(7) == strikes(7))
    #expect(strikes(7) != strikes(8))
    for seed in UInt64(0)..<20 {
      let struck = strikes(seed)
      #expect(struck[2] == .half && struck[3] == .half)
      // Binomial(1000, 0.2): five standard deviations are 63.
      #expect((137...263).contains(struck.filter { $0 == .drop }.count))
    }
  }

  @Test("a rule does not move the strikes of another")
  func independence() {
    let drop = FaultRule(.drop, .probability(0.3))
    var alone = FaultPlan(rules: [drop], seed: 5)
    var both = FaultPlan(rules: [drop, FaultRule(.half, .requests([1...500]))], seed: 5)
    for request in 1...1000 {
      let expected = alone.next()
      let found = both.next()
      #expect(request <= 500 ? found == .half : found == expected)
    }
  }

  @Test("the request log has one line a request, without lead data")
  func requestLog() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = folder.path + "/requests.log"
    try await RunningCRM.with(
      .sqlite,
      {
        $0.requestLog = path
        $0.reception.faults = [FaultRule(.drop, .requests([1...1]))]
      }
    ) { crm in
      let token = try await crm.login()
      _ = try await crm.outcome("POST", "/api/v1/leads/bulk", .array([lead("Secret Practice")]), token: token)
      _ = try await crm.reply("GET", "/health")
    }
    let lines = try String(contentsOfFile: path, encoding: .utf8)
    #expect(
      lines == """
        {"n":1,"bulk":null,"method":"POST","path":"/auth/login","status":200,"rows":null,"fault":null}
        {"n":2,"bulk":1,"method":"POST","path":"/api/v1/leads/bulk","status":null,"rows":1,"fault":"drop"}
        {"n":3,"bulk":null,"method":"GET","path":"/health","status":200,"rows":null,"fault":null}

        """)
  }
}

extension FaultRule {
  fileprivate init(_ fault: Fault, _ trigger: Trigger) {
    self.init(fault: fault, trigger: trigger)
  }
}

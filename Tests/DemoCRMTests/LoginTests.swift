import Foundation
import Testing
import Timekeeping

@testable import demo_crm

@Suite("Login and tokens of the demo CRM")
struct LoginTests {
  private func credentials(_ name: String, _ password: String) -> JSONValue {
    .object(["username": .text(name), "password": .text(password)])
  }

  @Test("a login gives a bearer token and the user", arguments: Engine.allCases)
  func login(engine: Engine) async throws {
    try await RunningCRM.with(engine) { crm in
      let reply = try await crm.reply("POST", "/auth/login", credentials("manager", "manager123"))
      #expect(reply.status == 200)
      #expect(reply.json["token_type"] == "bearer")
      #expect(reply.json["access_token"]?.asText?.split(separator: ".").count == 3)
      #expect(reply.json["refresh_token"] != reply.json["access_token"])
      #expect(reply.json["user"]?["role"] == "manager")
      #expect(reply.json["user"]?["is_active"] == .bool(true))
      #expect(reply.json["expires_in"] == nil)
    }
  }

  @Test("a wrong password and an unknown user are 401, an inactive account 400, a missing field 422")
  func refusals() async throws {
    try await RunningCRM.with { crm in
      for (name, password) in [("admin", "wrong"), ("nobody", "admin123"), ("inactive", "wrong")] {
        let reply = try await crm.reply("POST", "/auth/login", credentials(name, password))
        #expect(reply.status == 401)
        #expect(reply.text == #"{"detail":"Invalid credentials"}"#)
      }
      let inactive = try await crm.reply("POST", "/auth/login", credentials("inactive", "inactive123"))
      #expect(inactive.status == 400)
      #expect(inactive.text == #"{"detail":"Account is inactive"}"#)
      let missing = try await crm.reply("POST", "/auth/login", .object(["username": "admin"]))
      #expect(missing.status == 422)
      #expect(missing.json["detail"]?.elements.first?["loc"] == .array(["body", "password"]))
    }
  }

  @Test("another login path and another password can be set")
  func settings() async throws {
    try await RunningCRM.with(
      .sqlite,
      {
        $0.service.loginPath = "/api/v1/auth/login"
        $0.service.password = "given"
      }
    ) { crm in
      let elsewhere = try await crm.reply("POST", "/auth/login", credentials("admin", "given"))
      #expect(elsewhere.status == 404)
      #expect(try await crm.reply("POST", "/api/v1/auth/login", credentials("admin", "given")).status == 200)
      #expect(try await crm.reply("POST", "/api/v1/auth/login", credentials("admin", "admin123")).status == 401)
    }
  }

  @Test("without a bearer token 403, with a bad or expired one 401, as an agent 403, as an inactive user 400")
  func protection() async throws {
    try await RunningCRM.with { crm in
      let soon = WallClock.system.now() + .seconds(60)
      let past = WallClock.system.now() - .seconds(1)
      let path = "/api/v1/leads/bulk"
      #expect(try await crm.reply("POST", path, .array([])).text == #"{"detail":"Not authenticated"}"#)
      guard
        case .reply(let basic) = try await crm.client.send(
          "POST", path, body: Array("[]".utf8),
          headers: ["Authorization": "Basic YTpi", "Content-Type": "application/json"])
      else {
        Issue.record("no reply")
        return
      }
      #expect(basic.status == 403)
      let good = Token.make(userID: 1, expiry: soon, use: "access")
      let bad = [
        "x", good + "x", Token.make(userID: 1, expiry: past, use: "access"),
        Token.make(userID: 99, expiry: soon, use: "access"), Token.make(userID: 1, expiry: soon, use: "refresh"),
      ]
      for token in bad {
        let reply = try await crm.reply("POST", path, .array([]), token: token)
        #expect(reply.status == 401)
        #expect(reply.text == #"{"detail":"Invalid token"}"#)
      }
      let agent = try await crm.reply("POST", path, .array([]), token: try await crm.login("agent"))
      #expect(agent.status == 403)
      #expect(agent.text == #"{"detail":"Admin or Manager access required"}"#)
      let inactive = Token.make(userID: 4, expiry: soon, use: "access")
      #expect(try await crm.reply("POST", path, .array([]), token: inactive).status == 400)
      #expect(try await crm.reply("POST", path, .array([]), token: good).status == 200)
      #expect(try await crm.reply("POST", path, .array([]), token: try await crm.login("manager")).status == 200)
    }
  }

  @Test("a token is valid for as long as it was set")
  func lifetime() async throws {
    try await RunningCRM.with(.sqlite, { $0.service.tokenLifetime = .zero }) { crm in
      let token = try await crm.login()
      #expect(try await crm.reply("GET", "/api/v1/leads", token: token).status == 401)
    }
  }
}

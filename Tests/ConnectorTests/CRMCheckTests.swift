import Connectors
import Leads
import Testing

@Suite("Looking for a CRM and at it")
struct CRMCheckTests {
  @Test(
    "the first address in order that is a healthy CRM is found; other programs, sick and silent ones are passed over")
  func discovery() async throws {
    let health: [String?] = [
      nil, "<html>", #"{"status":"healthy"}"#,
      ScriptedCRM.health(leads: 1, agents: 1, status: "unhealthy", database: "error"),
      ScriptedCRM.health(leads: 1, agents: 1), ScriptedCRM.health(leads: 2, agents: 1),
    ]
    let servers = try health.map { text in
      try ScriptedCRM { _ in text.map { .answer(200, $0) } ?? .hang }
    }
    defer { for server in servers { server.stop() } }
    let nobody = try LoopbackListener().port
    let urls = ["http://127.0.0.1:\(nobody)"] + servers.map(\.baseURL)
    let found = await CRMDiscovery.find(baseURLs: urls, timeout: .seconds(1))
    #expect(found?.text == servers[4].baseURL)
    #expect(await CRMDiscovery.find(baseURLs: Array(urls.prefix(5)), timeout: .seconds(1)) == nil)
    #expect(await CRMDiscovery.find(baseURLs: []) == nil)
  }

  @Test("ports 8006 down to 8001 are looked at")
  func ports() {
    #expect(
      CRMDiscovery.baseURLs == [
        "http://127.0.0.1:8006", "http://127.0.0.1:8005", "http://127.0.0.1:8004", "http://127.0.0.1:8003",
        "http://127.0.0.1:8002", "http://127.0.0.1:8001",
      ])
  }

  @Test("a CRM that is well passes every check by name")
  func well() async throws {
    let tables = try MeasuredTables()
    let crm = try ScriptedCRM()
    defer { crm.stop() }
    let checks = try await client(of: crm.baseURL, database: tables.url).health()
    #expect(checks.map(\.name) == [.reachable, .database, .login, .role, .metricsDatabase])
    #expect(checks.map(\.hasPassed) == [true, true, true, true, true])
  }

  @Test("each check fails by itself, with its reason")
  func ill() async throws {
    let crm = try ScriptedCRM { seen in
      switch seen.path {
      case "/health": .answer(200, ScriptedCRM.health(leads: 0, agents: 0, status: "unhealthy", database: "error"))
      default: .answer(200, #"{"access_token":"t","user":{"role":"agent"}}"#)
      }
    }
    defer { crm.stop() }
    let checks = try await client(of: crm.baseURL, database: "postgresql://127.0.0.1:1/x").health()
    #expect(checks.map(\.name) == [.reachable, .database, .login, .role, .metricsDatabase])
    #expect(
      checks.map(\.outcome).prefix(4) == [
        .failed(.unreachable("it reports itself unhealthy")),
        .failed(.databaseUnreachable("the CRM says that its own database is not connected")),
        .passed(notes: []), .failed(.forbidden("role agent, admin or manager needed")),
      ])
    #expect(!checks[4].hasPassed)

    let nobody = try client(of: "http://127.0.0.1:\(LoopbackListener().port)", login: false)
    let unreachable = await nobody.health()
    #expect(
      unreachable.map(\.outcome) == [
        .failed(.unreachable("Couldn't connect to server")), .skipped(because: .reachable),
        .failed(.authenticationFailed("set LEAD_CRM_USERNAME and LEAD_CRM_PASSWORD to a user of the CRM")),
        .skipped(because: .login),
      ])
  }
}

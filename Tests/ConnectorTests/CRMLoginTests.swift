import Connectors
import Leads
import Synchronization
import Testing

@Suite("The login at the CRM")
struct CRMLoginTests {
  @Test("everybody who needs a login at the same time shares one")
  func singleFlight() async throws {
    let crm = try ScriptedCRM()
    defer { crm.stop() }
    let client = try client(of: crm.baseURL)
    try await withThrowingTaskGroup { group in
      for _ in 1...20 { group.addTask { try await client.authenticate() } }
      try await group.waitForAll()
    }
    try await client.authenticate()
    #expect(crm.logins.count == 1)
    #expect(crm.logins[0].json as? [String: String] == ["username": "boss", "password": "s3cr3t-pass"])
  }

  @Test("one who is cancelled while all wait for the same login costs the others nothing: they begin another")
  func cancelledAmongOthers() async throws {
    let isFirst = Mutex(true)
    let crm = try ScriptedCRM { seen in
      guard seen.path == "/auth/login" else { return nil }
      return isFirst.withLock { isFirst in
        defer { isFirst = false }
        return isFirst ? .hang : nil
      }
    }
    defer { crm.stop() }
    let client = try client(of: crm.baseURL, timeout: .seconds(60))
    let everybody = (1...20).map { _ in Task { try await client.authenticate() } }
    while crm.logins.isEmpty { await Task.yield() }
    everybody[0].cancel()
    await #expect(throws: (any Error).self) { try await everybody[0].value }
    for other in everybody.dropFirst() { try await other.value }
    #expect(crm.logins.count == 2)
  }

  @Test("uploads that lost the same token share one new login")
  func sharedRenewal() async throws {
    let crm = try ScriptedCRM { seen in
      guard seen.path == BulkUploadTests.bulk else { return nil }
      return seen.token == "Bearer t1" ? .answer(401, "{}") : .answer(200, BulkUploadTests.processed)
    }
    defer { crm.stop() }
    let client = try client(of: crm.baseURL)
    try await client.authenticate()
    try await withThrowingTaskGroup(of: UploadAnswer.self) { group in
      for _ in 1...5 { group.addTask { try await client.upload(rows(3)) {} } }
      for try await answer in group {
        guard case .processed = answer else {
          Issue.record("not processed: \(answer)")
          continue
        }
      }
    }
    #expect(crm.logins.count == 2)
  }

  @Test("without credentials nothing is sent, and the error names both variables")
  func noCredentials() async throws {
    let crm = try ScriptedCRM()
    defer { crm.stop() }
    let client = try client(of: crm.baseURL, login: false)
    let error = await #expect(throws: CRMError.self) { try await client.authenticate() }
    let text = "\(try #require(error))"
    #expect(text.hasPrefix("Authentication failed"))
    #expect(text.contains("LEAD_CRM_USERNAME") && text.contains("LEAD_CRM_PASSWORD"))
    #expect(crm.seen.isEmpty)
    guard case .authenticationFailed = try await client.upload(rows(1), beforeSending: {}) else {
      Issue.record("an upload without a login")
      return
    }
  }

  @Test(
    "a refused login says so and shows neither the password nor the answer",
    arguments: [
      (401, #"{"detail":"Invalid credentials s3cr3t-pass"}"#), (400, #"{"detail":"Account is inactive"}"#),
      (422, "s3cr3t-pass"),
      (403, ""), (404, ""),
    ])
  func refused(status: Int, body: String) async throws {
    let crm = try ScriptedCRM { $0.path.hasSuffix("/auth/login") ? .answer(status, body) : nil }
    defer { crm.stop() }
    let error = await #expect(throws: CRMError.self) { try await client(of: crm.baseURL).authenticate() }
    let text = "\(try #require(error))"
    #expect(text.hasPrefix("Authentication failed"))
    #expect(!text.contains("s3cr3t"))
  }

  @Test("a login path that does not exist is looked for at the other known place, and remembered")
  func otherPath() async throws {
    for (configured, real) in [
      ("/auth/login", "/api/v1/auth/login"), ("/api/v1/auth/login", "/auth/login"), ("/x", "/auth/login"),
    ] {
      let crm = try ScriptedCRM { seen in
        guard seen.path.hasSuffix("/login") || seen.path == "/x" else { return .answer(401, "{}") }
        return seen.path == real
          ? .answer(200, #"{"access_token":"abc","user":{"role":"admin"}}"#) : .answer(404, #"{"detail":"Not Found"}"#)
      }
      defer { crm.stop() }
      let client = try client(of: crm.baseURL) { $0.loginPath = configured }
      _ = try await client.upload(rows(1)) {}
      #expect(crm.requests("POST", configured).count == 1)
      #expect(crm.requests("POST", real).count == 2)
    }
  }

  @Test("a token that would break a header line is refused")
  func strangeToken() async throws {
    let crm = try ScriptedCRM { _ in .answer(200, #"{"access_token":"a\r\nX: y"}"#) }
    defer { crm.stop() }
    await #expect(throws: CRMError.unexpectedAnswer("the login's answer holds no usable token")) {
      try await client(of: crm.baseURL).authenticate()
    }
  }

  @Test("settings print without the password and without the database's URL")
  func settingsPrint() throws {
    var settings = CRMClientSettings(address: try #require(CRMAddress("http://crm")))
    settings.login = CRMLogin(username: "boss", password: "s3cr3t-pass")
    settings.database = CRMDatabaseAddress(url: "postgresql://u:s3cr3t-pass@db/crm")
    var dumped = ""
    dump(settings, to: &dumped)
    for text in ["\(settings)", String(reflecting: settings), dumped] { #expect(!text.contains("s3cr3t")) }
  }

  @Test("two spellings of one base URL have one identity, and one with a password has none")
  func identity() throws {
    #expect(CRMAddress("HTTP://CRM.Example:80/")?.text == "http://crm.example")
    #expect(CRMAddress(" https://crm.example:443/base// ")?.text == "https://crm.example/base")
    #expect(CRMAddress("http://[::1]:8006")?.text == "http://[::1]:8006")
    for text in [
      "", "crm", "ftp://crm", "http://", "http://u:p@crm", "http://u@crm", "http://crm?x=1", "http://crm:99999",
    ] {
      #expect(CRMAddress(text) == nil)
    }
  }
}

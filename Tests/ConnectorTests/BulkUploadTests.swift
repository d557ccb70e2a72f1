import Connectors
import Foundation
import Leads
import Synchronization
import Testing

/// Each row of the contract's table of answers, over a real socket.
@Suite("A bulk upload")
struct BulkUploadTests {
  static let bulk = "/api/v1/leads/bulk"

  /// Sends `count` rows to a CRM whose bulk route reacts as given; everything else is usual.
  private func upload(
    _ count: Int = 3, timeout: Duration = .seconds(5), _ surroundings: Surroundings = Surroundings(),
    _ rule: @escaping @Sendable (ScriptedCRM.Seen) -> ScriptedCRM.Reaction
  ) async throws -> (answer: UploadAnswer, crm: ScriptedCRM) {
    let crm = try ScriptedCRM { $0.path == Self.bulk ? rule($0) : nil }
    defer { crm.stop() }
    let answer = try await client(of: crm.baseURL, surroundings, timeout: timeout)
      .upload(rows(count)) { surroundings.intend() }
    #expect(!"\(answer)".contains(privateName))
    return (answer, crm)
  }

  static let processed = """
    {"summary":{"total_submitted":3,"created":1,"failed":1,"duplicates":1},\
    "created_leads":[{"index":2,"practice_name":"Dr. Mabuse","score":90,"priority":"A+"}],\
    "failed_leads":[{"index":0,"error":"Dr. Mabuse is not welcome","practice_name":"Dr. Mabuse"}],\
    "duplicate_npis":[{"index":1,"npi":"1234567893","practice_name":"Dr. Mabuse","existing_id":77}]}
    """

  @Test("200 gives every row its outcome by index; the exact body went out once, with token and one permit a request")
  func processedRows() async throws {
    let surroundings = Surroundings()
    let (answer, crm) = try await upload(3, surroundings) { _ in .answer(200, Self.processed) }
    #expect(
      answer == .processed([.failed(reason: "refused by the CRM"), .duplicate(existingID: 77), .created]))
    #expect(crm.uploads.count == 1)
    #expect(crm.uploads[0].body == rows(3).body)
    #expect(crm.uploads[0].token == "Bearer t1")
    #expect(crm.uploads[0].headers["content-type"] == "application/json")
    #expect(crm.uploads[0].headers["expect"] == nil)
    #expect(crm.uploads[0].headers["user-agent"] == "lead-queue")
    #expect(surroundings.permits == 2)
    #expect(surroundings.intents == 1)
  }

  @Test(
    "200 that is unreadable or whose sums do not agree is unknown, and is not sent again",
    arguments: [
      "<html><body>Welcome</body></html>", "", "null", "[]", "{}",
      processed.replacingOccurrences(of: "\"total_submitted\":3", with: "\"total_submitted\":2"),
      processed.replacingOccurrences(of: "\"created\":1", with: "\"created\":2"),
      processed.replacingOccurrences(of: "\"index\":2", with: "\"index\":1"),
      processed.replacingOccurrences(of: "\"index\":2", with: "\"index\":3"),
      processed.replacingOccurrences(of: "\"index\":2", with: "\"index\":-1"),
      processed.replacingOccurrences(of: "\"index\":2", with: "\"index\":\"2\""),
      String(processed.dropLast(2)),
    ])
  func unreadable(_ body: String) async throws {
    let (answer, crm) = try await upload { _ in .answer(200, body) }
    #expect(
      answer == .unknown(reason: "the answer (200) is unreadable, or its sums do not agree with what was sent"))
    #expect(crm.uploads.count == 1)
  }

  @Test(
    "an answer that never came, or came half, is unknown after exactly one POST",
    arguments: [
      ("drop", "Server returned nothing (no headers, no data)"), ("half", "Transferred a partial file"),
      ("hang", "Timeout was reached"),
    ])
  func lostAnswer(fault: String, reason: String) async throws {
    let (answer, crm) = try await upload(timeout: fault == "hang" ? .milliseconds(300) : .seconds(5)) { _ in
      switch fault {
      case "drop": .drop
      case "half": .half(Self.processed)
      default: .hang
      }
    }
    #expect(answer == .unknown(reason: reason))
    #expect(crm.uploads.count == 1)
  }

  @Test("a connection closed before the request was read is unknown, since bytes may have left")
  func closedUnread() async throws {
    let crm = try ScriptedCRM()
    defer { crm.stop() }
    let client = try client(of: crm.baseURL)
    try await client.authenticate()
    crm.closeUnread()
    let answer = try await client.upload(rows(50)) {}
    guard case .unknown = answer else {
      Issue.record("not unknown: \(answer)")
      return
    }
    #expect(crm.uploads.isEmpty)
  }

  @Test("a request whose time has run out when the connection stands does not leave", arguments: [true, false])
  func departure(mayLeave: Bool) async throws {
    let crm = try ScriptedCRM { $0.path == Self.bulk ? .answer(200, Self.processed) : nil }
    defer { crm.stop() }
    let client = try client(of: crm.baseURL)
    try await client.authenticate()
    let isIntended = Mutex(false)
    let answer = try await client.upload(rows(3)) {
      // Only once the intent is written.
      isIntended.withLock { $0 } && mayLeave
    } beforeSending: {
      isIntended.withLock { $0 = true }
    }
    #expect(crm.uploads.count == (mayLeave ? 1 : 0))
    if case .notSent = answer { #expect(!mayLeave) } else { #expect(mayLeave) }
  }

  @Test("a connection refused means that nothing was sent")
  func notSent() async throws {
    let port = try LoopbackListener().port
    for baseURL in ["http://127.0.0.1:\(port)", "https://127.0.0.1:\(port)"] {
      let answer = try await client(of: baseURL).upload(rows(1)) {}
      #expect(answer == .notSent(reason: "login: CRM not reachable: Couldn't connect to server"))
    }
    // Logged in, then gone: the upload itself finds nobody.
    let crm = try ScriptedCRM()
    let client = try client(of: crm.baseURL)
    try await client.authenticate()
    crm.stop()
    await Self.untilRefused(crm.baseURL)
    #expect(try await client.upload(rows(1)) {} == .notSent(reason: "Couldn't connect to server"))
  }

  private func settings(_ baseURL: String) throws -> CRMClientSettings {
    CRMClientSettings(
      address: try #require(CRMAddress(baseURL)), login: CRMLogin(username: "boss", password: "s3cr3t-pass"))
  }

  /// The listening socket closes when its serving thread has left it.
  private static func untilRefused(_ baseURL: String) async {
    while await CRMDiscovery.find(baseURLs: [baseURL]) != nil {}
  }

  @Test("a server that does not speak TLS gets no request")
  func noTLS() async throws {
    let crm = try ScriptedCRM()
    defer { crm.stop() }
    let answer = try await client(of: crm.baseURL.replacingOccurrences(of: "http:", with: "https:")) {
      $0.connectTimeout = .milliseconds(300)
    }.upload(rows(1)) {}
    guard case .notSent = answer else {
      Issue.record("not notSent: \(answer)")
      return
    }
    #expect(crm.seen.isEmpty)
  }

  @Test(
    "refusals that no resending mends",
    arguments: [
      (400, #"{"detail":"Maximum 1000 leads per request"}"#, "too many rows in one request: lower crm.batch_size"),
      (400, #"{"detail":"Dr. Mabuse"}"#, "the answer is 400"),
      (404, "", "no bulk upload at crm.bulk_path (404)"),
      (413, "<html>Dr. Mabuse</html>", "the request is too long (413): lower crm.batch_size"),
      (418, "Dr. Mabuse", "the answer is 418"),
      (307, "", "the CRM redirects (307): crm.base_url or crm.bulk_path is not its own address"),
      (422, #"{"detail":"Dr. Mabuse"}"#, "the answer is 422, unreadable"),
      (
        422, #"{"detail":[{"loc":["body"],"type":"list_type","input":"Dr. Mabuse"}]}"#,
        "the answer is 422 and names no row"
      ),
      (
        422, #"{"detail":[{"loc":["body",3,"npi"],"type":"string_type","input":"Dr. Mabuse"}]}"#,
        "the answer is 422 and names no row"
      ),
    ])
  func refused(status: Int, body: String, reason: String) async throws {
    let (answer, crm) = try await upload { _ in .answer(status, body, headers: ["Location: http://127.0.0.1:1/"]) }
    #expect(answer == .refused(reason: reason))
    #expect(crm.uploads.count == 1)
  }

  @Test("422 names the rows by field and kind of mistake, never by the value")
  func invalidRows() async throws {
    let body = """
      {"detail":[
        {"type":"string_type","loc":["body",1,"npi"],"msg":"Input should be a valid string","input":"Dr. Mabuse"},
        {"type":"int_from_float","loc":["body",2,"score"],"msg":"Dr. Mabuse","input":80.5},
        {"type":"Dr. Mabuse","loc":["body",2,"Dr. Mabuse"],"msg":"Dr. Mabuse","input":80.5},
        {"type":"dict_type","loc":["body",0],"msg":"Dr. Mabuse","input":"Dr. Mabuse"}]}
      """
    let (answer, _) = try await upload { _ in .answer(422, body) }
    #expect(answer == .invalidRows([0: "record: dict_type", 1: "npi: string_type", 2: "score: int_from_float; ?: ?"]))
  }

  @Test(
    "429 waits as long as header or body ask for, within bounds, and holds everybody back",
    arguments: [
      (#"{"error":"Rate limit exceeded","retry_after":60}"#, [String](), 60), (#"{"retry_after":7}"#, [], 7),
      ("?", [], 60),
      (#"{"retry_after":60}"#, ["Retry-After: 12"], 12), (#"{"retry_after":86400}"#, [], 300),
      (#"{"retry_after":0}"#, [], 1),
      (#"{"retry_after":9}"#, ["Retry-After: Wed, 21 Oct 2026 07:28:00 GMT"], 9),
    ])
  func rateLimited(body: String, headers: [String], seconds: Int) async throws {
    let surroundings = Surroundings()
    let (answer, crm) = try await upload(3, surroundings) { _ in .answer(429, body, headers: headers) }
    #expect(answer == .rateLimited(retryAfter: .seconds(seconds)))
    #expect(surroundings.heldBack == [.seconds(seconds)])
    #expect(crm.uploads.count == 1)
  }

  @Test("500 is rolled back only when the CRM says so; any other is unknown; the body is never shown")
  func serverErrors() async throws {
    let rolledBack = try await upload { _ in .answer(500, #"{"detail":"Bulk import failed: Dr. Mabuse, NPI 123"}"#) }
    #expect(rolledBack.answer == .rolledBack)
    for (status, body) in [
      (500, #"{"error":"Internal Server Error: Dr. Mabuse","request_id":"x","timestamp":"y"}"#),
      (500, #"{"detail":"Dr. Mabuse: Bulk import failed"}"#), (502, "<html>Dr. Mabuse</html>"), (503, ""), (504, ""),
      (204, ""),
      (201, Self.processed), (408, ""),
    ] {
      let (answer, crm) = try await upload { _ in .answer(status, body) }
      #expect(answer == .unknown(reason: "the answer is \(status)"))
      #expect(crm.uploads.count == 1)
    }
  }

  @Test("401 is followed by one new login and one more POST, which is announced again")
  func expiredToken() async throws {
    let surroundings = Surroundings()
    let (answer, crm) = try await upload(3, surroundings) { seen in
      seen.token == "Bearer t2" ? .answer(200, Self.processed) : .answer(401, #"{"detail":"Invalid token"}"#)
    }
    guard case .processed = answer else {
      Issue.record("not processed: \(answer)")
      return
    }
    #expect(crm.uploads.map(\.token) == ["Bearer t1", "Bearer t2"])
    #expect(crm.logins.count == 2)
    #expect(surroundings.intents == 2)
    #expect(surroundings.permits == 4)
  }

  @Test("401 also with the new token ends as authentication failed, after two POSTs")
  func refusedToken() async throws {
    let (answer, crm) = try await upload { _ in .answer(401, #"{"detail":"Invalid token"}"#) }
    #expect(answer == .authenticationFailed(reason: "the CRM refuses a fresh token"))
    #expect(crm.uploads.count == 2)
  }

  @Test("403 with a token just made is a matter of the role; with an older one, one new login is tried first")
  func forbidden() async throws {
    let (answer, crm) = try await upload { _ in .answer(403, #"{"detail":"Admin or Manager access required"}"#) }
    #expect(answer == .forbidden(reason: "role manager, admin or manager needed"))
    #expect(crm.uploads.count == 1)

    let older = try ScriptedCRM { $0.path == Self.bulk ? .answer(403, "{}") : nil }
    defer { older.stop() }
    let client = try client(of: older.baseURL)
    try await client.authenticate()
    #expect(try await client.upload(rows(1)) {} == .forbidden(reason: "role manager, admin or manager needed"))
    #expect(older.uploads.map(\.token) == ["Bearer t1", "Bearer t2"])
  }

  @Test("an inactive account is not the leads' fault")
  func inactive() async throws {
    let (answer, _) = try await upload { _ in .answer(400, #"{"detail":"Inactive user"}"#) }
    #expect(answer == .forbidden(reason: "the CRM's account is inactive"))
  }

  @Test("when the announcement throws, nothing is sent and the error is passed on")
  func unannounced() async throws {
    struct LeaseLost: Error {}
    let crm = try ScriptedCRM()
    defer { crm.stop() }
    let client = try client(of: crm.baseURL)
    await #expect(throws: LeaseLost.self) { try await client.upload(rows(1)) { throw LeaseLost() } }
    #expect(crm.uploads.isEmpty)
  }

  @Test("when no permit is given, nothing is sent and the error is passed on")
  func noPermit() async throws {
    struct BudgetUsedUp: Error {}
    let crm = try ScriptedCRM()
    defer { crm.stop() }
    let client = CRMClient(
      settings: try settings(crm.baseURL), requestPermit: { throw BudgetUsedUp() }, onRateLimited: { _ in })
    await #expect(throws: BudgetUsedUp.self) { try await client.upload(rows(1)) {} }
    #expect(crm.seen.isEmpty)
  }

  @Test("an upload cancelled while the CRM is silent is unknown, long before its time-out")
  func cancelled() async throws {
    let crm = try ScriptedCRM { $0.path == Self.bulk ? .hang : nil }
    defer { crm.stop() }
    let client = try client(of: crm.baseURL, timeout: .seconds(60))
    let start = ContinuousClock.now
    let upload = Task { try await client.upload(rows(1)) {} }
    while crm.uploads.isEmpty { await Task.yield() }
    upload.cancel()
    #expect(try await upload.value == .unknown(reason: "cancelled"))
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test("an upload cancelled before it left was not sent")
  func cancelledBefore() async throws {
    let crm = try ScriptedCRM()
    defer { crm.stop() }
    let client = try client(of: crm.baseURL)
    try await client.authenticate()
    let upload = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await client.upload(rows(1)) {}
    }
    upload.cancel()
    #expect(try await upload.value == .notSent(reason: "cancelled"))
    #expect(crm.uploads.isEmpty)
  }

  @Test("a thousand rows of a kilobyte arrive whole")
  func large() async throws {
    let body = Array(("[" + String(repeating: " ", count: 1_000_000) + "]").utf8)
    let crm = try ScriptedCRM { seen in
      seen.path == Self.bulk
        ? .answer(
          200,
          """
          {"summary":{"total_submitted":0,"created":0,"failed":0,"duplicates":0},\
          "created_leads":[],"failed_leads":[],"duplicate_npis":[]}
          """
        ) : nil
    }
    defer { crm.stop() }
    let answer = try await client(of: crm.baseURL).upload(UploadRequest(body: body, rowCount: 0)) {}
    #expect(answer == .processed([]))
    #expect(crm.uploads.map(\.body) == [body])
  }
}

import Database
import Foundation
import Testing

@testable import demo_crm

/// Which database the CRM under test stands on.
enum Engine: String, Sendable, CaseIterable {
  case sqlite, postgresql
}

struct PostgresMissing: Error, CustomStringConvertible {
  let description =
    "LEAD_TEST_POSTGRES_URL is not set: run the tests by `make test`, which starts a temporary PostgreSQL"
}

/// A demo CRM on a free port, and what a test does with it.
struct RunningCRM: Sendable {
  let client: WireClient
  let location: CRMDatabase.Location

  /// Runs `body` against a new CRM of its own: a file in a folder of its own, or a schema of its own. Without a rate
  /// limit and without redistribution unless `change` says otherwise.
  static func with(
    _ engine: Engine = .sqlite, _ change: (inout DemoServer.Settings) -> Void = { _ in },
    _ body: (RunningCRM) async throws -> Void
  ) async throws {
    let place = try Place(engine)
    defer { place.remove() }
    var settings = DemoServer.Settings(database: place.location)
    settings.port = 0
    settings.stock.leads = 0
    settings.reception.requestsPerMinute = 0
    settings.service.isRedistributing = false
    change(&settings)
    let server = try await DemoServer(settings)
    let (ports, port) = AsyncStream<Int>.makeStream()
    let task = Task { try await server.run { port.yield($0) } }
    var iterator = ports.makeAsyncIterator()
    let number = try #require(await iterator.next())
    do {
      try await body(RunningCRM(client: WireClient(port: number), location: place.location))
    } catch {
      task.cancel()
      try await task.value
      throw error
    }
    task.cancel()
    try await task.value
  }

  func reply(
    _ method: String, _ path: String, _ json: JSONValue? = nil, token: String? = nil, timeout: Duration = .seconds(20)
  ) async throws -> WireReply {
    guard case .reply(let reply) = try await outcome(method, path, json, token: token, timeout: timeout) else {
      throw WireClient.Failed(call: "no reply to \(method) \(path)", code: 0)
    }
    return reply
  }

  func outcome(
    _ method: String, _ path: String, _ json: JSONValue? = nil, token: String? = nil, timeout: Duration = .seconds(20)
  ) async throws -> WireOutcome {
    var headers: [String: String] = [:]
    if json != nil { headers["Content-Type"] = "application/json" }
    if let token { headers["Authorization"] = "Bearer \(token)" }
    return try await client.send(
      method, path, body: json.map(JSONWriter.bytes) ?? [], headers: headers, timeout: timeout)
  }

  func login(_ name: String = "admin", password: String? = nil) async throws -> String {
    let reply = try await reply(
      "POST", "/auth/login",
      .object(["username": .text(name), "password": .text(password ?? "\(name)123")]))
    return try #require(reply.json["access_token"]?.asText)
  }

  func bulk(_ rows: [JSONValue], token: String) async throws -> WireReply {
    try await reply("POST", "/api/v1/leads/bulk", .array(rows), token: token)
  }

  /// All leads, closed ones too, by the API.
  func leads(token: String) async throws -> [JSONValue] {
    try await reply("GET", "/api/v1/leads?show_all=true&limit=100000", token: token).json.elements
  }

  func statistics() async throws -> JSONValue {
    try await reply("GET", "/demo/statistics").json
  }

  /// Runs `body` on a second connection to the CRM's database, as SQL monitoring does.
  func query<Value>(_ body: (any Connection) throws -> Value) throws -> Value {
    switch location {
    case .file(let path): try body(SQLiteConnection(path: path, access: .readWrite))
    case .server(let url):
      try body(
        PostgresConnection(url: url, options: PostgresOptions(readOnly: false, applicationName: "demo-crm-tests")))
    }
  }
}

/// A database of a test's own.
private struct Place {
  let location: CRMDatabase.Location
  private let cleanUp: () -> Void

  init(_ engine: Engine) throws {
    switch engine {
    case .sqlite:
      let folder = try TemporaryFolder()
      location = .file(folder.path + "/crm.db")
      cleanUp = { folder.remove() }
    case .postgresql:
      guard let url = ProcessInfo.processInfo.environment["LEAD_TEST_POSTGRES_URL"], !url.isEmpty else {
        throw PostgresMissing()
      }
      let schema = "crm_" + UUID().uuidString.lowercased().replacing("-", with: "")
      let options = PostgresOptions(readOnly: false, applicationName: "demo-crm-tests")
      try PostgresConnection(url: url, options: options).execute("CREATE SCHEMA \(schema)")
      location = .server(url: url + (url.contains("?") ? "&" : "?") + "options=-csearch_path%3D\(schema)")
      cleanUp = {
        do { try PostgresConnection(url: url, options: options).execute("DROP SCHEMA \(schema) CASCADE") } catch {
          Issue.record("the schema \(schema) was left: \(error)")
        }
      }
    }
  }

  func remove() { cleanUp() }
}

extension WireReply {
  /// The body as JSON; null when it is none.
  var json: JSONValue {
    do { return try JSONReader.read(body) } catch { return .null }
  }

  var text: String { String(decoding: body, as: UTF8.self) }
}

extension JSONValue {
  subscript(_ key: String) -> JSONValue? {
    if case .object(let object) = self { return object[key] }
    return nil
  }

  var elements: [JSONValue] {
    if case .array(let elements) = self { return elements }
    return []
  }

  var asInt: Int? {
    if case .integer(let integer) = self { return Int(integer) }
    return nil
  }
}

/// A lead as a client sends it; `changes` replace or add fields.
func lead(_ name: String, npi: JSONValue = .null, _ changes: JSONObject = [:]) -> JSONValue {
  var object: JSONObject = ["practice_name": .text(name), "npi": npi, "score": 85]
  for member in changes.members { object.append(member.key, member.value) }
  return .object(object)
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  public init(stringLiteral value: String) { self = .text(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
}

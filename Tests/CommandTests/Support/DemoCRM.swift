import Database
import Foundation

/// A running demo-crm: the CRM that a test works against.
final class DemoCRM: Sendable {
  let program: RunningProgram
  let baseURL: String
  /// The CRM's PostgreSQL; nil: it stands on SQLite, and only the API is open to the programs.
  let databaseURL: String?
  private let postgres: TestPostgres?
  private let file: String
  private let log: String

  /// One line of its request log.
  struct Request: Decodable, Sendable {
    var method: String
    var path: String
    var status: Int?
    var rows: Int?
    var fault: String?
  }

  struct Statistics: Decodable, Sendable {
    var bulk_requests: Int
    var rows_committed: Int
    var logins: Int
  }

  /// Starts it on a free port, without redistribution, so that what a test uploads stays where it looks.
  init(_ monitoring: Monitoring, in folder: String, arguments: [String], environment: [String: String]) async throws {
    postgres = monitoring == .sql ? try TestPostgres() : nil
    databaseURL = postgres?.url
    file = folder + "/crm.db"
    log = folder + "/requests.log"
    var environment = environment
    if let databaseURL { environment["DEMO_CRM_DATABASE_URL"] = databaseURL }
    let place = databaseURL == nil ? ["--database", file] : []
    do {
      program = try await Self.start(
        ["--port", "0", "--redistribution", "off", "--request-log", log] + place + arguments, in: folder, environment)
    } catch {
      try postgres?.drop()
      throw error
    }
    baseURL = program.output.split(separator: " ").last.map { $0.trimmingCharacters(in: .newlines) } ?? ""
  }

  /// Where many tests begin at once, PostgreSQL may be too busy making databases to let it in: then again.
  private static func start(
    _ arguments: [String], in folder: String, _ environment: [String: String]
  ) async throws -> RunningProgram {
    var attempt = 0
    while true {
      attempt += 1
      let program = try RunningProgram(
        "demo-crm", arguments, in: folder, environment: environment, label: "demo-crm-\(attempt)")
      try await eventually("demo-crm starts", else: { program.errors }) {
        program.status != nil || program.output.contains("\n")
      }
      let isTurnedAway = program.status == 69 && program.errors.contains("did not answer in time")
      guard isTurnedAway, attempt < 4 else {
        try await program.says("demo-crm ready on ")
        return program
      }
    }
  }

  func remove() async throws {
    program.send(SIGCONT)
    program.send(SIGKILL)
    _ = try await program.exit()
    try postgres?.drop()
  }

  /// Runs `body` on a connection of its own to the CRM's database.
  func query<Value>(_ body: (any Connection) throws -> Value) throws -> Value {
    if let databaseURL { return try body(TestPostgres.connect(databaseURL)) }
    return try body(SQLiteConnection(path: file, access: .readWrite))
  }

  /// What a SELECT of one number gives.
  func number(_ sql: String) throws -> Int {
    try query { try $0.first(sql) { $0.int(0) } ?? 0 }
  }

  /// The practice names of the rows that we created, in order; a lead that is there twice is in it twice.
  func uploadedNames() throws -> [String] {
    try query { connection in
      try connection.query("SELECT practice_name FROM leads WHERE source = 'nppes_extraction'") { $0.text(0) }.sorted()
    }
  }

  var uploadedCount: Int {
    get throws { try number("SELECT count(*) FROM leads WHERE source = 'nppes_extraction'") }
  }

  /// Every request that arrived, in order; those of its own pages are not in it.
  func requests() throws -> [Request] {
    let text = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
    return try text.split(separator: "\n").map { try JSONDecoder().decode(Request.self, from: Data($0.utf8)) }
  }

  /// What the server itself counted.
  func statistics() async throws -> Statistics {
    let body = try await LoopbackClient.request("GET", baseURL + "/demo/statistics")
    return try JSONDecoder().decode(Statistics.self, from: body)
  }

  /// Closes unassigned open leads.
  func close(_ count: Int) async throws {
    _ = try await LoopbackClient.request("POST", baseURL + "/demo/close?count=\(count)")
  }
}

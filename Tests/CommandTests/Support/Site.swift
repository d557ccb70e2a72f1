import Database
import Foundation
import Synchronization
import TestSupport

/// Everything that one test stands on: a folder of its own, a CRM of its own, and the programs it starts there. Nothing of
/// the surroundings comes in: no `LEAD_*` variable, no discovery of other CRMs.
final class Site: Sendable {
  let folder: String
  let crm: DemoCRM?
  /// The store on the temporary cluster, where the test runs on PostgreSQL (`Engine.current`); nil: a file in the folder.
  private let server: ServerAddress?
  private let state = Mutex((count: 0, environment: [String: String](), programs: [RunningProgram]()))

  /// How a program ended.
  struct Ended: Sendable {
    var status: Int32
    var output: String
    var errors: String
    /// Start to end.
    var time: Duration

    var lines: [String] { output.split(separator: "\n").map(String.init) }
    var last: String { lines.last ?? "" }
    /// The lines of either stream that begin with `Warning: `.
    var warnings: [String] {
      (output + errors).split(separator: "\n").map(String.init).filter { $0.hasPrefix("Warning: ") }
    }
  }

  /// Runs `body` on a site with a CRM that holds no lead, and takes everything down afterwards. `crm`: further arguments
  /// of demo-crm.
  @discardableResult
  static func with<Value>(
    _ monitoring: Monitoring, crm arguments: [String] = ["--leads", "0"],
    _ body: (Site, DemoCRM) async throws -> Value
  ) async throws -> Value {
    try await within { folder in
      let crm = try await DemoCRM(monitoring, in: folder, arguments: arguments, environment: base(folder))
      return try await Site(folder: folder, crm: crm, on: .current).using { try await body($0, crm) }
    }
  }

  /// As `with`, without a CRM.
  static func alone(_ body: (Site) async throws -> Void) async throws {
    try await within { folder in try await Site(folder: folder, crm: nil, on: .current).using(body) }
  }

  private static func within<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    await Slots.shared.take()
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("command-tests-\(UUID().uuidString)")
      .path
    let result = await Result.catching {
      try FileManager.default.createDirectory(atPath: folder + "/config", withIntermediateDirectories: true)
      return try await body(folder)
    }
    await Slots.shared.give()
    if !kept.withLock({ $0.contains(folder) }) { try FileManager.default.removeItem(atPath: folder) }
    return try result.get()
  }

  private static let kept = Mutex<Set<String>>([])

  /// Leaves the folder behind, for somebody to look into.
  func keep() {
    Self.kept.withLock { _ = $0.insert(folder) }
  }

  private func using<Value>(_ body: (Site) async throws -> Value) async throws -> Value {
    let result = await Result.catching { try await body(self) }
    try await takeDown()
    return try result.get()
  }

  private init(folder: String, crm: DemoCRM?, on engine: Engine) throws {
    self.folder = folder
    self.crm = crm
    switch engine {
    case .sqlite: server = nil
    case .postgresql:
      let name = UUID().uuidString.lowercased().filter { $0 != "-" }
      server = ServerAddress(url: try TestPostgres.server(), shownURL: "the cluster", schema: "command_\(name)")
    }
    var environment = Self.base(folder)
    environment["LEAD_CRM_URL"] = crm?.baseURL
    environment["LEAD_CRM_USERNAME"] = "admin"
    environment["LEAD_CRM_PASSWORD"] = "admin123"
    environment["LEAD_CRM_DATABASE_URL"] = crm?.databaseURL
    environment["LEAD_STORE"] = server?.url
    environment["LEAD_STORE_SCHEMA"] = server?.schema
    state.withLock { $0.environment = environment }
  }

  private static func base(_ folder: String) -> [String: String] {
    ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": folder, "TMPDIR": folder]
  }

  private func takeDown() async throws {
    let programs = state.withLock { $0.programs }
    for program in programs where program.status == nil {
      program.send(SIGCONT)
      program.send(SIGKILL)
    }
    for program in programs { _ = try await program.exit() }
    if let server { try TestPostgres.connect(server.url).execute("DROP SCHEMA IF EXISTS \(server.schema) CASCADE") }
    try await crm?.remove()
  }

  // MARK: Setting up

  /// Writes a file below the folder and returns its path.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    let path = folder + "/" + name
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// A variable for all programs started from now on; nil takes it away.
  func set(_ variable: String, _ value: String?) {
    state.withLock { $0.environment[variable] = value }
  }

  /// What tells the programs to use this site's store; nil: not set.
  var storeVariables: [String: String?] { ["LEAD_STORE": server?.url, "LEAD_STORE_SCHEMA": server?.schema] }

  // MARK: Running

  /// Starts a program; it is killed at the end of the test.
  @discardableResult
  func start(
    _ name: String, _ arguments: [String] = [], environment changes: [String: String?] = [:]
  ) throws -> RunningProgram {
    let (label, environment) = state.withLock { state in
      state.count += 1
      return ("\(name)-\(state.count)", state.environment)
    }
    let program = try RunningProgram(
      name, arguments, in: folder,
      environment: environment.merging(changes.compactMapValues { $0 }) { $1 }
        .filter { entry in changes[entry.key].map { $0 != nil } ?? true }, label: label)
    state.withLock { $0.programs.append(program) }
    return program
  }

  /// Runs a program to its end.
  func run(
    _ name: String, _ arguments: [String] = [], environment: [String: String?] = [:],
    within limit: Duration = .seconds(60)
  ) async throws -> Ended {
    let start = ContinuousClock.now
    let program = try self.start(name, arguments, environment: environment)
    let status = try await program.exit(within: limit)
    return Ended(
      status: status, output: program.output, errors: program.errors, time: ContinuousClock.now - start)
  }

  static let configuration = "config/test.json"

  /// `lead-scheduler --mode once` with the test's configuration.
  func once(_ arguments: [String] = [], environment: [String: String?] = [:]) async throws -> Ended {
    try await run(
      "lead-scheduler", ["--mode", "once", "--config", Self.configuration] + arguments, environment: environment)
  }

  @discardableResult
  func worker(_ arguments: [String] = []) throws -> RunningProgram {
    try start("lead-worker", ["--config", Self.configuration] + arguments)
  }

  @discardableResult
  func scheduler(_ arguments: [String] = []) throws -> RunningProgram {
    try start("lead-scheduler", ["--mode", "continuous", "--config", Self.configuration] + arguments)
  }

  /// Returns when a worker has begun.
  func workerStarted() async throws {
    try await eventually("a worker starts", else: { self.everythingSaid }) { log.contains("worker started") }
  }

  // MARK: Looking

  var storePath: String { folder + "/data/lead-queue.db" }

  /// Everything that was logged.
  var log: String {
    String(
      decoding: FileManager.default.contents(atPath: folder + "/automated_lead_manager.log") ?? Data(), as: UTF8.self)
  }

  /// Everything that any program of the test wrote to its output, its errors and the log.
  var everythingSaid: String {
    state.withLock { $0.programs }.map { $0.output + $0.errors }.joined() + log
  }

  /// Runs `body` on the store, also while programs use it. Throws when there is none.
  func store<Value>(_ body: (any Connection) throws -> Value) throws -> Value {
    guard let server else { return try body(SQLiteConnection(path: storePath, access: .readOnly)) }
    var options = PostgresOptions(readOnly: true, applicationName: "command-tests")
    options.schema = server.schema
    return try body(PostgresConnection(url: server.url, options: options))
  }

  /// The first column of a SELECT.
  func texts(_ sql: String) throws -> [String] {
    try store { try $0.query(sql) { $0.text(0) } }
  }

  /// Whether a program has opened the store and switched it to a write-ahead log, so that looking at it is in nobody's way.
  /// SQLite's file format keeps the version 2 for that at byte 18.
  private func isStoreOpen() throws -> Bool {
    guard let file = FileHandle(forReadingAtPath: storePath) else { return false }
    let head = try file.read(upToCount: 19) ?? Data()
    try file.close()
    return head.count == 19 && head.last == 2
  }

  /// What a SELECT of one number gives; 0 while there is no store or no table.
  func number(_ sql: String) throws -> Int {
    guard try server != nil || isStoreOpen() else { return 0 }
    return try store { connection in
      let tables =
        switch connection.dialect {
        case .sqlite: "SELECT count(*) FROM sqlite_master WHERE name = 'audit'"
        case .postgresql: "SELECT count(to_regclass('audit'))"
        }
      guard try connection.first(tables, [], { $0.int(0) }) == 1 else { return 0 }
      return try connection.first(sql) { $0.optionalInt(0) ?? 0 } ?? 0
    }
  }
}

extension Result where Failure == any Error {
  fileprivate static func catching(_ body: () async throws -> Success) async -> Result {
    do {
      return .success(try await body())
    } catch {
      return .failure(error)
    }
  }
}

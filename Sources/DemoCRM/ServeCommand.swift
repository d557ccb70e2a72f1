import ArgumentParser
import Database
import Dispatch
import Foundation

/// Serves the CRM until SIGTERM or SIGINT.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serve the CRM.",
    discussion: """
      Examples:
        demo-crm serve --port 8010
        demo-crm serve --port 0 --fault drop@2
      """)

  enum Switch: String, ExpressibleByArgument, CaseIterable {
    case on, off
  }

  @Option(help: "Address to listen on.")
  var host = "127.0.0.1"

  @Option(help: "Port to listen on; 0 takes a free one, which is printed.")
  var port = 8006

  @Option(
    help: """
      SQLite file or postgresql:// URL (without a password: use a password file of libpq, or DEMO_CRM_DATABASE_URL in \
      the environment). Default: a file in a temporary folder, removed at the end.
      """)
  var database: String?

  @Option(help: "Open unassigned leads that a new CRM holds at start.")
  var leads = 101

  @Option(help: "Further leads at start that agents closed within the last 30 days.")
  var closedLeads = 0

  @Option(help: "Active agents.")
  var agents = 3

  @Option(help: "Source file some of whose best leads the CRM knows already, as closed long ago.")
  var closedFrom: String?

  @Option(help: "How many of --closed-from.")
  var closedCount = 5

  @Option(help: "Whether leads are handed out to agents after each bulk request and every 30 minutes.")
  var redistribution = Switch.on

  @Option(help: "Rows per second that bulk requests take; without it as fast as possible.")
  var pace: Double?

  @Option(
    name: .customLong("fault"),
    help: ArgumentHelp(
      """
      NAME (always), NAME:PROBABILITY, or NAME@REQUEST with bulk requests counted from 1, as in drop@2,5-7. \
      Repeatable. Names: \(Fault.allCases.map(\.rawValue).joined(separator: ", ")).
      """, valueName: "name"),
    transform: { try FaultRule(argument: $0) })
  var faults: [FaultRule] = []

  @Option(help: "Seed of the leads and of faults by probability.")
  var seed: UInt64 = 1

  @Option(help: "How long the fault slow delays an answer, in seconds.")
  var slowSeconds = 5.0

  @Option(help: "How long a login takes, in seconds (0.3 in the real CRM).")
  var loginDelay = 0.0

  @Option(help: "Where the login is.")
  var loginPath = "/auth/login"

  @Option(help: "How long a token is valid, in seconds.")
  var tokenLifetime = 86_400

  @Option(help: "Requests per 60 s and address before 429; 0: no limit.")
  var requestsPerMinute = 100

  @Option(help: "Seconds that a 429 asks to wait; the real CRM always says 60.")
  var retryAfter = 60

  @Option(help: "File to append one JSON line per request to.")
  var requestLog: String?

  func validate() throws {
    guard (0...65_535).contains(port) else { throw ValidationError("--port is a number from 0 to 65535.") }
    guard (0...800_000).contains(leads), (0...100_000).contains(closedLeads) else {
      throw ValidationError("--leads is a number from 0 to 800000, --closed-leads from 0 to 100000.")
    }
    guard (0...10_000).contains(agents) else { throw ValidationError("--agents is a number from 0 to 10000.") }
    guard pace.map({ $0 > 0 && $0.isFinite }) ?? true else { throw ValidationError("--pace is above 0.") }
    guard (0...86_400).contains(slowSeconds), (0...3_600).contains(loginDelay) else {
      throw ValidationError("--slow-seconds and --login-delay are seconds from 0.")
    }
    guard (0...1_000_000_000).contains(tokenLifetime), requestsPerMinute >= 0, (0...100_000).contains(closedCount)
    else {
      throw ValidationError("--token-lifetime, --requests-per-minute and --closed-count are numbers from 0.")
    }
    guard (0...3_600).contains(retryAfter) else { throw ValidationError("--retry-after is seconds from 0 to 3600.") }
    guard loginPath.hasPrefix("/") else { throw ValidationError("--login-path begins with a slash.") }
    if let database, Self.holdsPassword(database) {
      throw ValidationError(
        "--database: a password in an argument shows in the process list. Use a password file of libpq, or "
          + "DEMO_CRM_DATABASE_URL in the environment.")
    }
  }

  func run() async throws {
    // Before the folder exists, so that no signal leaves it behind.
    let (stops, stop) = AsyncStream<Void>.makeStream()
    let signals = StopSignals { stop.finish() }
    defer { signals.stop() }
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let serving = Task { try await serve(in: folder) }
    let stopping = Task {
      for await _ in stops {}
      serving.cancel()
    }
    defer { stopping.cancel() }
    try await serving.value
  }

  private func serve(in folder: TemporaryFolder) async throws {
    let server: DemoServer
    do {
      server = try await DemoServer(try settings(in: folder))
    } catch let error as DatabaseError {
      throw Self.failure(String(describing: error), code: 69)
    } catch let error as RequestLog.CannotOpen {
      throw Self.failure(String(describing: error), code: 1)
    }
    let host = host
    do {
      try await server.run { port in
        // One write, so that a reader sees the whole line.
        FileHandle.standardOutput.write(Data("demo-crm ready on http://\(host):\(port)\n".utf8))
      }
    } catch {
      throw Self.failure("Cannot listen on \(host):\(port): \(error)", code: 69)
    }
  }

  private func settings(in folder: TemporaryFolder) throws -> DemoServer.Settings {
    let environment = ProcessInfo.processInfo.environment
    let named = database ?? environment["DEMO_CRM_DATABASE_URL"]
    var settings = DemoServer.Settings(database: named.map(Self.location) ?? .file(folder.path + "/crm.db"))
    settings.host = host
    settings.port = port
    settings.requestLog = requestLog
    settings.stock = StockSeed(leads: leads, closedLeads: closedLeads, agents: agents, seed: seed)
    if let closedFrom {
      settings.stock.closedLongAgo = try ClosedFromSource.rows(path: closedFrom, count: closedCount)
    }
    settings.service = CRMService.Settings(
      loginPath: loginPath, password: environment["DEMO_CRM_PASSWORD"].flatMap { $0.isEmpty ? nil : $0 },
      tokenLifetime: .seconds(tokenLifetime), isRedistributing: redistribution == .on)
    settings.reception = Reception.Settings(
      requestsPerMinute: requestsPerMinute, retryAfter: retryAfter, pace: pace, loginDelay: .seconds(loginDelay),
      slowDelay: .seconds(slowSeconds), faults: faults, seed: seed)
    return settings
  }

  static func location(_ name: String) -> CRMDatabase.Location {
    isURL(name) ? .server(url: name) : .file(name)
  }

  private static func isURL(_ name: String) -> Bool {
    name.hasPrefix("postgresql://") || name.hasPrefix("postgres://")
  }

  static func holdsPassword(_ name: String) -> Bool {
    guard isURL(name), let rest = name.split(separator: "//", maxSplits: 1).last else { return false }
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let user = authority.split(separator: "@", omittingEmptySubsequences: false)
    return (user.count > 1 && user[0].contains(":")) || rest.contains("password=")
  }

  private static func failure(_ message: String, code: Int32) -> ExitCode {
    FileHandle.standardError.write(Data("demo-crm: \(message)\n".utf8))
    return ExitCode(code)
  }
}

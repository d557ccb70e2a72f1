import ArgumentParser
import Dashboard
import Database
import Foundation
import Operations
import Timekeeping

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serves the web dashboard: stock, forecast, cycles, queue, audit trail, sources, live.",
    discussion: """
      For example: lead-queue serve
      for others, behind a token: LEAD_DASHBOARD_TOKEN_FILE=token lead-queue serve --host 0.0.0.0 --allow-host crm.example

      Without LEAD_DASHBOARD_TOKEN it listens on this machine only, and nothing can be changed by it. With it every page \
      needs the token, and whoever has signed in may retry dead letters, and pause and resume queues, each with a \
      reason. Also there: /healthz, /readyz, and /metrics for Prometheus. It runs until SIGTERM or Ctrl-C; a SIGHUP \
      makes it read the configuration again.
      """)

  @OptionGroup var common: ProgramOptions
  @Option(name: .long, help: ArgumentHelp("Address to listen on.", valueName: "address")) var host = "127.0.0.1"
  @Option(name: .long, help: ArgumentHelp("Port to listen on; 0 takes a free one. It is printed.", valueName: "n"))
  var port = 8080
  @Option(
    name: .long,
    help: ArgumentHelp("A further name under which browsers reach it (repeatable).", valueName: "name"))
  var allowHost: [String] = []

  func validate() throws {
    guard 0...65_535 ~= port else { throw ValidationError("--port takes a number from 0 to 65535.") }
    guard !host.isEmpty, !allowHost.contains("") else { throw ValidationError("A host has a name.") }
  }

  func run() async throws {
    try await runningCommand {
      let environment = try common.source().load().environment
      let settings = DashboardSettings(
        host: host, port: port, token: environment.dashboardToken?.revealed, allowedHosts: allowHost)
      if let problem = settings.problem { throw ProgramError.usage(problem) }
      try await serve(settings, Desk.open(common, measuring: .page))
      return .done
    }
  }

  private func serve(_ settings: DashboardSettings, _ desk: Desk) async throws {
    let program = desk.program
    let dashboard = Dashboard(settings, office: DashboardOffice(desk))
    let serving = Task {
      try await dashboard.run { port in
        let shown = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        desk.screen.show("Dashboard: http://\(shown):\(port)/")
      }
    }
    let signals = Signals.handle([SIGTERM, SIGINT]) { _ in
      program.supervisor.stopping()
      serving.cancel()
    }
    let reload = Signals.handle([SIGHUP]) { _ in program.reload() }
    defer { for signal in signals + reload { signal.cancel() } }
    do {
      try await program.supervisor.attended(program.store) { try await serving.value }
    } catch let error as DatabaseError {
      throw error
    } catch is CancellationError {
      return
    } catch {
      throw ToolError.cannotListen(address: "\(settings.host):\(settings.port)", reason: "\(error)")
    }
  }
}

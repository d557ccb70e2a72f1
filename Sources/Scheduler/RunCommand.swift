import ArgumentParser
import Operations
import Timekeeping

enum Mode: String, ExpressibleByArgument, CaseIterable {
  case once
  case continuous
}

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs one cycle, or one every few minutes until stopped.",
    discussion: """
      Once: waits for its cycle and runs the jobs itself when no worker takes them. Continuous: one at every tick; a \
      restart keeps to the interval. SIGTERM or Ctrl-C closes the cycle at work, which the next start begins anew, a second \
      one ends at once; SIGHUP reloads the configuration.

      Exit codes: 0 done, nothing needed, or held back by a safety rule; 1 the work failed; 64 wrong usage; 69 CRM or \
      database not reachable, or authentication failed; 75 another scheduler is busy; 78 configuration invalid.

      Examples:
        lead-scheduler --mode once --config config/automation_config.json
        lead-scheduler --mode continuous --interval 30
      """)

  @OptionGroup var common: ProgramOptions
  @OptionGroup var metrics: MetricsOption

  @Option(help: "once: one cycle; continuous: one every interval.")
  var mode = Mode.once

  @Option(
    help: ArgumentHelp(
      "Time between cycles; fractions allowed, above 0 (default: monitoring.check_interval_minutes).",
      valueName: "minutes"))
  var interval: Double?

  @Option(help: ArgumentHelp("Run the jobs in this process, so many at once.", valueName: "n"))
  var embeddedWorkers: Int?

  @Flag(help: "Show what a cycle would do now, and change nothing.")
  var dryRun = false

  func validate() throws {
    if let embeddedWorkers, embeddedWorkers < 1 {
      throw ValidationError("--embedded-workers takes a whole number of 1 or more, not \(embeddedWorkers)")
    }
    if let interval, !(interval > 0) {
      throw ValidationError("--interval takes minutes above 0, not \(interval)")
    }
    if mode == .once, interval != nil {
      throw ValidationError("--interval goes with --mode continuous")
    }
    if dryRun, mode == .continuous {
      throw ValidationError("--dry-run shows one cycle; it does not go with --mode continuous")
    }
  }

  func run() async throws {
    try await runningCommand {
      if dryRun { return try await PlanPreview(source: common.source()).show(as: .text) }
      let program = try await Program.start(
        "lead-scheduler", from: common.source(intervalMinutes: interval), measuring: metrics.measuring)
      let service = SchedulerService(program: program, embeddedWorkers: embeddedWorkers)
      return try await program.recorded {
        switch mode {
        case .once: try await service.runOnce()
        case .continuous: try await service.runContinuously()
        }
      }
    }
  }
}

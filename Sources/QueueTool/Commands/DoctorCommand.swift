import ArgumentParser
import Operations

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Checks everything that uploads rely on, and says how to mend what is wrong.",
    discussion: """
      Configuration, files, disk, store, audit trail, CRM, workers and limits are looked at, each within a few seconds. \
      Nothing is changed: no store is made or migrated, nothing is written to the CRM; its two requests there count among \
      crm.requests_per_minute. Every finding comes with the command or the key that ends it.

      ok: well. warning: works with restrictions, or a rule holds uploads back. FAILED: does not work until somebody does \
      something. unknown (not_checked in JSON): could not be looked at, for the reason given.

      For example: lead-queue doctor --config config/automation_config.json
      for a monitoring system: lead-queue doctor --format json

      Exit code 1 when a check failed, else 0.
      """)

  @OptionGroup var common: ProgramOptions
  @Flag(name: .long, help: "Show only what failed or warns.") var problems = false
  @Flag(name: .long, help: "The programs are about to be started: do not miss workers and cycles.")
  var beforeStart = false
  @OptionGroup var format: FormatOption

  func run() async throws {
    try await runningCommand {
      let source = common.source()
      let report = DoctorReport(checks: await Doctor(source: source, isBeforeStart: beforeStart).examine())
      let screen = Screen(variables: source.variables)
      switch format.format {
      case .table: screen.show(report.lines(on: screen, problemsOnly: problems))
      case .json: screen.show(report.document())
      }
      return report.hasFailed ? .failed : .done
    }
  }
}

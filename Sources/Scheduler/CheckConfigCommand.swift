import ArgumentParser
import Operations

struct CheckConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-config",
    abstract: "Reads the configuration and the environment, and says what is wrong or suspicious.",
    discussion: """
      An error is something that cannot work; no program starts with it. A warning is something that works but is hardly \
      what was meant: what follows from it, and which value would mend it.

      Exit code 0 when there is no error, 78 otherwise.

      Examples:
        lead-scheduler check-config --config config/automation_config.json
        lead-scheduler check-config --format json
      """)

  @OptionGroup var common: ProgramOptions

  @Option(help: "text: for people; json: one document with every finding.")
  var format = PlanPreview.Format.text

  func run() async throws {
    try await runningCommand { try ConfigurationCheck(source: common.source()).show(as: format) }
  }
}

import ArgumentParser
import Operations

struct CheckConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-config",
    abstract: "Reads the configuration and the environment, and says what is wrong with them.",
    discussion: """
      Exit code 0 when both are valid, 78 otherwise.

      Example:
        lead-scheduler check-config --config config/automation_config.json
      """)

  @OptionGroup var common: ProgramOptions

  func run() async throws {
    try await runningCommand {
      let settings = try common.source().load()
      print("Configuration: \(settings.file ?? "none, the defaults hold"): valid")
      print("Store: \(settings.configuration.store.location)")
      for warning in settings.warnings { print("Warning: \(warning)") }
      return .done
    }
  }
}

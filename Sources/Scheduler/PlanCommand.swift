import ArgumentParser
import Operations

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Shows what a cycle would do now, and why; changes nothing.",
    discussion: """
      Reads the CRM's stock and the sources, and plans on a private copy of the store.

      Example:
        lead-scheduler plan --format json
      """)

  @OptionGroup var common: ProgramOptions

  @Option(help: "text: for people; json: one document with every number.")
  var format = PlanPreview.Format.text

  func run() async throws {
    try await runningCommand { try await PlanPreview(source: common.source()).show(as: format) }
  }
}

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
        lead-scheduler plan --examples 3
      """)

  @OptionGroup var common: ProgramOptions

  @Option(help: "text: for people; json: one document with every number.")
  var format = PlanPreview.Format.text

  @Option(help: "Keys of leads to name for each reason why leads are not taken, 0 to 100.")
  var examples = 0

  func validate() throws {
    guard (0...100).contains(examples) else { throw ValidationError("--examples takes a number from 0 to 100.") }
  }

  func run() async throws {
    try await runningCommand { try await PlanPreview(source: common.source(), examples: examples).show(as: format) }
  }
}

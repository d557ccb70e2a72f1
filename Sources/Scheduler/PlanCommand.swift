import ArgumentParser
import Operations

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Shows what a cycle would do now, and why; changes nothing.",
    discussion: """
      Reads the CRM's stock and the sources, and plans on a private copy of the store.

      With --out the plan is saved, with the keys of its leads and what it rests on, but nothing personal; `lead-scheduler \
      apply` carries it out later, exactly as it is, or refuses it as stale.

      Examples:
        lead-scheduler plan --format json
        lead-scheduler plan --examples 3
        lead-scheduler plan --out plan.json
      """)

  @OptionGroup var common: ProgramOptions

  @Option(help: "text: for people; json: one document with every number.")
  var format = PlanPreview.Format.text

  @Option(help: "Keys of leads to name for each reason why leads are not taken, 0 to 100.")
  var examples = 0

  @Option(name: .customLong("out"), help: ArgumentHelp("Also save the plan, to be applied later.", valueName: "file"))
  var output: String?

  func validate() throws {
    guard (0...100).contains(examples) else { throw ValidationError("--examples takes a number from 0 to 100.") }
  }

  func run() async throws {
    try await runningCommand {
      try await PlanPreview(source: common.source(), examples: examples).show(as: format, savingTo: output)
    }
  }
}

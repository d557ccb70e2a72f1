import ArgumentParser
import Operations

struct ApplyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Carries out a saved plan: exactly its leads, or nothing.",
    discussion: """
      Reads the CRM's stock and the sources anew. Unless the plan made from them would send the very same leads, the saved \
      one is refused as stale, and the reason is named: it was saved for another store or CRM, more than 24 hours ago, or \
      under another configuration; a source or the stock changed, leads were taken, a limit leaves less. It is carried out \
      once.

      Exit codes: 0 carried out, or the plan sends nothing; 1 refused, or the upload failed; 69 CRM not reachable; 75 another \
      scheduler is busy, or a cooldown, the daily limit or business hours hold it back for now; 78 configuration invalid.

      Example:
        lead-scheduler plan --out plan.json && less plan.json && lead-scheduler apply plan.json
      """)

  @OptionGroup var common: ProgramOptions

  @Argument(help: "A file that `lead-scheduler plan --out` wrote.")
  var file: String

  @Option(help: "text: what happens, as it happens; json: one document at the end.")
  var format = PlanPreview.Format.text

  func run() async throws {
    try await runningCommand {
      let saved = try PlanFile.read(file)
      let program = try await Program.start("lead-scheduler", from: common.source())
      return try await PlanApplication(program: program, saved: saved).run(showing: format)
    }
  }
}

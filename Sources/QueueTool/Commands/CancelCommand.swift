import ArgumentParser
import Database
import JobQueue
import LeadStore
import Operations
import Timekeeping

struct CancelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel", abstract: "Cancels jobs: those named, or all that a filter means, after a preview.",
    discussion: """
      For example: lead-queue cancel 12 13 --reason "the source was withdrawn"
      all monitor jobs that wait since yesterday: lead-queue cancel --kind monitor --state waiting --older-than 1d \
      --reason "the CRM was down" --dry-run

      A filter without --state means every unfinished job. One that does not run is cancelled at once. One that runs \
      is asked to stop and ends as cancelled when its handler looks, unless it succeeds first. No lead is lost with an \
      upload job: with the next cycle unsent leads go back to the catalog, and leads that may be in the CRM are looked \
      for there first. `lead-queue retry` takes it back.
      """)

  @OptionGroup var common: ProgramOptions
  @OptionGroup var choice: JobChoice
  @OptionGroup var reason: ReasonOption
  @OptionGroup var format: FormatOption

  func validate() throws { try ManualVerb.cancel.validate(choice) }

  func run() async throws {
    try await runningCommand {
      try await ManualVerb.cancel.run(choice, because: reason.reason, as: format.format, on: Desk.open(common))
    }
  }
}

import ArgumentParser
import Database
import JobQueue
import LeadStore
import Operations
import Timekeeping

struct RetryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Makes dead or cancelled jobs available again: those named, or all that a filter means, after a preview.",
    discussion: """
      For example: lead-queue retry 12 13 --reason "the CRM is back"
      all that died of one cause: lead-queue retry --state dead --reason-text "connection refused" --reason "CRM is \
      back"

      A filter without --state means dead and cancelled jobs. A retried job runs as if enqueued now, with its failures \
      forgiven; its attempts count on, and its history stays. A job is left alone when another unfinished one does the \
      same, and an upload job when its batch is settled or was given to a later job.
      """)

  @OptionGroup var common: ProgramOptions
  @OptionGroup var choice: JobChoice
  @OptionGroup var reason: ReasonOption
  @OptionGroup var format: FormatOption

  func validate() throws { try ManualVerb.retry.validate(choice) }

  func run() async throws {
    try await runningCommand {
      try await ManualVerb.retry.run(choice, because: reason.reason, as: format.format, on: Desk.open(common))
    }
  }
}

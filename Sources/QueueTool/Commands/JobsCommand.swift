import ArgumentParser
import Database
import JobQueue
import Operations
import Replenishment
import Timekeeping

struct JobsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs", abstract: "Lists jobs, newest first.",
    discussion: """
      For example the jobs that gave up: lead-queue jobs --state dead

      `lead-queue inspect --job ID` shows every attempt of one.
      """)

  @OptionGroup var common: ProgramOptions
  @Option(name: .long, help: .choice("Only jobs in this state", JobState.self), transform: choice) var state: JobState?
  @Option(name: .long, help: .choice("Only jobs of this kind", JobKind.self), transform: choice) var kind: JobKind?
  @OptionGroup var limit: LimitOption
  @OptionGroup var format: FormatOption

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let filter = JobTable.Filter(state: state, kind: kind?.rawValue, limit: limit.limit)
      let jobs = try await desk.store.read { try JobTable.list(filter, in: $0) }
      desk.screen.show(Self.listing(jobs), as: format.format)
      return .done
    }
  }

  static func listing(_ jobs: [JobRecord]) -> Listing {
    Listing(
      name: "jobs",
      columns: [
        .init(title: "JOB", field: "id", isNumber: true), .init(title: "KIND", field: "kind"),
        .init(title: "QUEUE", field: "queue", isDispensable: true), .init(title: "STATE", field: "state"),
        .init(title: "ATTEMPT", field: "attempt", isNumber: true),
        .init(title: "FAILURES", field: "failures", isNumber: true),
        .init(title: "OF", field: "max_failures", isNumber: true, isDispensable: true),
        .init(title: "RUN AT", field: "run_at", isDispensable: true),
        .init(title: "CREATED", field: "created_at"), .init(title: "SETTLED", field: "settled_at", isDispensable: true),
        .init(title: "REASON", field: "reason", widthMin: 12),
      ],
      rows: jobs.map { job in
        [
          .integer(job.id), .text(job.kind), .text(job.queue), .text(job.state.rawValue, job.state.colour),
          .int(job.attempt), .int(job.failures), .int(job.maxFailures), .time(job.runAt), .time(job.createdAt),
          .optional(job.settledAt), .optional(job.reason),
        ]
      }, whenEmpty: "No such jobs.")
  }
}

import ArgumentParser
import Database
import JobQueue
import Operations
import Replenishment
import Timekeeping

struct JobsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs", abstract: "Lists jobs, newest first; with --state in the order that matters there.",
    discussion: """
      For example the jobs that gave up, the latest first: lead-queue jobs --state dead
      what comes next: lead-queue jobs --state available --queue upload
      what failed of one cause: lead-queue jobs --state dead --state waiting --reason-text "connection refused"

      With --state: running jobs by the end of their lease, ready ones in the order in which they start, waiting ones \
      by when they are due, finished ones the latest first. `lead-queue why JOB` tells what a job waits for, \
      `lead-queue inspect --job JOB` shows every attempt.
      """)

  @OptionGroup var common: ProgramOptions
  @Option(name: .long, help: .choice("Only jobs in this state (repeatable)", JobState.self), transform: choice)
  var state: [JobState] = []
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Only jobs of this kind (repeatable); ours are \(JobKind.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "name"))
  var kind: [String] = []
  @Option(name: .long, help: ArgumentHelp("Only jobs of this queue.", valueName: "name")) var queue: String?
  @Option(name: .long, help: ArgumentHelp("Only jobs whose reason holds this text.", valueName: "text"))
  var reasonText: String?
  @Option(
    name: .long, help: ArgumentHelp("Only jobs whose last worker's id begins so.", valueName: "id")) var worker: String?
  @OptionGroup var period: PeriodOption
  @OptionGroup var limit: LimitOption
  @OptionGroup var format: FormatOption

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let filter = filter(desk.screen.time)
      let (jobs, pauses) = try await desk.store.read {
        (try JobTable.list(filter, in: $0), try PauseTable.list(in: $0))
      }
      let listing = Self.listing(jobs)
      switch format.format {
      case .table:
        desk.screen.show(listing.lines(on: desk.screen))
        desk.screen.tell(pauses.map { "Paused: \($0.summary(desk.screen.time))" })
      case .json:
        desk.screen.show(
          .object([
            ("jobs", listing.list(desk.screen.time)), ("pauses", .list(pauses.map { $0.document(desk.screen.time) })),
          ]))
      }
      return .done
    }
  }

  private func filter(_ time: ShownTime) -> JobTable.Filter {
    var filter = JobTable.Filter(limit: limit.limit)
    filter.states = state
    filter.kinds = kind
    filter.queue = queue
    filter.reasonText = reasonText
    filter.workerPrefix = worker
    filter.createdSince = period.since.flatMap(time.moment)
    filter.createdBefore = period.until.flatMap(time.moment)
    return filter
  }

  static func listing(_ jobs: [JobRecord]) -> Listing {
    Listing(
      name: "jobs",
      columns: [
        .init(title: "JOB", field: "id", isNumber: true), .init(title: "KIND", field: "kind", widthMin: 8),
        .init(title: "STATE", field: "state"),
        .init(title: "ATTEMPT", field: "attempt", isNumber: true, isDispensable: true),
        .init(title: "FAILURES", field: "failures", isNumber: true),
        .init(title: "OF", field: "max_failures", isNumber: true, isDispensable: true),
        .init(title: "CREATED", field: "created_at", isDispensable: true),
        .init(title: "QUEUE", field: "queue", isDispensable: true),
        .init(title: "RUN AT", field: "run_at", isDispensable: true),
        .init(title: "SETTLED", field: "settled_at", isDispensable: true),
        .init(title: "REASON", field: "reason", widthMin: 16),
      ],
      rows: jobs.map { job in
        [
          .integer(job.id), .text(job.kind), .text(job.state.rawValue, job.state.colour),
          .int(job.attempt), .int(job.failures), .int(job.maxFailures), .time(job.createdAt), .text(job.queue),
          .time(job.runAt), .optional(job.settledAt), .optional(job.shownReason),
        ]
      }, whenEmpty: "No such jobs.")
  }
}

extension JobRecord {
  /// Why it is in its state; a job that is held back says so.
  fileprivate var shownReason: String? {
    guard isHeld, let concurrencyKey else { return reason }
    return "held back behind others of the concurrency key \(concurrencyKey)"
  }
}

extension Pause {
  func summary(_ time: ShownTime) -> String {
    "\(scope.rawValue) \(name) since \(time.table(pausedAt)) by \(pausedBy): \(reason)"
  }

  func document(_ time: ShownTime) -> JSONText {
    .object([
      ("scope", .text(scope.rawValue)), ("name", .text(name)), ("paused_at", time.json(pausedAt)),
      ("paused_by", .text(pausedBy)), ("reason", .text(reason)),
    ])
  }
}

import ArgumentParser
import Database
import JobQueue
import Operations
import Timekeeping

struct WorkersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "workers", abstract: "Lists worker processes: alive, dead, or ended, and the jobs that each runs now.",
    discussion: """
      For example: lead-queue workers --limit 10

      A worker whose last sign of life is older than 15 s is dead; its jobs are taken over when their leases end.
      """)

  @OptionGroup var common: ProgramOptions
  @OptionGroup var limit: LimitOption
  @OptionGroup var format: FormatOption

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let (workers, running) = try await desk.store.read { [limit = limit.limit] transaction in
        (
          try WorkerTable.list(limit: limit, in: transaction),
          try JobTable.list(JobTable.Filter(state: .leased, limit: Self.runningMax), in: transaction)
        )
      }
      let jobs = Dictionary(grouping: running.filter { $0.workerID != nil }) { $0.workerID ?? "" }
        .mapValues { $0.map(\.id).sorted() }
      desk.screen.show(
        Self.listing(workers, running: jobs, now: desk.program.clock.now(), as: format.format), as: format.format)
      return .done
    }
  }

  /// So many running jobs are read: far more than the slots of all workers.
  private static let runningMax = 10_000
  /// So many of a worker's jobs are named in a table.
  private static let namedMax = 4

  /// `running`: the jobs of each worker, by its id.
  static func listing(
    _ workers: [WorkerRecord], running: [String: [Int64]], now: Timestamp, as format: OutputFormat
  ) -> Listing {
    Listing(
      name: "workers",
      columns: [
        .init(title: "WORKER", field: "id"), .init(title: "STATE", field: "state"),
        .init(title: "SEEN", field: "seen_seconds_ago", isNumber: true),
        .init(title: "RUNS", field: "jobs", widthMin: 8),
        .init(title: "STARTED", field: "started_at", isDispensable: true),
        .init(title: "ENDED", field: "ended_at", isDispensable: true), .init(title: "HOST", field: "host", widthMin: 6),
        .init(title: "PID", field: "pid", isNumber: true),
        .init(title: "VERSION", field: "version", isDispensable: true),
        .init(title: "QUEUES", field: "queues", widthMin: 8, isDispensable: true),
        .init(title: "KINDS", field: "kinds", widthMin: 8, isDispensable: true),
      ],
      rows: workers.map { worker in
        let age = now - worker.heartbeatAt
        let state = state(of: worker, now: now)
        return [
          .text(format == .table ? String(worker.id.prefix(8)) : worker.id), .text(state.name, state.colour),
          format == .table ? .text(ShownTime.span(age) + " ago") : .integer(max(0, age.milliseconds / 1000)),
          Self.jobs(running[worker.id] ?? [], as: format), .time(worker.startedAt), .optional(worker.endedAt),
          .text(worker.host), .int(worker.pid),
          .text(worker.version), .list(worker.queues), .list(worker.kinds),
        ]
      }, whenEmpty: "No worker was ever started.")
  }

  private static func jobs(_ ids: [Int64], as format: OutputFormat) -> Listing.Cell {
    guard format == .table else { return .integers(ids) }
    guard !ids.isEmpty else { return .none }
    let more = ids.count > namedMax ? " and \(ids.count - namedMax) more" : ""
    return .text(ids.prefix(namedMax).map(String.init).joined(separator: ", ") + more)
  }

  private static func state(
    of worker: WorkerRecord, now: Timestamp
  ) -> (name: String, colour: StandardStream.Colour?) {
    if worker.endedAt != nil { return ("ended", nil) }
    return worker.isAlive(at: now) ? ("alive", .green) : ("dead", .red)
  }
}

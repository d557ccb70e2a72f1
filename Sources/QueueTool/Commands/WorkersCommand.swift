import ArgumentParser
import Database
import JobQueue
import Operations
import Timekeeping

struct WorkersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "workers", abstract: "Lists worker processes: alive, dead, or ended.",
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
      let workers = try await desk.store.read { [limit = limit.limit] in try WorkerTable.list(limit: limit, in: $0) }
      desk.screen.show(Self.listing(workers, now: desk.program.clock.now(), as: format.format), as: format.format)
      return .done
    }
  }

  static func listing(_ workers: [WorkerRecord], now: Timestamp, as format: OutputFormat) -> Listing {
    Listing(
      name: "workers",
      columns: [
        .init(title: "WORKER", field: "id"), .init(title: "STATE", field: "state"),
        .init(title: "SEEN", field: "seen_seconds_ago", isNumber: true), .init(title: "STARTED", field: "started_at"),
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
          .time(worker.startedAt), .optional(worker.endedAt), .text(worker.host), .int(worker.pid),
          .text(worker.version), .list(worker.queues), .list(worker.kinds),
        ]
      }, whenEmpty: "No worker was ever started.")
  }

  private static func state(
    of worker: WorkerRecord, now: Timestamp
  ) -> (name: String, colour: StandardStream.Colour?) {
    if worker.endedAt != nil { return ("ended", nil) }
    return worker.isAlive(at: now) ? ("alive", .green) : ("dead", .red)
  }
}

import ArgumentParser
import Database
import JobQueue
import Operations
import Timekeeping

struct SchedulesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schedules", abstract: "Lists schedules and their next tick, or the ticks of one, newest first.",
    discussion: """
      For example what was missed: lead-queue schedules --ticks replenishment --outcome missed

      Each due time ends as enqueued, skipped (something stood in the way) or missed (nobody looked in time).
      """)

  @OptionGroup var common: ProgramOptions
  @Option(name: .long, help: ArgumentHelp("The ticks of this schedule.", valueName: "name")) var ticks: String?
  @Option(name: .long, help: .choice("Only ticks that ended so", TickOutcome.self), transform: choice)
  var outcome: TickOutcome?
  @OptionGroup var limit: LimitOption
  @OptionGroup var format: FormatOption

  func validate() throws {
    if outcome != nil, ticks == nil { throw ValidationError("--outcome goes with --ticks") }
  }

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let listing = try await desk.store.read { [self, now = desk.program.clock.now()] transaction in
        guard let ticks else {
          return try Self.schedules(limit: limit.limit, now: now, as: format.format, in: transaction)
        }
        guard try ScheduleTable.find(ticks, in: transaction) != nil else { throw ScheduleError.unknown(ticks) }
        return Self.ticks(try ScheduleTable.ticks(of: ticks, outcome: outcome, limit: limit.limit, in: transaction))
      }
      desk.screen.show(listing, as: format.format)
      return .done
    }
  }

  /// The schedules with what is next, what was last, and who keeps them.
  static func schedules(
    limit: Int, now: Timestamp, as format: OutputFormat, in transaction: Transaction
  ) throws -> Listing {
    let leader = try LeadershipTable.current(Ticker.defaultRole, in: transaction)
    let holder = leader.flatMap { $0.isHeld(at: now) ? $0.holder : nil }
    let rows = try ScheduleTable.list(limit: limit, in: transaction).map { record -> [Listing.Cell] in
      let schedule = record.schedule
      let last = try ScheduleTable.ticks(of: schedule.name, limit: 1, in: transaction).first
      return [
        .text(schedule.name), .text(format == .table ? schedule.timing.shown : schedule.timing.text),
        .optional(record.nextMoment(now: now)), .optional(last?.at),
        last.map { .text($0.outcome.rawValue, $0.outcome.colour) } ?? .none,
        .text(schedule.timing.zoneName), .text(schedule.overlap.rawValue), .text(schedule.catchUp.rawValue),
        holder.map { .text(format == .table ? ProcessIdentity.shortName(of: $0) : $0) } ?? .none,
        .optional(leader.map { Int64($0.term) }),
      ]
    }
    return listing(rows)
  }

  static func listing(_ rows: [[Listing.Cell]]) -> Listing {
    Listing(
      name: "schedules",
      columns: [
        .init(title: "SCHEDULE", field: "name"), .init(title: "TIMING", field: "timing"),
        .init(title: "NEXT", field: "next_at"), .init(title: "LAST", field: "last_at", isDispensable: true),
        .init(title: "OUTCOME", field: "last_outcome"), .init(title: "ZONE", field: "zone", isDispensable: true),
        .init(title: "OVERLAP", field: "overlap", isDispensable: true),
        .init(title: "CATCH-UP", field: "catch_up", isDispensable: true),
        .init(title: "LEADER", field: "leader", widthMin: 8, isDispensable: true),
        .init(title: "TERM", field: "term", isNumber: true, isDispensable: true),
      ], rows: rows, whenEmpty: "No schedule was ever declared. lead-scheduler --mode continuous declares its own.")
  }

  static func ticks(_ ticks: [TickRecord]) -> Listing {
    Listing(
      name: "ticks",
      columns: [
        .init(title: "DUE", field: "at"), .init(title: "OUTCOME", field: "outcome"),
        .init(title: "JOB", field: "job_id", isNumber: true),
        .init(title: "RECORDED", field: "recorded_at", isDispensable: true),
        .init(title: "TERM", field: "term", isNumber: true, isDispensable: true),
        .init(title: "REASON", field: "reason", widthMin: 12),
      ],
      rows: ticks.map { tick in
        [
          .time(tick.at), .text(tick.outcome.rawValue, tick.outcome.colour), .optional(tick.jobID),
          .time(tick.recordedAt), .int(tick.term), .optional(tick.reason),
        ]
      }, whenEmpty: "No such ticks.")
  }
}

extension TickOutcome {
  /// As in StateColour: yellow is worth a look, red needs somebody.
  fileprivate var colour: StandardStream.Colour? {
    switch self {
    case .enqueued: .green
    case .skipped: .yellow
    case .missed: .red
    }
  }
}

extension ScheduleTiming {
  /// For people.
  fileprivate var shown: String {
    switch self {
    case .cron(let expression, _): expression.description
    case .every(let interval):
      interval < .seconds(1) ? "every \(interval.milliseconds) ms" : "every \(ShownTime.span(interval))"
    }
  }
}

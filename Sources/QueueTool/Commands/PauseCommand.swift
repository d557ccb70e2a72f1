import ArgumentParser
import Database
import JobQueue
import LeadStore
import Operations
import Replenishment
import Timekeeping

/// `--queue` or `--kind`.
struct PauseTarget: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("A queue.", valueName: "name")) var queue: String?
  @Option(name: .long, help: ArgumentHelp("A kind of jobs, in whatever queue.", valueName: "name")) var kind: String?

  func validate() throws {
    guard (queue == nil) != (kind == nil) else { throw ValidationError("Give one of --queue and --kind.") }
    guard !name.isEmpty else { throw ValidationError("The name is empty.") }
  }

  var scope: Pause.Scope { queue == nil ? .kind : .queue }
  var name: String { queue ?? kind ?? "" }
  var words: String { "\(scope.rawValue) \(name.escapingUnprintable())" }
}

struct PauseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Stops a queue or a kind: no job of it starts until it is resumed.",
    discussion: """
      For example: lead-queue pause --queue upload --reason "the CRM is being maintained"

      What runs goes on to its end. The pause holds for all workers, outlasts restarts, and is shown by `lead-queue \
      stats`, `jobs` and `why`. Jobs are still enqueued.
      """)

  @OptionGroup var common: ProgramOptions
  @OptionGroup var target: PauseTarget
  @OptionGroup var reason: ReasonOption

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let (actor, now) = (Person.name(), desk.program.clock.now())
      let (scope, name) = (target.scope, target.name)
      let (former, running) = try await desk.store.write(.power) { [reason = reason.reason] in
        try Self.pause(scope, name, because: reason, actor: actor, now: now, in: $0)
      }
      desk.screen.tell(Self.lines(target.words, former: former, running: running, desk.screen.time))
      if scope == .kind, !JobKind.allCases.map(\.rawValue).contains(name) {
        Message.warn("this version knows no kind \(name.escapingUnprintable()); see `lead-queue jobs`.")
      }
      return .done
    }
  }

  /// Returns the pause that there was, and how many jobs run. Throws `ToolError.noQueue`.
  static func pause(
    _ scope: Pause.Scope, _ name: String, because reason: String, actor: String, now: Timestamp,
    in transaction: Transaction
  ) throws -> (former: Pause?, running: Int) {
    guard try scope == .kind || JobTable.queueNames(in: transaction).contains(name) else {
      throw ToolError.noQueue(name.escapingUnprintable(), known: try JobTable.queueNames(in: transaction))
    }
    let former = try PauseTable.pause(scope, name, by: actor, because: reason, now: now, in: transaction)
    if former == nil {
      try Desk.audit(
        scope == .queue ? .queuePaused : .kindPaused, subject: "\(scope.rawValue) \(name)", reason: reason,
        actor: actor, now: now, in: transaction)
    }
    return (former, try running(scope, name, in: transaction))
  }

  /// More running jobs than this are "at least".
  private static let runningMax = 1000

  private static func running(_ scope: Pause.Scope, _ name: String, in transaction: Transaction) throws -> Int {
    var filter = JobTable.Filter(state: .leased, limit: runningMax)
    switch scope {
    case .queue: filter.queue = name
    case .kind: filter.kinds = [name]
    }
    return try JobTable.list(filter, in: transaction).count
  }

  static func lines(_ words: String, former: Pause?, running: Int, _ time: ShownTime) -> [String] {
    let goesOn =
      switch running {
      case 0: "Nothing of it runs."
      case 1: "1 job of it runs and goes on to its end."
      default: "\(running)\(running == runningMax ? " or more" : "") jobs of it run and go on to their end."
      }
    guard let former else { return ["Paused the \(words): no job of it starts until it is resumed. \(goesOn)"] }
    return [
      "The \(words) is paused already, since \(time.table(former.pausedAt)) (\(time.zoneName)) by \(former.pausedBy): "
        + former.reason, goesOn,
    ]
  }
}

import ArgumentParser
import Database
import JobQueue
import LeadStore
import Operations
import Timekeeping

struct ResumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Ends a pause: jobs of the queue or kind start again.",
    discussion: #"For example: lead-queue resume --queue upload --reason "the CRM is back""#)

  @OptionGroup var common: ProgramOptions
  @OptionGroup var target: PauseTarget
  @OptionGroup var reason: ReasonOption

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let (actor, now) = (Person.name(), desk.program.clock.now())
      let (scope, name) = (target.scope, target.name)
      let former = try await desk.store.write(.power) { [reason = reason.reason] in
        try Self.resume(scope, name, because: reason, actor: actor, now: now, in: $0)
      }
      desk.screen.tell([
        former.map {
          "Resumed the \(target.words); it was paused for \(ShownTime.span(now - $0.pausedAt)) by \($0.pausedBy): "
            + $0.reason
        } ?? "The \(target.words) is not paused."
      ])
      return .done
    }
  }

  /// Returns the pause that ended; nil when there was none.
  static func resume(
    _ scope: Pause.Scope, _ name: String, because reason: String, actor: String, now: Timestamp,
    in transaction: Transaction
  ) throws -> Pause? {
    guard let former = try PauseTable.resume(scope, name, in: transaction) else { return nil }
    try Desk.audit(
      scope == .queue ? .queueResumed : .kindResumed, subject: "\(scope.rawValue) \(name)", reason: reason,
      detail: ["paused_by": former.pausedBy, "paused_because": former.reason], actor: actor, now: now,
      in: transaction)
    return former
  }
}

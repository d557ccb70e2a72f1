import ArgumentParser
import Database
import LeadStore
import Operations
import Timekeeping

struct CooldownClearCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clear", abstract: "Ends the cooldown: the next cycle may upload at once, within all other limits.",
    discussion: #"For example: lead-queue cooldown clear --reason "the morning's upload was a test""#)

  @OptionGroup var common: ProgramOptions
  @OptionGroup var reason: ReasonOption

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let (actor, now) = (Person.name(), desk.program.clock.now())
      let last = try await desk.store.write(.power) { [reason = reason.reason] in
        try Self.clear(because: reason, actor: actor, now: now, in: $0)
      }
      desk.screen.show(
        last.map {
          "Cooldown cleared; the last upload was at \(desk.screen.time.table($0)) (\(desk.screen.time.zoneName))."
        }
          ?? "No cooldown to clear: nothing was uploaded since it was last cleared.")
      return .done
    }
  }

  /// Returns when the last upload was; nil when there was no cooldown.
  static func clear(
    because reason: String, actor: String, now: Timestamp, in transaction: Transaction
  ) throws -> Timestamp? {
    let last = try CooldownTable.lastRequest(in: transaction)
    guard try CooldownTable.clear(in: transaction) else { return nil }
    try Desk.audit(.cooldownCleared, subject: "cooldown", reason: reason, actor: actor, now: now, in: transaction)
    return last
  }
}

import ArgumentParser
import Database
import LeadStore
import Operations

struct AuditVerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Checks that no entry of the audit trail was changed, removed or inserted.",
    discussion: """
      Each entry carries the hash of the one before. Names the first entry that breaks the chain; exit code 1 then.

      For example: lead-queue audit verify --format json
      """)

  @OptionGroup var common: ProgramOptions
  @OptionGroup var format: FormatOption

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let verdict = try await desk.store.read { try AuditTable.verify(in: $0) }
      switch format.format {
      case .table: show(verdict, on: desk.screen)
      case .json:
        desk.screen.show(
          .object([
            ("is_whole", .boolean(verdict.firstBreak == nil)), ("entries", .integer(verdict.entries)),
            ("first_broken_entry", .optional(verdict.firstBreak?.entryID)),
            ("reason", .optional(verdict.firstBreak?.reason)),
          ]))
      }
      return verdict.firstBreak == nil ? .done : .failed
    }
  }

  private func show(_ verdict: AuditVerdict, on screen: Screen) {
    guard let broken = verdict.firstBreak else {
      screen.show(screen.coloured("The audit trail is whole: \(verdict.entries) entries.", .green))
      return
    }
    screen.show(
      screen.coloured("The audit trail is broken at entry \(broken.entryID): \(broken.reason).", .red)
        + " The \(verdict.entries) entries before it are as they were written. Somebody wrote to the store by other "
        + "means "
        + "than these programs: compare it with a backup.")
  }
}

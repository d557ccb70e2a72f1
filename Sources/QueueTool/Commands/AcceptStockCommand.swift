import ArgumentParser
import Database
import LeadStore
import Leads
import Operations
import Timekeeping

struct AcceptStockCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accept-stock", abstract: "Accepts the latest reading of the CRM that was held as implausible.",
    discussion: """
      A reading that falls by more than half without an explanation is held, and nothing is uploaded on it. When it is \
      right, accept it; the next cycle works from there.

      For example: lead-queue accept-stock --reason "sales closed the old leads in bulk"
      """)

  @OptionGroup var common: ProgramOptions
  @OptionGroup var reason: ReasonOption

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let (actor, now) = (Person.name(), desk.program.clock.now())
      let (held, stock) = try await desk.store.write(.power) { [reason = reason.reason] in
        try Self.accept(because: reason, actor: actor, now: now, in: $0)
      }
      desk.screen.show(
        "Accepted snapshot \(held.id) of \(desk.screen.time.table(held.beganAt)): \(stock.total) total, "
          + "\(stock.available) available. The next cycle works from it.")
      return .done
    }
  }

  /// Throws `ToolError.nothingHeld`.
  static func accept(
    because reason: String, actor: String, now: Timestamp, in transaction: Transaction
  ) throws -> (SnapshotRow, Stock) {
    guard let held = try SnapshotTable.heldSinceAccepted(in: transaction).last, let stock = held.stock else {
      throw ToolError.nothingHeld
    }
    try SnapshotTable.judge(held.id, .accepted, reason: "accepted by \(actor): \(reason)", in: transaction)
    try Desk.audit(
      .stockAccepted, subject: "snapshot \(held.id)", reason: reason,
      detail: ["total": stock.total, "available": stock.available], actor: actor, now: now, in: transaction)
    return (held, stock)
  }
}

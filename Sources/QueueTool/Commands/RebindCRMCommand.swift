import ArgumentParser
import Connectors
import Database
import LeadStore
import Operations
import Timekeeping

struct RebindCRMCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebind-crm", abstract: "Lets the store serve the CRM at another address.",
    discussion: """
      A store remembers its CRM and refuses another one, because its books would be wrong there. Rebind it when the \
      same CRM has moved.

      For example: lead-queue rebind-crm https://crm.example.com --reason "moved to https"
      """)

  @OptionGroup var common: ProgramOptions
  @Argument(help: ArgumentHelp("Base URL of the CRM, without user and password.", valueName: "url")) var url: String
  @OptionGroup var reason: ReasonOption

  func run() async throws {
    try await runningCommand {
      guard let address = CRMAddress(url)?.text else {
        throw ProgramError.usage("Expected a URL such as http://127.0.0.1:8006, without user, password and query.")
      }
      let desk = try await Desk.open(common)
      let (actor, now) = (Person.name(), desk.program.clock.now())
      let (former, open) = try await desk.store.write(.power) { [reason = reason.reason] in
        try Self.rebind(to: address, because: reason, actor: actor, now: now, in: $0)
      }
      guard former != address else {
        desk.screen.show("The store serves \(address) already.")
        return .done
      }
      desk.screen.show("The store serves \(address) from now on" + (former.map { "; before: \($0)." } ?? "."))
      if open > 0 {
        Message.warn(
          "\(open) batches are not settled: their leads are now looked for, and sent, at the new address. If it is "
            + "another "
            + "CRM, rebind to the old one first and let them end.")
      }
      return .done
    }
  }

  /// Returns the former address and how many batches are open.
  static func rebind(
    to address: String, because reason: String, actor: String, now: Timestamp, in transaction: Transaction
  ) throws -> (former: String?, open: Int) {
    let former = try StoreIdentityTable.crm(in: transaction)
    let open = try BatchTable.openCount(in: transaction)
    guard former != address else { return (former, open) }
    try StoreIdentityTable.rebind(crm: address, now: now, in: transaction)
    try Desk.audit(
      .crmRebound, subject: address, reason: reason, detail: ["former": former ?? "none"], actor: actor, now: now,
      in: transaction)
    return (former, open)
  }
}

import ArgumentParser
import Database
import LeadStore
import Leads
import Operations
import Timekeeping

struct RequeueCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "requeue", abstract: "Gives rejected leads back to the catalog, for a later plan to upload again.",
    discussion: """
      For leads that the CRM refused by mistake, such as by a rule that has been mended there. `lead-queue leads \
      --state rejected` lists them with their reasons. Leads that are gone from the CRM are given back by `lead-queue \
      verify --repair`, which looks for them first.

      For example: lead-queue requeue npi:1234567893 --reason "the CRM's check of states was wrong"

      Doing it again changes nothing. Exit code 1 when a lead could not be requeued; the others are.
      """)

  @OptionGroup var common: ProgramOptions
  @Argument(help: ArgumentHelp("Keys or npis, as `leads` shows them; at most 1000.", valueName: "key")) var keys:
    [String]
  @OptionGroup var reason: ReasonOption
  @OptionGroup var format: FormatOption

  func validate() throws {
    guard keys.count <= 1000 else { throw ValidationError("Give at most 1000 keys at once.") }
  }

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let results = try await Requeueing(store: desk.store, now: desk.program.clock.now()).run(
        keys, reason: reason.reason, actor: Person.name())
      desk.screen.show(Requeueing.listing(results), as: format.format)
      return results.allSatisfy(\.isRequeued) ? .done : .failed
    }
  }
}

import ArgumentParser
import Database
import LeadStore
import Operations

/// What `leads --state` may name.
enum LeadChoice: String, ExpressibleByArgument, CaseIterable {
  case available, withdrawn, selected, created, duplicate, rejected
  /// Sent, and not known to be in the CRM or not.
  case unresolved

  /// The catalog's word for it.
  var catalogState: LeadState? { LeadState(rawValue: rawValue) }
}

struct LeadsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "leads", abstract: "Lists leads by their standing: key, class, score, source and line.",
    discussion: """
      For example what could not be used, and why: lead-queue leads --state rejected

      `rejected` shows the leads that the CRM refused and the records of the sources that cannot be used. `lead-queue \
      inspect --lead KEY` shows the whole history of one lead.
      """)

  @OptionGroup var common: ProgramOptions
  @Option(name: .long, help: "Only leads with this standing.") var state: LeadChoice?
  @OptionGroup var limit: LimitOption
  @OptionGroup var format: FormatOption

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let rows = try await desk.store.read { [state, limit = limit.limit] transaction in
        switch state {
        case .unresolved: try BatchTable.unresolved(limit: limit, in: transaction).map(Self.row)
        case .rejected: try Self.rejected(limit: limit, in: transaction)
        default:
          try CatalogTable.list(state: state?.catalogState, limit: limit, in: transaction).map(Self.row)
        }
      }
      desk.screen.show(Self.listing(rows), as: format.format)
      return .done
    }
  }
}

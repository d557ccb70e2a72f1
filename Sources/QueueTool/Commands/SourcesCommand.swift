import ArgumentParser
import Database
import LeadStore
import Operations

struct SourcesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sources", abstract: "Lists the source files: what was read from them, and what is wrong with them.",
    discussion: """
      For example: lead-queue sources --format json

      `lead-queue leads --state rejected` names each record that cannot be used, with its line and the reason.
      """)

  @OptionGroup var common: ProgramOptions
  @OptionGroup var format: FormatOption

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let sources = try await desk.store.read { try SourceTable.list(in: $0) }
      desk.screen.show(Self.listing(sources), as: format.format)
      return .done
    }
  }

  static func listing(_ sources: [SourceRow]) -> Listing {
    Listing(
      name: "sources",
      columns: [
        .init(title: "SOURCE", field: "path", widthMin: 9), .init(title: "STATE", field: "state"),
        .init(title: "RECORDS", field: "records", isNumber: true),
        .init(title: "USABLE", field: "usable", isNumber: true),
        .init(title: "REPEATED", field: "repeated", isNumber: true, isDispensable: true),
        .init(title: "REJECTED", field: "rejected", isNumber: true),
        .init(title: "READ", field: "read_at", isDispensable: true),
        .init(title: "PROBLEM", field: "problem", widthMin: 9),
      ],
      rows: sources.map { source in
        [
          .text(source.path), .text(source.state.rawValue, source.state.colour), .int(source.counts.records),
          .int(source.counts.usable), .int(source.counts.repeated), .int(source.counts.rejected),
          .optional(source.readAt), .optional(source.problem),
        ]
      }, whenEmpty: "No source was ever read.")
  }
}

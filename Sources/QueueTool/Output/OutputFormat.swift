import ArgumentParser

/// How a command shows its results.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  /// For people.
  case table
  /// One document for programs; field names are stable, times are ISO 8601 with zone.
  case json
}

/// `--format`, for every command that lists or inspects.
struct FormatOption: ParsableArguments {
  @Option(name: .long, help: "table, for people, or json: one document with stable field names.")
  var format = OutputFormat.table
}

/// `--limit`, for every command that lists.
struct LimitOption: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("At most so many rows.", valueName: "n"))
  var limit = 50

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be at least 1.") }
  }
}

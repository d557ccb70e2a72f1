package import ArgumentParser

/// Options that every command takes.
package struct ProgramOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp("The store: path of a SQLite file, or postgresql://… without a password.", valueName: "path|url")
  )
  package var store: String?

  @Option(name: .long, help: ArgumentHelp("The configuration file (JSON with comments).", valueName: "file"))
  package var config: String?

  package init() {}

  /// Where the program's settings come from.
  package func source(intervalMinutes: Double? = nil) -> ConfigurationSource {
    ConfigurationSource(file: config, store: store, intervalMinutes: intervalMinutes)
  }
}

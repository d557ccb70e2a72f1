import Foundation

/// A configuration and the environment that goes with it: all a program needs to begin.
package struct Settings: Sendable, Equatable {
  /// Command line over environment over file over defaults.
  package var configuration: Configuration
  package var environment: Environment
  /// The file that was read; nil when the defaults hold.
  package var file: String?

  /// Lines to be logged once at start, as warnings: variables that nothing reads.
  package var warnings: [String] { environment.warnings }
}

/// Where a configuration comes from, remembered so that it can be loaded again: on SIGHUP, or by another command.
package struct ConfigurationSource: Sendable {
  /// Read when no file is named and it exists.
  package static let defaultFile = "config/automation_config.json"

  /// `--config`; nil: the default file if it exists, else the defaults.
  package var file: String?
  /// Where the default file is looked for.
  var fallbackFile = ConfigurationSource.defaultFile
  /// `--store`.
  package var store: String?
  /// `--interval`, minutes.
  package var intervalMinutes: Double?
  /// The variables of the environment; those named `…_FILE` are read again at each load.
  package var variables: [String: String]

  package init(
    file: String? = nil, store: String? = nil, intervalMinutes: Double? = nil,
    variables: [String: String] = ConfigurationSource.processVariables()
  ) {
    self.file = file
    self.store = store
    self.intervalMinutes = intervalMinutes
    self.variables = variables
  }

  /// Reads file and environment. Throws `.missing` and `.unreadable` for the file, `.invalid` with every problem of file
  /// and environment, `.passwordInArgument` and `.argument` for the command line. Nothing is kept of a failed load.
  package func load() throws(ConfigurationError) -> Settings {
    let overrides = try checkedArguments()
    let (environment, environmentProblems) = Environment.read(variables)
    var problems = environmentProblems
    var configuration = Configuration()
    let path = file ?? (TextFile.exists(fallbackFile) ? fallbackFile : nil)
    if let path {
      let decoded = ConfigurationDecoder.decode(try ConfigurationSource.text(of: path), file: path)
      configuration = decoded.configuration
      problems = decoded.problems + problems
    }
    if let problem = HolidayList.load(into: &configuration, file: path) { problems.append(problem) }
    if !problems.isEmpty { throw .invalid(problems) }
    if let logLevel = environment.logLevel { configuration.monitoring.logLevel = logLevel }
    if let crmURL = environment.crmURL { configuration.crm.baseURL = crmURL }
    if let location = overrides.store ?? environment.store { configuration.store.location = location }
    if let schema = environment.storeSchema { configuration.store.schema = schema }
    if let interval = overrides.interval { configuration.monitoring.checkInterval = interval }
    return Settings(configuration: configuration, environment: environment, file: path)
  }

  /// Loads again. When it throws, the configuration in use stays the valid one.
  package func reload() throws(ConfigurationError) -> Configuration { try load().configuration }

  /// The variables of this process.
  package static func processVariables() -> [String: String] {
    ProcessInfo.processInfo.environment
  }

  private func checkedArguments() throws(ConfigurationError) -> (store: StoreLocation?, interval: Duration?) {
    var location: StoreLocation?
    if let store {
      try Environment.refusePassword(inArgument: store)
      guard let parsed = StoreLocation(store) else {
        throw .argument(option: "--store", expected: TextForm.storeLocation.expectation)
      }
      location = parsed
    }
    guard let intervalMinutes else { return (location, nil) }
    // The same key judges the option and the file.
    var configuration = Configuration()
    for key in ConfigurationKey.all where key.path == "monitoring.check_interval_minutes" {
      guard key.accepts(.number(intervalMinutes)) else {
        throw .argument(option: "--interval", expected: key.expectation)
      }
      key.set(.number(intervalMinutes), in: &configuration)
    }
    return (location, configuration.monitoring.checkInterval)
  }

  private static func text(of path: String) throws(ConfigurationError) -> String {
    do {
      return try TextFile.read(path)
    } catch {
      switch error {
      case .missing: throw .missing(file: path)
      case .unreadable(let reason): throw .unreadable(file: path, reason: reason)
      }
    }
  }
}

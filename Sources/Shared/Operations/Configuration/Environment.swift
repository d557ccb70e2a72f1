package import Logging
package import Timekeeping

/// What the `LEAD_*` variables say. Empty values count as unset; secrets print as `•••`.
package struct Environment: Sendable, Equatable {
  package var store: StoreLocation?
  /// Of a store on PostgreSQL.
  package var storeSchema: String?
  /// Base URL of the CRM, without slash at the end.
  package var crmURL: String?
  package var crmUsername: String?
  package var crmPassword: Secret?
  /// URL or keywords of libpq; show it by `DatabaseAddress.redacted` only.
  package var crmDatabaseURL: Secret?
  package var smtpURL: Secret?
  package var smtpUsername: String?
  package var smtpPassword: Secret?
  package var smtpFrom: String?
  /// Certificates in PEM.
  package var smtpCertificates: String?
  package var slackWebhookURL: Secret?
  /// What visitors of the dashboard must know.
  package var dashboardToken: Secret?
  package var logLevel: Logger.Level?
  package var logFormat: LogFormat?
  package var logFile: String?
  /// Where programs that run on write what they measure.
  package var metricsFile: String?
  /// `LEAD_NOW`: when the clock starts.
  package var now: Timestamp?
  /// `NO_COLOR` is set to something.
  package var isColourRefused = false
  /// Variables that begin with `LEAD_` and are read by nothing, each with the nearest known name. To be logged once.
  package var warnings: [String] = []

  /// An environment that says nothing; every default holds.
  package init() {}

  /// Reads `variables`, and the files that `…_FILE` variables name; one newline at the end of a file is dropped. Throws
  /// `.invalid` with every problem: a file that cannot be read, a variable given both ways, a value that means nothing.
  package init(variables: [String: String]) throws(ConfigurationError) {
    let read = Environment.read(variables)
    if !read.problems.isEmpty { throw .invalid(read.problems) }
    self = read.environment
  }

  /// The clock to use: the machine's, or one started at `LEAD_NOW`.
  package var clock: WallClock { now.map(WallClock.init(startingAt:)) ?? .system }

  /// Refuses any argument of the command line that holds a password: it would show in the process list. Throws
  /// `.passwordInArgument` (exit 64); the argument is not repeated.
  package static func refusePassword(inArguments arguments: [String]) throws(ConfigurationError) {
    for argument in arguments { try refusePassword(inArgument: argument) }
  }

  package static func refusePassword(inArgument argument: String) throws(ConfigurationError) {
    if DatabaseAddress.holdsPassword(argument) { throw .passwordInArgument }
  }

  /// The same as `init(variables:)`, with the problems as values, so that they can be shown beside those of the file.
  static func read(_ variables: [String: String]) -> (environment: Environment, problems: [ConfigurationProblem]) {
    var reader = EnvironmentReader(variables: variables)
    var environment = Environment()
    environment.store = reader.read(.store, "the path of a SQLite file, or postgresql://…") { StoreLocation($0) }
    environment.storeSchema = reader.read(.storeSchema, TextForm.schemaName.expectation) {
      TextForm.schemaName.accepts($0) ? $0 : nil
    }
    environment.crmURL = reader.read(.crmURL, TextForm.baseURL.expectation) {
      TextForm.baseURL.accepts($0) ? TextForm.withoutTrailingSlashes($0) : nil
    }
    environment.crmUsername = reader.text(.crmUsername)
    environment.crmPassword = reader.text(.crmPassword).map(Secret.init)
    environment.crmDatabaseURL = reader.text(.crmDatabaseURL).map(Secret.init)
    environment.smtpURL = reader.text(.smtpURL).map(Secret.init)
    environment.smtpUsername = reader.text(.smtpUsername)
    environment.smtpPassword = reader.text(.smtpPassword).map(Secret.init)
    environment.smtpFrom = reader.text(.smtpFrom)
    environment.smtpCertificates = reader.text(.smtpCertificates)
    environment.slackWebhookURL = reader.text(.slackWebhookURL).map(Secret.init)
    environment.dashboardToken = reader.text(.dashboardToken).map(Secret.init)
    let levels = LogLevel.accepted.joined(separator: ", ")
    environment.logLevel = reader.read(.logLevel, "one of \(levels)", parse: LogLevel.parse)
    let formats = LogFormat.allCases.map(\.rawValue).joined(separator: ", ")
    environment.logFormat = reader.read(.logFormat, "one of \(formats)") { LogFormat(rawValue: $0.lowercased()) }
    environment.logFile = reader.text(.logFile)
    environment.metricsFile = reader.text(.metricsFile)
    environment.now = reader.read(.now, "a moment with zone, such as 2026-11-22T10:00:00-05:00") {
      ISO8601.timestamp(of: $0)
    }
    environment.isColourRefused = variables["NO_COLOR"].map { !$0.isEmpty } ?? false
    environment.warnings = unknownVariables(variables)
    return (environment, reader.problems)
  }

  private static func unknownVariables(_ variables: [String: String]) -> [String] {
    var known = EnvironmentVariable.allCases.flatMap { [$0.rawValue, $0.fileVariable] }
    #if DEBUG
      known += CrashPoints.variables
    #endif
    return variables.keys.filter { $0.hasPrefix("LEAD_") && !known.contains($0) }.sorted().map { name in
      let nearest = nearestName(to: name, in: known).map { "; the nearest known one is \($0)" } ?? ""
      return "nothing reads the variable \(name.escapingUnprintable())\(nearest)"
    }
  }
}

/// Takes variables one by one and notes what is wrong with them.
private struct EnvironmentReader {
  let variables: [String: String]
  var problems: [ConfigurationProblem] = []

  /// The variable's value or that of its file; nil when unset, empty, or unreadable (noted).
  mutating func text(_ variable: EnvironmentVariable) -> String? {
    let direct = variables[variable.rawValue].flatMap { $0.isEmpty ? nil : $0 }
    guard let path = variables[variable.fileVariable], !path.isEmpty else { return direct }
    if direct != nil {
      note(variable.rawValue, "set together with \(variable.fileVariable); unset one of them")
      return nil
    }
    do {
      var text = try TextFile.read(path)
      if text.utf8.last == UInt8(ascii: "\n") { text = text.droppingNewline() }
      return text.isEmpty ? nil : text
    } catch {
      switch error {
      case .missing: note(variable.fileVariable, "there is no file \(path)")
      case .unreadable(let reason): note(variable.fileVariable, "the file \(path) cannot be read: \(reason)")
      }
      return nil
    }
  }

  /// The parsed value. One that cannot be parsed is noted; the value itself is not repeated, for it may be a secret.
  mutating func read<Value>(
    _ variable: EnvironmentVariable, _ expected: String, parse: (String) -> Value?
  ) -> Value? {
    guard let text = text(variable) else { return nil }
    let value = parse(text)
    if value == nil { note(variable.rawValue, "expected \(expected)") }
    return value
  }

  private mutating func note(_ name: String, _ why: String) {
    problems.append(ConfigurationProblem(file: nil, line: nil, key: name, reason: .variable(why)))
  }
}

extension String {
  /// Without the newline at the end, `\n` or `\r\n`.
  fileprivate func droppingNewline() -> String {
    var bytes = utf8.dropLast()
    if bytes.last == UInt8(ascii: "\r") { bytes = bytes.dropLast() }
    return String(bytes) ?? self
  }
}

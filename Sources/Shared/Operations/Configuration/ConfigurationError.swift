/// Why no configuration could be had. Texts hold no secret; one problem a line.
package enum ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  /// `--config` names a file that does not exist.
  case missing(file: String)
  /// The file exists but cannot be read, or is no text, or is larger than any configuration.
  case unreadable(file: String, reason: String)
  /// Everything that is wrong in the file and in the environment, in the order of the file.
  case invalid([ConfigurationProblem])
  /// An argument holds a password; every user of the machine can read it in the process list.
  case passwordInArgument
  /// The value of a command-line option is none that the option takes.
  case argument(option: String, expected: String)

  package var exitStatus: ExitStatus {
    switch self {
    case .missing, .unreadable, .invalid: .configuration
    case .passwordInArgument, .argument: .usage
    }
  }

  package var description: String {
    switch self {
    case .missing(let file):
      "\(file): there is no such configuration file; check the path given with --config"
    case .unreadable(let file, let reason):
      "\(file): the configuration file cannot be read: \(reason)"
    case .invalid(let problems):
      problems.map(\.description).joined(separator: "\n")
    case .passwordInArgument:
      "an argument holds a password, which every user of this machine could read in the process list; "
        + "use the environment (LEAD_STORE), a file named by LEAD_STORE_FILE, or libpq's password file"
    case .argument(let option, let expected):
      "\(option): expected \(expected)"
    }
  }
}

/// One thing that is wrong, and where.
package struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
  package enum Reason: Sendable, Equatable {
    /// Not JSON.
    case syntax(String)
    /// No key has this name; `nearest` is the known key that looks most like it.
    case unknownKey(nearest: String)
    /// A key that asks for a secret; `variable` of the environment is its place.
    case secret(variable: String)
    /// Wrong type, out of range, or not one of the choices.
    case wrongValue(expected: String, found: String)
    /// The same name twice in one object; the first is on line `first`.
    case repeated(first: Int)
    /// One key in two of the places where it is accepted.
    case givenTwice(elsewhere: String, line: Int)
    /// Each value is allowed, together they are not; says why.
    case impossible(String)
    /// A variable of the environment that cannot be used; says why.
    case variable(String)
  }

  /// Nil for a variable of the environment.
  package var file: String?
  /// From 1; nil where none can be named.
  package var line: Int?
  /// The path of the key as it was written, or the name of the variable; empty for the file as a whole.
  package var key: String
  package var reason: Reason

  package init(file: String?, line: Int?, key: String, reason: Reason) {
    self.file = file
    self.line = line
    self.key = key
    self.reason = reason
  }

  package var description: String {
    let place = file.map { file in line.map { "\(file):\($0): " } ?? "\(file): " } ?? ""
    return place + (key.isEmpty ? "" : key.escapingUnprintable() + ": ") + explanation
  }

  private var explanation: String {
    switch reason {
    case .syntax(let reason): "not valid JSON: \(reason)"
    case .unknownKey(let nearest): "unknown key; the nearest known key is \(nearest)"
    case .secret(let variable):
      "secrets do not belong in the configuration file; set \(variable), or \(variable)_FILE to name a file that holds it"
    case .wrongValue(let expected, let found): "expected \(expected), found \(found)"
    case .repeated(let first): "given twice in the same object, first on line \(first)"
    case .givenTwice(let elsewhere, let line): "given twice, also as \(elsewhere) on line \(line)"
    case .impossible(let why): why
    case .variable(let why): why
    }
  }
}

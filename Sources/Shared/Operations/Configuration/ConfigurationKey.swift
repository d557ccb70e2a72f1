/// One key of the configuration file: the single description from which decoding, messages, the table of docs/CONFIGURATION.md and
/// the check of `config/schema.json` are made. The default is the initial value in `Configuration`.
package struct ConfigurationKey: Sendable {
  /// Which values the key takes.
  package enum Kind: Sendable, Equatable {
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case boolean
    case text(TextForm)
    /// A text of the form, or null.
    case optionalText(TextForm)
    /// One of these words; capitals make no difference.
    case choice([String])
    /// Distinct texts of the form.
    case texts(TextForm)
    /// Distinct texts out of these.
    case choices([String])
    /// An object; `problem` says what is wrong with its members.
    case object
    /// An object with members of this shape.
    case shaped(ValueShape)
  }

  /// The canonical path in the file, names joined by dots.
  package let path: String
  package let kind: Kind
  /// What the value counts, for instance `leads` or `seconds`; empty where there is no unit.
  package let unit: String
  /// What the key does, in one line.
  package let summary: String

  /// What is wrong with the members of an object, in words that go on after "found"; nil when nothing is.
  private let problem: @Sendable ([String: JSONValue]) -> String?
  private let read: @Sendable (Configuration) -> JSONValue
  private let assign: @Sendable (JSONValue, inout Configuration) -> Void

  init(
    path: String, kind: Kind, unit: String, summary: String,
    problem: @escaping @Sendable ([String: JSONValue]) -> String? = { _ in nil },
    read: @escaping @Sendable (Configuration) -> JSONValue,
    assign: @escaping @Sendable (JSONValue, inout Configuration) -> Void
  ) {
    self.path = path
    self.kind = kind
    self.unit = unit
    self.summary = summary
    self.problem = problem
    self.read = read
    self.assign = assign
  }

  /// The names of the path, outermost first.
  package var names: [String] { path.split(separator: ".").map(String.init) }

  package var defaultValue: JSONValue { value(in: Configuration()) }

  /// The key's value, as it would stand in a file.
  package func value(in configuration: Configuration) -> JSONValue { read(configuration) }

  /// Whether the key takes the value.
  package func accepts(_ value: JSONValue) -> Bool { kind.accepts(value) && problem(in: value) == nil }

  private func problem(in value: JSONValue) -> String? {
    if case .object(let members) = value { problem(members) } else { nil }
  }

  /// Sets the key. The value must be one that `accepts` holds for.
  func set(_ value: JSONValue, in configuration: inout Configuration) {
    assign(value, &configuration)
  }
}

extension ConfigurationKey {
  /// What is expected, in words: type, range, unit.
  package var expectation: String { kind.expectation(counted: unit.isEmpty ? "" : " (\(unit))") }

  /// What was found instead, in words.
  func finding(_ value: JSONValue) -> String { problem(in: value) ?? kind.finding(value) }
}

extension ConfigurationKey.Kind {
  /// Whether it takes the value.
  func accepts(_ value: JSONValue) -> Bool {
    switch (self, value) {
    case (.integer(let range), .integer(let number)): range.contains(number)
    case (.number(let range), _): value.asNumber.map(range.contains) ?? false
    case (.boolean, .boolean): true
    case (.text(let form), .text(let text)), (.optionalText(let form), .text(let text)): form.accepts(text)
    case (.optionalText, .null): true
    case (.choice(let choices), .text(let text)): choices.contains(text.lowercased())
    case (.texts(let form), .list(let values)):
      Self.areDistinctTexts(values) { form.accepts($0) }
    case (.choices(let choices), .list(let values)):
      Self.areDistinctTexts(values) { choices.contains($0) }
    case (.object, .object): true
    case (.shaped(let shape), _): shape.accepts(value)
    default: false
    }
  }

  /// What is expected, in words: type and range.
  var expectation: String { expectation(counted: "") }

  /// The same with what is counted.
  fileprivate func expectation(counted: String) -> String {
    switch self {
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)\(counted)"
    case .number(let range):
      "a number from \(Self.plain(range.lowerBound)) to \(Self.plain(range.upperBound))\(counted)"
    case .boolean: "true or false"
    case .text(let form): form.expectation
    case .optionalText(let form): form.expectation + ", or null"
    case .choice(let choices): "one of " + Self.list(choices)
    case .texts(let form): "a list of distinct texts, each " + form.expectation
    case .choices(let choices): "a list of distinct texts out of " + Self.list(choices)
    case .object: "an object"
    case .shaped(let shape): shape.expectation
    }
  }

  /// What was found instead, in words. Numbers and truth values are shown; a text only where it was to be one of a few
  /// words, a time, a date or a zone, so that a secret in the wrong place stays unseen.
  func finding(_ value: JSONValue) -> String {
    switch (value, self) {
    case (.integer, _), (.number, _), (.boolean, _), (.null, _): return value.compactText
    case (.text(let text), .choice), (.text(let text), .text(.timeZone)), (.text(let text), .text(.time)):
      let nearest = nearestChoice(to: text).map { "; the nearest is \"\($0)\"" } ?? ""
      return JSONValue.quoted(text) + nearest
    case (.list(let values), .choices), (.list(let values), .texts):
      guard let wrong = values.firstIndex(where: { !accepts(.list([$0])) }) else { return "the same text twice" }
      let isShown = if case .texts(let form) = self { form == .date } else { true }
      let shown = if case .text = values[wrong], isShown { values[wrong].compactText } else { values[wrong].typeName }
      return "\(shown) at position \(wrong + 1)"
    case (.text, .text), (.text, .optionalText): return "another text"
    default: return value.typeName
    }
  }

  private func nearestChoice(to text: String) -> String? {
    switch self {
    case .choice(let choices): nearestName(to: text, in: choices)
    case .text(.timeZone): nearestName(to: text, in: TextForm.knownTimeZones)
    default: nil
    }
  }

  private static func list(_ choices: [String]) -> String {
    choices.map { JSONValue.quoted($0) }.joined(separator: ", ")
  }

  private static func plain(_ number: Double) -> String {
    Int(exactly: number).map(String.init) ?? String(number)
  }

  private static func areDistinctTexts(_ values: [JSONValue], where isAccepted: (String) -> Bool) -> Bool {
    var seen: Set<String> = []
    return values.allSatisfy { value in
      if case .text(let text) = value { isAccepted(text) && seen.insert(text).inserted } else { false }
    }
  }
}

extension ConfigurationKey {
  /// The table of docs/CONFIGURATION.md, in Markdown: every key with its default, unit, values and meaning.
  package static func markdownTable() -> String {
    var lines = ["| key | default | values | what it does |", "|---|---|---|---|"]
    for key in all {
      lines.append(
        "| `\(key.path)` | `\(key.defaultValue.compactText)` | \(key.expectation) | \(key.summary) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

import Operations

/// A JSON document to be shown: members keep the order they were given in, so that people can read it too.
indirect enum JSONText: Sendable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case number(Double)
  case text(String)
  case list([JSONText])
  case object([(name: String, value: JSONText)])

  static func int(_ value: Int) -> JSONText { .integer(Int64(value)) }
  static func optional(_ value: Int?) -> JSONText { value.map { .int($0) } ?? .null }
  static func optional(_ value: Int64?) -> JSONText { value.map { .integer($0) } ?? .null }
  static func optional(_ value: String?) -> JSONText { value.map { .text($0) } ?? .null }

  /// Indented by two spaces; no newline at the end.
  var pretty: String {
    var text = ""
    append(to: &text, indent: "")
    return text
  }

  private func append(to text: inout String, indent: String) {
    switch self {
    case .null: text += "null"
    case .boolean(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    // JSON has no other numbers.
    case .number(let value): text += value.isFinite ? String(value) : "null"
    case .text(let value): text += JSONValue.quoted(value)
    case .list(let values):
      append(values.map { ("", $0) }, between: "[", "]", to: &text, indent: indent)
    case .object(let members):
      append(members.map { (JSONValue.quoted($0.name) + ": ", $0.value) }, between: "{", "}", to: &text, indent: indent)
    }
  }

  private func append(
    _ items: [(label: String, value: JSONText)], between open: String, _ close: String, to text: inout String,
    indent: String
  ) {
    text += open
    for (index, item) in items.enumerated() {
      text += (index == 0 ? "\n" : ",\n") + indent + "  " + item.label
      item.value.append(to: &text, indent: indent + "  ")
    }
    text += items.isEmpty ? close : "\n" + indent + close
  }
}

/// A JSON value without the place it was written at.
package enum JSONValue: Sendable, Equatable {
  case null
  case boolean(Bool)
  /// A number written without fraction, or with a fraction of zero, that fits.
  case integer(Int)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  /// An integer or a number, as a number.
  package var asNumber: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The kind of value in words, for messages: never shows the content.
  package var typeName: String {
    switch self {
    case .null: "null"
    case .boolean: "true or false"
    case .integer, .number: "a number"
    case .text: "text"
    case .list: "a list"
    case .object: "an object"
    }
  }

  /// Compact JSON, keys in order of their names: equal values give equal text.
  package var compactText: String {
    switch self {
    case .null: "null"
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .number(let value): String(value)
    case .text(let value): JSONValue.quoted(value)
    case .list(let values): "[" + values.map(\.compactText).joined(separator: ", ") + "]"
    case .object(let members):
      "{"
        + members.sorted { $0.key < $1.key }.map { "\(JSONValue.quoted($0.key)): \($0.value.compactText)" }
        .joined(separator: ", ") + "}"
    }
  }

  /// A JSON string literal. Every control and direction-changing character is escaped, so the text stays on one line and
  /// reads as it is.
  package static func quoted(_ text: String) -> String {
    "\"" + text.escapingUnprintable(quotes: true) + "\""
  }
}

extension String {
  /// The text with every control, line-breaking and direction-changing character as an escape of JSON. A log line made
  /// of it cannot be split or redrawn by what somebody else wrote. With `quotes`, `"` and `\` are escaped too.
  package func escapingUnprintable(quotes: Bool = false) -> String {
    let isPlain = unicodeScalars.allSatisfy { !$0.isUnprintable && !(quotes && ($0 == "\"" || $0 == "\\")) }
    if isPlain { return self }
    var escaped = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\n": escaped += "\\n"
      case "\r": escaped += "\\r"
      case "\t": escaped += "\\t"
      case "\"" where quotes: escaped += "\\\""
      case "\\" where quotes: escaped += "\\\\"
      case _ where scalar.isUnprintable:
        let digits = String(scalar.value, radix: 16)
        escaped += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}

extension Unicode.Scalar {
  /// C0 and C1 controls, line and paragraph separators, and the marks that turn the direction of writing.
  fileprivate var isUnprintable: Bool {
    switch value {
    case 0..<0x20, 0x7f..<0xa0, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff: true
    default: false
    }
  }
}

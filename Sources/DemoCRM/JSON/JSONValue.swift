/// A JSON value that keeps what Python's reader tells apart: integers and numbers with a fraction, and the order of
/// keys.
indirect enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  /// A number with fraction or exponent, or an integer beyond 64 bits, in the sender's spelling.
  case number(String)
  case text(String)
  case array([JSONValue])
  case object(JSONObject)

  static func optional(_ text: String?) -> JSONValue { text.map { .text($0) } ?? .null }
  static func optional(_ integer: Int64?) -> JSONValue { integer.map { .integer($0) } ?? .null }
  static func int(_ value: Int) -> JSONValue { .integer(Int64(value)) }

  var isInteger: Bool {
    switch self {
    case .integer: true
    case .number(let spelling): spelling.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (48...57).contains($0) }
    default: false
    }
  }

  var asText: String? {
    if case .text(let text) = self { return text }
    return nil
  }
}

/// The members of a JSON object in their order. A repeated key counts with its last value, as in Python.
struct JSONObject: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  private(set) var members: [(key: String, value: JSONValue)]

  init(members: [(key: String, value: JSONValue)] = []) {
    self.members = members
  }

  init(dictionaryLiteral elements: (String, JSONValue)...) {
    members = elements.map { (key: $0.0, value: $0.1) }
  }

  subscript(_ key: String) -> JSONValue? {
    members.last { $0.key == key }?.value
  }

  mutating func append(_ key: String, _ value: JSONValue) {
    members.append((key: key, value: value))
  }

  static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.members.count == right.members.count
      && zip(left.members, right.members).allSatisfy { $0.key == $1.key && $0.value == $1.value }
  }
}

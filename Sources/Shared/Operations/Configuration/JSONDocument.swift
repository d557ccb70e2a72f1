/// A value and the line it begins on, counted from 1.
struct JSONNode {
  enum Content {
    case scalar(JSONValue)
    case list([JSONNode])
    case object([JSONMember])
  }

  var content: Content
  var line: Int

  /// The value without its places. Of a name given twice the first counts; the document has reported the second.
  var value: JSONValue {
    switch content {
    case .scalar(let value): value
    case .list(let nodes): .list(nodes.map(\.value))
    case .object(let members):
      .object(Dictionary(members.map { ($0.name, $0.value.value) }, uniquingKeysWith: { first, _ in first }))
    }
  }
}

struct JSONMember {
  var name: String
  /// The line of the name.
  var line: Int
  var value: JSONNode
}

/// Where and why a text is not JSON with comments.
struct JSONSyntaxError: Error, Equatable {
  var line: Int
  var reason: String
}

/// A reader of JSON with `//` and `/* */` comments (RFC 8259 otherwise) that keeps the line of every value, so that a
/// problem of the configuration can be shown where it stands. Members keep their order, and names given twice are kept
/// twice: both are for the caller to judge.
struct JSONDocument {
  /// Deeper nesting is refused; no configuration needs it, and the reader recurses.
  private static let depthMax = 32

  /// So much of a name or number is shown in a problem.
  private static let shownMax = 60

  private let bytes: [UInt8]
  private var position = 0
  private var line = 1

  private init(_ text: String) {
    bytes = Array(text.utf8)
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
  }

  static func parse(_ text: String) throws(JSONSyntaxError) -> JSONNode {
    var document = JSONDocument(text)
    let node = try document.readValue(depth: 0)
    try document.skipBlanks()
    if document.position < document.bytes.count {
      throw document.problem("expected the end of the file, found \(document.foundText)")
    }
    return node
  }

  // MARK: Values

  private mutating func readValue(depth: Int) throws(JSONSyntaxError) -> JSONNode {
    if depth > JSONDocument.depthMax { throw problem("nested deeper than \(JSONDocument.depthMax) levels") }
    try skipBlanks()
    let start = line
    switch current {
    case UInt8(ascii: "{"): return JSONNode(content: .object(try readObject(depth: depth)), line: start)
    case UInt8(ascii: "["): return JSONNode(content: .list(try readList(depth: depth)), line: start)
    case UInt8(ascii: "\""): return JSONNode(content: .scalar(.text(try readText())), line: start)
    case .some(UInt8(ascii: "0")...UInt8(ascii: "9")), UInt8(ascii: "-"):
      return JSONNode(content: .scalar(try readNumber()), line: start)
    default: return JSONNode(content: .scalar(try readWord()), line: start)
    }
  }

  private mutating func readObject(depth: Int) throws(JSONSyntaxError) -> [JSONMember] {
    position += 1
    var members: [JSONMember] = []
    try skipBlanks()
    if take("}") { return members }
    while true {
      try skipBlanks()
      guard current == UInt8(ascii: "\"") else {
        throw problem("expected a key in double quotes, found \(foundText)")
      }
      let start = line
      let name = try readText()
      try skipBlanks()
      if !take(":") {
        throw problem("expected ':' after the key \(JSONValue.quoted(shown(name))), found \(foundText)")
      }
      members.append(JSONMember(name: name, line: start, value: try readValue(depth: depth + 1)))
      try skipBlanks()
      if take("}") { return members }
      if !take(",") { throw problem("expected ',' or '}', found \(foundText)") }
    }
  }

  private mutating func readList(depth: Int) throws(JSONSyntaxError) -> [JSONNode] {
    position += 1
    var nodes: [JSONNode] = []
    try skipBlanks()
    if take("]") { return nodes }
    while true {
      nodes.append(try readValue(depth: depth + 1))
      try skipBlanks()
      if take("]") { return nodes }
      if !take(",") { throw problem("expected ',' or ']', found \(foundText)") }
    }
  }

  private mutating func readWord() throws(JSONSyntaxError) -> JSONValue {
    for (word, value) in [("true", JSONValue.boolean(true)), ("false", .boolean(false)), ("null", .null)]
    where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw problem("expected a value, found \(foundText)")
  }

  private mutating func readNumber() throws(JSONSyntaxError) -> JSONValue {
    let start = position
    while let byte = current, isNumberByte(byte) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    let digits = text.drop { $0 == "-" }
    let isWellFormed =
      digits.first?.isNumber == true && text.last?.isNumber == true && !text.hasPrefix("--")
      && !(digits.count > 1 && digits.hasPrefix("0") && digits.dropFirst().first?.isNumber == true)
      && !text.contains(".e") && !text.contains(".E")
    guard isWellFormed, let number = Double(text), number.isFinite else {
      throw problem("'\(shown(text))' is not a number")
    }
    if let integer = Int(text) ?? Int(exactly: number) { return .integer(integer) }
    return .number(number)
  }

  private func isNumberByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
      UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }

  // MARK: Texts

  private mutating func readText() throws(JSONSyntaxError) -> String {
    position += 1
    var text: [UInt8] = []
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        position += 1
        text.append(contentsOf: try readEscape())
      case 0..<0x20:
        throw problem("a text is not closed on its line")
      default:
        text.append(byte)
        position += 1
      }
    }
    throw problem("a text is not closed before the end of the file")
  }

  private mutating func readEscape() throws(JSONSyntaxError) -> [UInt8] {
    guard let byte = current else { throw problem("a text is not closed before the end of the file") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0c]
    case UInt8(ascii: "n"): return [0x0a]
    case UInt8(ascii: "r"): return [0x0d]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return Array(String(try readUnicodeEscape()).utf8)
    default: throw problem("unknown escape in a text")
    }
  }

  private mutating func readUnicodeEscape() throws(JSONSyntaxError) -> Character {
    let first = try readHexDigits()
    var code = UInt32(first)
    if 0xd800..<0xdc00 ~= first {
      guard take("\\"), take("u") else { throw problem("half a surrogate pair in a text") }
      let second = try readHexDigits()
      guard 0xdc00..<0xe000 ~= second else { throw problem("half a surrogate pair in a text") }
      code = 0x10000 + (UInt32(first) - 0xd800) << 10 + (UInt32(second) - 0xdc00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw problem("half a surrogate pair in a text") }
    return Character(scalar)
  }

  private mutating func readHexDigits() throws(JSONSyntaxError) -> UInt16 {
    guard position + 4 <= bytes.count,
      bytes[position..<position + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let code = UInt16(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw problem("expected four hexadecimal digits after \\u") }
    position += 4
    return code
  }

  // MARK: Blanks and places

  private mutating func skipBlanks() throws(JSONSyntaxError) {
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\n"):
        line += 1
        position += 1
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
        position += 1
      case UInt8(ascii: "/") where next == UInt8(ascii: "/"):
        while let byte = current, byte != UInt8(ascii: "\n") { position += 1 }
      case UInt8(ascii: "/") where next == UInt8(ascii: "*"):
        try skipBlockComment()
      default:
        return
      }
    }
  }

  private mutating func skipBlockComment() throws(JSONSyntaxError) {
    let start = line
    position += 2
    while let byte = current {
      if byte == UInt8(ascii: "*"), next == UInt8(ascii: "/") {
        position += 2
        return
      }
      if byte == UInt8(ascii: "\n") { line += 1 }
      position += 1
    }
    throw JSONSyntaxError(line: start, reason: "the comment that begins here is not closed")
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }
  private var next: UInt8? { position + 1 < bytes.count ? bytes[position + 1] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// One character is shown, not more: the text may be a secret in the wrong place.
  private var foundText: String {
    guard let byte = current else { return "the end of the file" }
    guard byte < 0x80 else { return "a character that is no ASCII" }
    return "'" + String(Character(Unicode.Scalar(byte))).escapingUnprintable() + "'"
  }

  private func shown(_ text: String) -> String {
    text.count <= Self.shownMax ? text : text.prefix(Self.shownMax) + "…"
  }

  private func problem(_ reason: String) -> JSONSyntaxError { JSONSyntaxError(line: line, reason: reason) }
}

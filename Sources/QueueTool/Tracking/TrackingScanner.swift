/// Steps through JSON that may break off anywhere: what stands whole before the break has been handed out by then.
///
/// A number or word that the text ends with is not whole: more digits may have followed.
struct TrackingScanner {
  /// Where and why the text stops being JSON.
  struct Break: Error, Equatable {
    var line: Int
    var reason: String
  }

  enum Scalar: Equatable {
    case text(String)
    /// As it is written.
    case number(String)
    /// `true`, `false`, `null`, and what Python writes beside: `NaN`, `Infinity`.
    case word(String)
  }

  enum Kind {
    case object, list, scalar
  }

  private static let depthMax = 64

  private let bytes: [UInt8]
  private var at = 0
  private var depth = 0
  /// The line of what comes next, from 1.
  private(set) var line = 1

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
  }

  /// What kind of value comes next.
  mutating func kind() throws(Break) -> Kind {
    switch try next() {
    case UInt8(ascii: "{"): .object
    case UInt8(ascii: "["): .list
    default: .scalar
    }
  }

  /// Hands out the members of the object that comes next. `body` takes the value from the scanner: one value, whole.
  mutating func eachMember(_ body: (String, inout TrackingScanner) throws -> Void) throws {
    try enter("{")
    while try !leave("}") {
      guard try next() == UInt8(ascii: "\"") else { throw broken("expected a name in double quotes") }
      let name = try text()
      guard try next() == UInt8(ascii: ":") else { throw broken("expected a colon after a name") }
      at += 1
      try body(name, &self)
      try separator("}")
    }
  }

  /// Hands out the items of the list that comes next, as `eachMember`.
  mutating func eachItem(_ body: (inout TrackingScanner) throws -> Void) throws {
    try enter("[")
    while try !leave("]") {
      try body(&self)
      try separator("]")
    }
  }

  mutating func scalar() throws(Break) -> Scalar {
    let first = try next()
    if first == UInt8(ascii: "\"") { return .text(try text()) }
    let start = at
    while at < bytes.count, Self.isPlain(bytes[at]) { at += 1 }
    guard at > start else { throw broken("expected a value") }
    guard at < bytes.count else { throw broken("the file ends within a value") }
    let written = String(decoding: bytes[start..<at], as: UTF8.self)
    if ["true", "false", "null", "NaN", "Infinity", "-Infinity"].contains(written) { return .word(written) }
    guard Double(written) != nil, first == UInt8(ascii: "-") || (48...57).contains(first) else {
      throw broken("expected a value")
    }
    return .number(written)
  }

  /// Passes over one value of any kind.
  mutating func skip() throws {
    switch try kind() {
    case .object: try eachMember { _, scanner in try scanner.skip() }
    case .list: try eachItem { scanner in try scanner.skip() }
    case .scalar: _ = try scalar()
    }
  }

  /// Throws when something follows the document.
  mutating func end() throws(Break) {
    skipBlanks()
    if at < bytes.count { throw broken("something follows the end of the document") }
  }

  func broken(_ reason: String) -> Break {
    Break(line: line, reason: at < bytes.count ? reason : "the file ends there")
  }

  // MARK: Steps

  private mutating func enter(_ mark: Unicode.Scalar) throws(Break) {
    guard try next() == UInt8(ascii: mark) else { throw broken("expected \(mark)") }
    guard depth < Self.depthMax else { throw broken("nested deeper than \(Self.depthMax) levels") }
    depth += 1
    at += 1
  }

  /// Takes the closing mark if it comes next.
  private mutating func leave(_ mark: Unicode.Scalar) throws(Break) -> Bool {
    guard try next() == UInt8(ascii: mark) else { return false }
    depth -= 1
    at += 1
    return true
  }

  /// Takes the comma between two values; the closing mark stays.
  private mutating func separator(_ mark: Unicode.Scalar) throws(Break) {
    switch try next() {
    case UInt8(ascii: ","): at += 1
    case UInt8(ascii: mark): break
    default: throw broken("expected a comma or \(mark)")
    }
  }

  private mutating func next() throws(Break) -> UInt8 {
    skipBlanks()
    guard at < bytes.count else { throw broken("") }
    return bytes[at]
  }

  private mutating func skipBlanks() {
    while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) {
      if bytes[at] == 0x0A { line += 1 }
      at += 1
    }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  // MARK: Texts

  private mutating func text() throws(Break) -> String {
    at += 1
    var text: [UInt8] = []
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
      case 0x0A: throw broken("a text is not closed on its line")
      default: text.append(byte)
      }
    }
    throw broken("")
  }

  private mutating func escape() throws(Break) -> [UInt8] {
    guard at < bytes.count else { throw broken("") }
    let byte = bytes[at]
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"): return [0x20]
    case UInt8(ascii: "u"):
      guard at + 4 <= bytes.count else {
        at = bytes.count
        throw broken("")
      }
      let digits = String(decoding: bytes[at..<at + 4], as: UTF8.self)
      guard let code = UInt32(digits, radix: 16) else { throw broken("expected four hexadecimal digits after \\u") }
      at += 4
      // No key holds half a surrogate pair: such a text is no key either way.
      return Array(String(Character(Unicode.Scalar(code) ?? "\u{FFFD}")).utf8)
    default: throw broken("unknown escape in a text")
    }
  }
}

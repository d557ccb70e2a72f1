/// Writes one flat JSON object, fields in the order given, without white space.
struct JSONObjectWriter {
  private var bytes: [UInt8] = [UInt8(ascii: "{")]

  init() {
    bytes.reserveCapacity(768)
  }

  mutating func add(_ name: StaticString, _ text: String?) {
    begin(name)
    if let text {
      Self.append(quoted: text, to: &bytes)
    } else {
      bytes.append(contentsOf: "null".utf8)
    }
  }

  mutating func add(_ name: StaticString, _ number: Int) {
    begin(name)
    bytes.append(contentsOf: String(number).utf8)
  }

  consuming func finished() -> [UInt8] {
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  /// `name` is ours, and needs no escaping.
  private mutating func begin(_ name: StaticString) {
    if bytes.count > 1 { bytes.append(ASCII.comma) }
    bytes.append(ASCII.quote)
    name.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(ASCII.quote)
    bytes.append(UInt8(ascii: ":"))
  }

  /// Appends a JSON text. Only what RFC 8259 demands is escaped; everything else goes out as UTF-8.
  static func append(quoted text: String, to bytes: inout [UInt8]) {
    bytes.append(ASCII.quote)
    if needsEscapes(text.utf8.span) {
      for byte in text.utf8 { append(escaped: byte, to: &bytes) }
    } else {
      bytes.append(contentsOf: text.utf8)
    }
    bytes.append(ASCII.quote)
  }

  private static func needsEscapes(_ text: Span<UInt8>) -> Bool {
    for at in text.indices {
      let byte = text[at]
      if byte < 0x20 || byte == ASCII.quote || byte == ASCII.backslash { return true }
    }
    return false
  }

  private static func append(escaped byte: UInt8, to bytes: inout [UInt8]) {
    switch byte {
    case ASCII.quote, ASCII.backslash:
      bytes.append(ASCII.backslash)
      bytes.append(byte)
    case 0..<0x20:
      let digits = String(byte, radix: 16)
      bytes.append(contentsOf: (digits.utf8.count == 1 ? #"\u000"# : #"\u00"#).utf8)
      bytes.append(contentsOf: digits.utf8)
    default:
      bytes.append(byte)
    }
  }
}

/// Where a text stops being JSON. `position` is a byte offset.
struct JSONSyntaxError: Error, Equatable {
  let position: Int
  let reason: String
}

/// Reads one JSON document (RFC 8259) from bytes that are valid UTF-8. Deeper than 200 levels is refused.
///
/// Written on unsafe bytes because the bulk route parses a quarter of a megabyte a request, also in debug builds.
/// Unpaired surrogate escapes are a syntax error here, where Python lets them through; Swift's texts cannot hold them.
struct JSONReader {
  private static let depthMax = 200

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  /// The value in `bytes`, which may stand between white space. Throws `JSONSyntaxError`.
  static func read(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
    let result = bytes.withUnsafeBufferPointer { buffer in
      Result { () throws(JSONSyntaxError) in
        var reader = JSONReader(bytes: buffer)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.position == buffer.count else { throw reader.failure("Extra data") }
        return value
      }
    }
    return try result.get()
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    skipSpace()
    guard position < bytes.count, depth < Self.depthMax else { throw failure("Expecting value") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "["): return .array(try array(depth: depth))
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONObject {
    position += 1
    var object = JSONObject()
    if take(UInt8(ascii: "}")) { return object }
    while true {
      skipSpace()
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
        throw failure("Expecting property name enclosed in double quotes")
      }
      let key = try text()
      guard take(UInt8(ascii: ":")) else { throw failure("Expecting ':' delimiter") }
      object.append(key, try value(depth: depth + 1))
      if take(UInt8(ascii: "}")) { return object }
      guard take(UInt8(ascii: ",")) else { throw failure("Expecting ',' delimiter") }
    }
  }

  private mutating func array(depth: Int) throws(JSONSyntaxError) -> [JSONValue] {
    position += 1
    var values: [JSONValue] = []
    if take(UInt8(ascii: "]")) { return values }
    while true {
      values.append(try value(depth: depth + 1))
      if take(UInt8(ascii: "]")) { return values }
      guard take(UInt8(ascii: ",")) else { throw failure("Expecting ',' delimiter") }
    }
  }

  private mutating func number() throws(JSONSyntaxError) -> JSONValue {
    let start = position
    if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
    let first = position
    skipDigits()
    let hasLeadingZero = position - first > 1 && bytes[first] == UInt8(ascii: "0")
    guard position > first, !hasLeadingZero else {
      position = start
      throw failure("Expecting value")
    }
    var isInteger = true
    if position + 1 < bytes.count, bytes[position] == UInt8(ascii: "."), isDigit(position + 1) {
      isInteger = false
      position += 1
      skipDigits()
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      var next = position + 1
      if next < bytes.count, bytes[next] == UInt8(ascii: "+") || bytes[next] == UInt8(ascii: "-") { next += 1 }
      if isDigit(next) {
        isInteger = false
        position = next
        skipDigits()
      }
    }
    let spelling = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let integer = Int64(spelling) { return .integer(integer) }
    return .number(spelling)
  }

  private mutating func text() throws(JSONSyntaxError) -> String {
    position += 1
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        defer { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\") { return try escapedText(from: start) }
      guard byte >= 0x20 else { throw failure("Invalid control character at") }
      position += 1
    }
    throw failure("Unterminated string starting at")
  }

  /// Goes on from the first backslash of a text that began at `start`.
  private mutating func escapedText(from start: Int) throws(JSONSyntaxError) -> String {
    var decoded = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: decoded, as: UTF8.self)
      case UInt8(ascii: "\\"):
        position += 1
        try escape(into: &decoded)
      case ..<0x20:
        throw failure("Invalid control character at")
      default:
        decoded.append(byte)
        position += 1
      }
    }
    throw failure("Unterminated string starting at")
  }

  private mutating func escape(into decoded: inout [UInt8]) throws(JSONSyntaxError) {
    guard position < bytes.count else { throw failure("Unterminated string starting at") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(byte)
    case UInt8(ascii: "b"): decoded.append(8)
    case UInt8(ascii: "f"): decoded.append(12)
    case UInt8(ascii: "n"): decoded.append(10)
    case UInt8(ascii: "r"): decoded.append(13)
    case UInt8(ascii: "t"): decoded.append(9)
    case UInt8(ascii: "u"): decoded.append(contentsOf: String(try escapedScalar()).utf8)
    default: throw failure("Invalid \\escape")
    }
  }

  private mutating func escapedScalar() throws(JSONSyntaxError) -> Unicode.Scalar {
    var code = try hexadecimal()
    if (0xD800..<0xDC00).contains(code), position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
      bytes[position + 1] == UInt8(ascii: "u")
    {
      position += 2
      let low = try hexadecimal()
      guard (0xDC00..<0xE000).contains(low) else { throw failure("Invalid \\uXXXX escape") }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw failure("Invalid \\uXXXX escape") }
    return scalar
  }

  private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt32 {
    guard position + 4 <= bytes.count,
      let code = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw failure("Invalid \\uXXXX escape") }
    position += 4
    return code
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
    let end = position + word.utf8.count
    guard end <= bytes.count, bytes[position..<end].elementsEqual(word.utf8) else { throw failure("Expecting value") }
    position = end
    return value
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      let byte = bytes[position]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      position += 1
    }
  }

  private mutating func skipDigits() {
    while isDigit(position) { position += 1 }
  }

  private func isDigit(_ index: Int) -> Bool {
    index < bytes.count && bytes[index] >= 48 && bytes[index] <= 57
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private func failure(_ reason: String) -> JSONSyntaxError {
    JSONSyntaxError(position: position, reason: reason)
  }
}

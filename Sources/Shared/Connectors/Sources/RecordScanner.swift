import Leads

/// What one JSON value in the place of a record turned out to be.
enum ScannedValue: Equatable {
  /// An object; its known fields are in the record handed over.
  case record
  /// Anything else, in words: `a text`, `null`.
  case other(String)
}

/// Why a value could not be read.
enum ScanFailure: Error, Equatable {
  /// The bytes in view end inside the value.
  case incomplete
  /// The value breaks the rules of JSON; what should have been at `RecordScanner.position` instead.
  case malformed(expected: String)
}

/// Reads JSON values (RFC 8259) out of bytes, straight into a raw record: no tree, no copy of what is ignored.
///
/// Beyond the standard it takes `NaN`, `Infinity` and `-Infinity` as null, because that is how Python writes missing
/// numbers. Nesting is bounded by `depthMax`. In an NDJSON file a value ends with its line.
struct RecordScanner {
  /// Nesting of values within a field that is ignored or unusable.
  static let depthMax = 64

  /// Whether a line break ends what can belong to a value.
  private let isLineBound: Bool
  /// Where the next byte is read; after a failure, where it happened.
  private(set) var position = 0
  /// No bytes will ever follow those in view.
  private var isFinal = false
  /// A text with its escapes resolved.
  private var unescaped: [UInt8] = []

  private let names: FieldNames

  init(isLineBound: Bool, names: FieldNames = .usual) {
    self.isLineBound = isLineBound
    self.names = names
  }

  /// Reads the value that begins at `start`, and leaves `position` behind it. An object's known fields go to `record`,
  /// which is emptied first. `isFinal`: nothing follows `bytes`. In an NDJSON file, what follows a plain
  /// value on its line is checked.
  mutating func scan(
    _ bytes: Span<UInt8>, from start: Int, isFinal: Bool, into record: inout RawRecord
  ) throws(ScanFailure) -> ScannedValue {
    position = start
    self.isFinal = isFinal
    let value = try topLevelValue(bytes, into: &record)
    // A whole record is good, whatever stands behind it; a text behind which a colon follows is no text.
    if isLineBound, value != .record { try checkRestOfLine(bytes) }
    return value
  }

  private mutating func topLevelValue(
    _ bytes: Span<UInt8>, into record: inout RawRecord
  ) throws(ScanFailure) -> ScannedValue {
    switch try current(bytes) {
    case UInt8(ascii: "{"):
      record.removeAll()
      try object(bytes, into: &record)
      return .record
    case UInt8(ascii: "["):
      try skip(bytes)
      return .other("a list")
    case UInt8(ascii: "\""):
      try skip(bytes)
      return .other("a text")
    case UInt8(ascii: "t"), UInt8(ascii: "f"):
      try skip(bytes)
      return .other("true or false")
    case UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "I"):
      try skip(bytes)
      return .other("null")
    default:
      try skip(bytes)
      return .other("a number")
    }
  }

  /// Behind a plain value, its line may hold white space, commas, or an object.
  private func checkRestOfLine(_ bytes: Span<UInt8>) throws(ScanFailure) {
    var at = position
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "\n"), UInt8(ascii: "{"): return
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: ","): at += 1
      default: throw .malformed(expected: "the end of the line after a value")
      }
    }
    if !isFinal { throw .incomplete }
  }

  // MARK: Objects

  private mutating func object(_ bytes: Span<UInt8>, into record: inout RawRecord) throws(ScanFailure) {
    position += 1
    if try next(bytes) == UInt8(ascii: "}") {
      position += 1
      return
    }
    while true {
      guard try next(bytes) == UInt8(ascii: "\"") else { throw .malformed(expected: "a field name in quotes") }
      let field = try fieldName(bytes)
      guard try next(bytes) == UInt8(ascii: ":") else { throw .malformed(expected: "a colon after a field name") }
      position += 1
      _ = try next(bytes)
      if let field {
        record[field] = try value(bytes)
      } else {
        record.noteUnknownField()
        try skip(bytes)
      }
      switch try next(bytes) {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "}"):
        position += 1
        return
      default: throw .malformed(expected: "a comma or } after a value")
      }
    }
  }

  private mutating func fieldName(_ bytes: Span<UInt8>) throws(ScanFailure) -> SourceField? {
    let raw = try text(bytes)
    guard raw.hasEscapes else { return names.field(bytes.extracting(raw.range)) }
    guard JSONEscapes.resolve(bytes, raw.range, into: &unescaped) else { return nil }
    return names.field(unescaped.span)
  }

  /// The value of a known field.
  private mutating func value(_ bytes: Span<UInt8>) throws(ScanFailure) -> RawValue {
    switch try current(bytes) {
    case UInt8(ascii: "\""):
      return try decodedText(bytes).map(RawValue.text) ?? .illFormed
    case UInt8(ascii: "{"):
      try skip(bytes)
      return .nested
    case UInt8(ascii: "["):
      return try list(bytes)
    case UInt8(ascii: "t"):
      try literal(bytes, "true")
      return .boolean(true)
    case UInt8(ascii: "f"):
      try literal(bytes, "false")
      return .boolean(false)
    default:
      return try numberOrNull(bytes).map(RawValue.number) ?? .null
    }
  }

  private mutating func list(_ bytes: Span<UInt8>) throws(ScanFailure) -> RawValue {
    let start = position
    position += 1
    var parts: [String] = []
    var isIllFormed = false
    if try next(bytes) == UInt8(ascii: "]") {
      position += 1
      return .list([])
    }
    while true {
      switch try next(bytes) {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        position = start
        try skip(bytes)
        return .nested
      default:
        switch try value(bytes) {
        case .text(let part), .number(let part): parts.append(part)
        case .boolean(let part): parts.append(part ? "true" : "false")
        case .illFormed: isIllFormed = true
        case .missing, .null, .list, .nested: break
        }
      }
      switch try next(bytes) {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "]"):
        position += 1
        return isIllFormed ? .illFormed : .list(parts)
      default: throw .malformed(expected: "a comma or ] after a value")
      }
    }
  }

  // MARK: Values that are not kept

  /// Passes over one value of any kind, with all of JSON's rules checked. No recursion: one bit a level.
  private mutating func skip(_ bytes: Span<UInt8>) throws(ScanFailure) {
    var depth = 0
    // Bit n: level n + 1 is an object.
    var objects: UInt64 = 0
    while true {
      switch try next(bytes) {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        guard depth < Self.depthMax else { throw .malformed(expected: "at most \(Self.depthMax) levels of nesting") }
        let isObject = bytes[position] == UInt8(ascii: "{")
        objects = isObject ? objects | 1 << depth : objects & ~(1 << depth)
        depth += 1
        position += 1
        let first = try next(bytes)
        if first != (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
          if isObject { try skipFieldName(bytes) }
          continue
        }
      case UInt8(ascii: "\""): _ = try text(bytes)
      case UInt8(ascii: "t"): try literal(bytes, "true")
      case UInt8(ascii: "f"): try literal(bytes, "false")
      default: _ = try numberOrNull(bytes)
      }
      if try !isMoreToSkip(bytes, &depth, objects) { return }
    }
  }

  /// After a value: closes what ends here; true when another value follows.
  private mutating func isMoreToSkip(
    _ bytes: Span<UInt8>, _ depth: inout Int, _ objects: UInt64
  ) throws(ScanFailure) -> Bool {
    while depth > 0 {
      let isObject = objects & (1 << (depth - 1)) != 0
      switch try next(bytes) {
      case UInt8(ascii: ","):
        position += 1
        if isObject {
          _ = try next(bytes)
          try skipFieldName(bytes)
        }
        return true
      case UInt8(ascii: "}") where isObject, UInt8(ascii: "]") where !isObject:
        position += 1
        depth -= 1
      default:
        throw .malformed(expected: isObject ? "a comma or } after a value" : "a comma or ] after a value")
      }
    }
    return false
  }

  private mutating func skipFieldName(_ bytes: Span<UInt8>) throws(ScanFailure) {
    guard try current(bytes) == UInt8(ascii: "\"") else { throw .malformed(expected: "a field name in quotes") }
    _ = try text(bytes)
    guard try next(bytes) == UInt8(ascii: ":") else { throw .malformed(expected: "a colon after a field name") }
    position += 1
  }

  // MARK: Bytes

  private func current(_ bytes: Span<UInt8>) throws(ScanFailure) -> UInt8 {
    guard position < bytes.count else { throw .incomplete }
    return bytes[position]
  }

  /// The next byte that is not white space; `position` is on it.
  private mutating func next(_ bytes: Span<UInt8>) throws(ScanFailure) -> UInt8 {
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): position += 1
      case UInt8(ascii: "\n"):
        if isLineBound { throw .malformed(expected: "the rest of the record before the line ends") }
        position += 1
      default: return byte
      }
    }
    throw .incomplete
  }

  private mutating func literal(_ bytes: Span<UInt8>, _ word: StaticString) throws(ScanFailure) {
    for offset in 0..<word.utf8CodeUnitCount {
      guard try current(bytes) == word.utf8Start[offset] else { throw .malformed(expected: "a value") }
      position += 1
    }
  }

  /// A number as it is written, or nil for `null` and for Python's words for no number.
  private mutating func numberOrNull(_ bytes: Span<UInt8>) throws(ScanFailure) -> String? {
    let start = position
    if try current(bytes) == UInt8(ascii: "-") { position += 1 }
    switch try current(bytes) {
    case UInt8(ascii: "n") where position == start:
      try literal(bytes, "null")
      return nil
    case UInt8(ascii: "N") where position == start:
      try literal(bytes, "NaN")
      return nil
    case UInt8(ascii: "I"):
      try literal(bytes, "Infinity")
      return nil
    case UInt8(ascii: "0"):
      position += 1
    case UInt8(ascii: "1")...UInt8(ascii: "9"):
      try digits(bytes)
    default:
      throw .malformed(expected: "a value")
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      position += 1
      try digits(bytes)
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      if [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(try current(bytes)) { position += 1 }
      try digits(bytes)
    }
    // More digits may follow in the file.
    if position == bytes.count, !isFinal { throw .incomplete }
    return Self.string(bytes.extracting(start..<position))
  }

  private mutating func digits(_ bytes: Span<UInt8>) throws(ScanFailure) {
    guard try current(bytes) &- UInt8(ascii: "0") < 10 else { throw .malformed(expected: "a digit in a number") }
    while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
  }

  // MARK: Texts

  private struct RawText {
    /// Without the quotes.
    var range: Range<Int>
    var hasEscapes = false
  }

  /// A text from its opening quote on, escapes checked but not resolved.
  private mutating func text(_ bytes: Span<UInt8>) throws(ScanFailure) -> RawText {
    position += 1
    let start = position
    var hasEscapes = false
    while position < bytes.count {
      passPlain(bytes)
      guard position < bytes.count else { break }
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return RawText(range: start..<(position - 1), hasEscapes: hasEscapes)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        try escape(bytes)
      // Other control characters are against the rules too, but harm nobody: cleaning removes them.
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        throw .malformed(expected: "the closing quote of a text before the line ends")
      default:
        position += 1
      }
    }
    throw .incomplete
  }

  /// Moves over bytes that are no quote, no backslash and no control character, eight at a time as far as there are eight.
  ///
  /// A byte of `word ^ quotes` is zero where the word has a quote; subtracting one from each byte then sets its highest bit, and
  /// in a byte that was below 0x20 when 0x20 is subtracted. A borrow may mark a byte too many, but only behind a right one, and
  /// the first one counts (Bit Twiddling Hacks, "Determine if a word has a zero byte",
  /// https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord).
  private mutating func passPlain(_ bytes: Span<UInt8>) {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let raw = bytes.bytes
    while position + 8 <= bytes.count {
      let word = raw.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian
      let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
      let slash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
      let found = ((quote &- ones) & ~quote) | ((slash &- ones) & ~slash) | ((word &- ones &* 0x20) & ~word)
      let marks = found & (ones &* 0x80)
      if marks != 0 {
        position += marks.trailingZeroBitCount / 8
        return
      }
      position += 8
    }
  }

  private mutating func escape(_ bytes: Span<UInt8>) throws(ScanFailure) {
    position += 1
    switch try current(bytes) {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 1
    case UInt8(ascii: "u"):
      position += 1
      for _ in 0..<4 {
        guard JSONEscapes.hexadecimal(try current(bytes)) != nil else {
          throw .malformed(expected: "four hexadecimal digits after \\u")
        }
        position += 1
      }
    default:
      throw .malformed(expected: "an escape of JSON after a backslash")
    }
  }

  /// The text at `position`; nil when it is no Unicode.
  private mutating func decodedText(_ bytes: Span<UInt8>) throws(ScanFailure) -> String? {
    let raw = try text(bytes)
    guard raw.hasEscapes else { return Self.string(bytes.extracting(raw.range)) }
    return JSONEscapes.resolve(bytes, raw.range, into: &unescaped) ? Self.string(unescaped.span) : nil
  }

  /// The bytes as a text; nil when they are no UTF-8.
  static func string(_ bytes: Span<UInt8>) -> String? {
    guard let valid = try? UTF8Span(validating: bytes) else { return nil }
    return String(copying: valid)
  }
}

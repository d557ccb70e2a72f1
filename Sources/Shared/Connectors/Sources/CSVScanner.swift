/// Reads the records of a table of texts (RFC 4180), one after another: fields between separators, in quotes where they hold a
/// separator, a quote (written twice) or a line end.
///
/// Beyond the standard a line may end with a line feed alone, a quote within a field that does not begin with one is a quote,
/// and blanks may follow a closing quote.
struct CSVScanner {
  /// Where a field's text is in the bytes, without its quotes.
  struct Field {
    var range: Range<Int>
    /// Whether it holds quotes, each written twice.
    var hasDoubledQuotes = false
  }

  let separator: UInt8
  /// Behind the last record's line end; after a failure, where it happened.
  private(set) var position = 0
  /// Of the last record.
  private(set) var fields: [Field] = []

  init(separator: UInt8) {
    self.separator = separator
  }

  /// The separators that are known, in the order of preference.
  private static let separators = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t"), UInt8(ascii: "|")]

  /// What separates the fields of the first line: the one of the known separators that it holds most often outside of quotes.
  static func separator(of line: Span<UInt8>) -> UInt8 {
    var counts = [0, 0, 0, 0]
    var isQuoted = false
    for at in 0..<line.count {
      let byte = line[at]
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if byte == UInt8(ascii: "\n"), !isQuoted { break }
      if !isQuoted, let known = separators.firstIndex(of: byte) { counts[known] += 1 }
    }
    let most = counts.indices.max { (counts[$0], -$0) < (counts[$1], -$1) } ?? 0
    return separators[most]
  }

  /// Reads the record that begins at `start` into `fields`. Throws `incomplete` when it does not end within `bytes`, unless
  /// nothing follows them (`isFinal`).
  mutating func scan(_ bytes: Span<UInt8>, from start: Int, isFinal: Bool) throws(ScanFailure) {
    position = start
    fields.removeAll(keepingCapacity: true)
    while true {
      fields.append(try field(bytes, isFinal: isFinal))
      guard position < bytes.count else {
        if isFinal { return }
        throw .incomplete
      }
      switch bytes[position] {
      case separator: position += 1
      case UInt8(ascii: "\n"):
        position += 1
        return
      // A field ends at a carriage return only where a line feed follows, or the file ends.
      case UInt8(ascii: "\r"):
        position = min(position + 2, bytes.count)
        return
      default: throw .malformed(expected: "a separator or the end of the line behind a closing quote")
      }
    }
  }

  private mutating func field(_ bytes: Span<UInt8>, isFinal: Bool) throws(ScanFailure) -> Field {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      return try plain(bytes, isFinal: isFinal)
    }
    position += 1
    var field = Field(range: position..<position)
    while position < bytes.count {
      guard bytes[position] == UInt8(ascii: "\"") else {
        position += 1
        continue
      }
      if position + 1 == bytes.count, !isFinal { throw .incomplete }
      if position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "\"") {
        field.hasDoubledQuotes = true
        position += 2
        continue
      }
      field.range = field.range.lowerBound..<position
      position += 1
      while position < bytes.count, bytes[position] == UInt8(ascii: " ") { position += 1 }
      return field
    }
    if isFinal { throw .malformed(expected: "the closing quote of a field") }
    throw .incomplete
  }

  private mutating func plain(_ bytes: Span<UInt8>, isFinal: Bool) throws(ScanFailure) -> Field {
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == separator || byte == UInt8(ascii: "\n") { break }
      if byte == UInt8(ascii: "\r") {
        if position + 1 == bytes.count, !isFinal { throw .incomplete }
        if position + 1 == bytes.count || bytes[position + 1] == UInt8(ascii: "\n") { break }
      }
      position += 1
    }
    return Field(range: start..<position)
  }
}

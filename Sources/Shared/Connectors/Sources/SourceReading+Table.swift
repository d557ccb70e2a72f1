import Leads

/// A table of texts with a header: CSV.
extension SourceReading {
  mutating func readTable(_ body: (SourceRecord) throws -> Void) throws {
    var table = CSVScanner(separator: CSVScanner.separator(of: window.bytes.span.extracting(at..<window.count)))
    guard case .record = try scan(&table) else { throw SourceError.noHeader(path: path) }
    var titles: [String] = []
    for field in table.fields { titles.append(text(of: field) ?? "") }
    guard let header = CSVHeader(titles, names: names) else { throw SourceError.noHeader(path: path) }
    at = table.position
    try showStructure(body)
    while try nextByte(after: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) != nil {
      switch try scan(&table) {
      case .record:
        try hand(table, header, body)
        at = table.position
      case .damage(let reason):
        try reject(reason, body)
        try passLine()
      }
    }
  }

  private enum ScannedRow {
    /// `table.position` is behind it.
    case record
    case damage(reason: String)
  }

  /// Reads the record at `at`, which stays there.
  private mutating func scan(_ table: inout CSVScanner) throws(SourceError) -> ScannedRow {
    while true {
      let isFinal = window.isAtEnd
      do throws(ScanFailure) {
        try table.scan(window.bytes.span.extracting(0..<window.count), from: at, isFinal: isFinal)
        return .record
      } catch {
        switch error {
        case .malformed(let expected):
          let (begin, line) = (window.line(at: at), window.line(at: min(table.position, window.count)))
          let place = line == begin ? "" : " in line \(line)"
          return .damage(reason: "not valid CSV: \(expected) was expected\(place)")
        case .incomplete where at == 0 && window.isFull:
          return .damage(
            reason: "the record is longer than \(FileWindow.bytesMax / 1024) KiB; does a quote not close?")
        case .incomplete:
          break
        }
      }
      try advance(to: at)
    }
  }

  private mutating func hand(
    _ table: CSVScanner, _ header: CSVHeader, _ body: (SourceRecord) throws -> Void
  ) throws {
    let (found, expected) = (table.fields.count, header.columns.count)
    // Spreadsheets leave empty cells behind the last column. A line that is too short was cut off, and so may be its last field.
    let isLonger = found > expected && table.fields[expected...].contains { !$0.range.isEmpty }
    guard found >= expected, !isLonger else {
      return try reject(
        "\(found) \(found == 1 ? "field" : "fields") in place of the header's \(expected)"
          + (isLonger ? "; a text that holds a separator stands in quotes" : "; the line was cut off"), body)
    }
    record.removeAll()
    for (column, field) in table.fields.prefix(expected).enumerated() {
      guard let name = header.columns[column] else {
        record.noteUnknownField()
        continue
      }
      record[name] = text(of: field).map { CSVHeader.value($0, of: name) } ?? .illFormed
    }
    try clean(body)
  }

  /// Nil when it is no Unicode.
  private func text(of field: CSVScanner.Field) -> String? {
    let bytes = window.bytes.span.extracting(field.range)
    guard field.hasDoubledQuotes else { return RecordScanner.string(bytes) }
    var single: [UInt8] = []
    var at = 0
    while at < bytes.count {
      single.append(bytes[at])
      at += bytes[at] == UInt8(ascii: "\"") ? 2 : 1
    }
    return RecordScanner.string(single.span)
  }
}

import Leads

/// Which field each column of a table holds, by its first line.
struct CSVHeader {
  /// Nil: a column of no interest.
  let columns: [SourceField?]

  /// Nil when no column is known: then the first line is no header. A name is compared as it is written, then without case and
  /// with `_` for blanks and hyphens: `Practice Name` is `practice_name`.
  init?(_ titles: [String], names: FieldNames) {
    columns = titles.map { title in
      let title = title.utf8.drop { $0 == UInt8(ascii: " ") }
      let trimmed = Array(title.reversed().drop { $0 == UInt8(ascii: " ") }.reversed())
      return names.field(trimmed.span) ?? names.field(Self.plain(trimmed).span)
    }
    guard columns.contains(where: { $0 != nil }) else { return nil }
  }

  private static func plain(_ title: [UInt8]) -> [UInt8] {
    title.map { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
      case UInt8(ascii: " "), UInt8(ascii: "-"): UInt8(ascii: "_")
      default: byte
      }
    }
  }

  /// What a table's text stands for: nothing when it is empty; a number where a number is meant, since a table knows no types.
  static func value(_ text: String, of field: SourceField) -> RawValue {
    guard let first = text.utf8.first else { return .missing }
    let isCounted = field == .score || field == .providers
    let mayBeNumber = first &- UInt8(ascii: "0") < 10 || first == UInt8(ascii: "-")
    return isCounted && mayBeNumber ? .number(text) : .text(text)
  }
}

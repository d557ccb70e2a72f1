package import Leads

/// A file of leads: a JSON array of objects, NDJSON, or CSV with a header, in UTF-8 with or without a byte order mark.
///
/// Which of them it is, the first character decides: `[` begins an array, `{` NDJSON; anything else is CSV where the name says so
/// (`isTable`). Commas too many or too few between records of JSON are overlooked.
package struct SourceFile: Sendable, Equatable {
  package let path: String
  /// What the file calls the fields.
  package let names: FieldNames

  package init(path: String, names: FieldNames = .usual) {
    self.path = path
    self.names = names
  }

  /// Whether the name is that of a table: `.csv`, `.tsv` or `.txt`.
  static func isTable(_ path: String) -> Bool { [".csv", ".tsv", ".txt"].contains(where: path.lowercased().hasSuffix) }

  /// Reads the file once, from begin to end, and hands its records to `body` in order.
  ///
  /// Takes about 2 MiB of memory, however large the file is; a record of more than 1 MiB is rejected. Damage costs the
  /// record it is in: reading goes on at the next line of an NDJSON file, and in an array where a record seems to begin
  /// next. A file that ends too early gives the records before the break, and one rejected record in its place. An empty
  /// array gives none. A file that was written to meanwhile gives what was read of it, and `changed` at the end.
  ///
  /// Blocks on the file, so not for the cooperative pool. Throws `SourceError` when the file gives no records at all (of
  /// a file that turns out unreadable half-way, `body` has seen the first half), and whatever `body` throws, at once.
  package func read(_ body: (SourceRecord) throws -> Void) throws -> SourceSummary {
    // Looking first: a missing file is missing, whatever its name promises.
    _ = try SourceFingerprint(path: path)
    guard !hasUnsupportedName else { throw SourceError.unsupportedFormat(path: path) }
    var reading = try SourceReading(path: path, names: names)
    return try reading.readAll(body)
  }

  /// Formats that could not even be mistaken for texts.
  private var hasUnsupportedName: Bool {
    let name = path.lowercased()
    return [".xls", ".xlsx", ".gz", ".zip", ".parquet"].contains(where: name.hasSuffix)
  }
}

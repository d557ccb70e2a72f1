/// A file of leads: a JSON array of objects, or NDJSON, in UTF-8 with or without a byte order mark.
///
/// Which of the two it is, the first character decides: `[` begins an array. Commas too many or too few between records
/// are overlooked.
package struct SourceFile: Sendable, Equatable {
  package let path: String

  package init(path: String) {
    self.path = path
  }

  /// Reads the file once, from begin to end, and hands its records to `body` in order.
  ///
  /// Takes about 2 MiB of memory, however large the file is; a record of more than 1 MiB is rejected. Damage costs the
  /// record it is in: reading goes on at the next line of an NDJSON file, and in an array where a record seems to begin
  /// next. A file that ends too early gives the records before the break, and one rejected record in its place. An empty
  /// array gives none.
  ///
  /// Blocks on the file, so not for the cooperative pool. Throws `SourceError` when the file gives no records at all (of
  /// a file that turns out unreadable half-way, `body` has seen the first half), and whatever `body` throws, at once.
  package func read(_ body: (SourceRecord) throws -> Void) throws -> SourceSummary {
    // Looking first: a missing file is missing, whatever its name promises.
    _ = try SourceFingerprint(path: path)
    guard !hasUnsupportedName else { throw SourceError.unsupportedFormat(path: path) }
    var reading = try SourceReading(path: path)
    return try reading.readAll(body)
  }

  /// Formats that could not even be mistaken for JSON.
  private var hasUnsupportedName: Bool {
    let name = path.lowercased()
    return [".csv", ".tsv", ".xls", ".xlsx", ".gz", ".zip", ".parquet"].contains(where: name.hasSuffix)
  }
}

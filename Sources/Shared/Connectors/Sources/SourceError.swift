/// Why a source file gives no records at all. Holds paths, never what a file says.
package enum SourceError: Error, Sendable, Equatable, CustomStringConvertible {
  case missing(path: String)
  /// It exists, but cannot be opened or read on; `reason` is the operating system's.
  case unreadable(path: String, reason: String)
  /// A folder, a pipe, a device.
  case notAFile(path: String)
  /// By its name the file is of a format that is not read.
  case unsupportedFormat(path: String)
  /// No bytes but white space.
  case empty(path: String)
  /// Nothing in the file has the structure of records; `line` is where that showed first, `expected` what should be there.
  case notJSON(path: String, line: Int, expected: String)

  /// The first line of a table names no field that is known.
  case noHeader(path: String)
  /// It was written to while it was read; `line` is where that showed.
  case changed(path: String, line: Int)

  /// The formats that are read, in words.
  package static let acceptedFormats =
    "a JSON array of objects, NDJSON (one JSON object per line), or CSV with a header (.csv, .tsv, .txt)"

  package var path: String {
    switch self {
    case .missing(let path), .unreadable(let path, _), .notAFile(let path), .unsupportedFormat(let path),
      .empty(let path), .notJSON(let path, _, _), .noHeader(let path), .changed(let path, _):
      path
    }
  }

  package var description: String {
    switch self {
    case .missing(let path):
      "source file \(path) does not exist; correct source_management.source_files or put the file there"
    case .unreadable(let path, let reason):
      "source file \(path) cannot be read: \(reason); let the user that runs these programs read it"
    case .notAFile(let path):
      "source file \(path) is not a regular file; name a file, a folder or a pattern such as leads/*.json"
    case .unsupportedFormat(let path):
      "source file \(path) has a format that is not read; accepted: \(Self.acceptedFormats)"
    case .empty(let path):
      "source file \(path) is empty; an array without leads is written []"
    case .notJSON(let path, let line, let expected):
      "source file \(path), line \(line): \(expected); accepted: \(Self.acceptedFormats)"
    case .noHeader(let path):
      "source file \(path), line 1: names no known field, such as score, npi or practice_name; write a header, or say in "
        + "source_management.mappings what the file calls them"
    case .changed(let path, let line):
      "source file \(path) was changed while it was read, up to line \(line); it is read again at the next cycle. Write a "
        + "new file beside it and rename it, so that nobody sees half of it"
    }
  }
}

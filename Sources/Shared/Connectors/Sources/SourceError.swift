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

  /// The formats that are read, in words.
  package static let acceptedFormats = "a JSON array of objects, or NDJSON (one JSON object per line)"

  package var path: String {
    switch self {
    case .missing(let path), .unreadable(let path, _), .notAFile(let path), .unsupportedFormat(let path),
      .empty(let path), .notJSON(let path, _, _):
      path
    }
  }

  package var description: String {
    switch self {
    case .missing(let path):
      "source file \(path) does not exist; correct source_management.source_files or put the file there"
    case .unreadable(let path, let reason):
      "source file \(path) cannot be read: \(reason)"
    case .notAFile(let path):
      "source file \(path) is not a regular file"
    case .unsupportedFormat(let path):
      "source file \(path) has a format that is not read; accepted: \(Self.acceptedFormats)"
    case .empty(let path):
      "source file \(path) is empty; an array without leads is written []"
    case .notJSON(let path, let line, let expected):
      "source file \(path), line \(line): \(expected); accepted: \(Self.acceptedFormats)"
    }
  }
}

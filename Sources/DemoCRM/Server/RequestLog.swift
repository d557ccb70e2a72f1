import Foundation

/// One JSON line a request in a file, free of lead data, written before the answer leaves.
final class RequestLog: Sendable {
  struct Entry: Sendable {
    var number: Int
    /// The bulk requests' own count, from 1; nil for others.
    var bulkNumber: Int?
    var method: String
    var path: String
    /// Nil when the connection was closed or left silent.
    var status: Int?
    /// Rows committed by a bulk request; nil for others.
    var rows: Int?
    var fault: Fault?

    var json: JSONValue {
      .object([
        "n": .int(number), "bulk": .optional(bulkNumber.map(Int64.init)), "method": .text(method), "path": .text(path),
        "status": .optional(status.map(Int64.init)), "rows": .optional(rows.map(Int64.init)),
        "fault": .optional(fault?.rawValue),
      ])
    }
  }

  struct CannotOpen: Error, CustomStringConvertible {
    let path: String
    var description: String { "Cannot write the request log \(path)." }
  }

  private let file: FileHandle

  /// Appends to the file, creating it with mode 0600. Throws `CannotOpen`.
  init(path: String) throws {
    if !FileManager.default.fileExists(atPath: path) {
      guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
        throw CannotOpen(path: path)
      }
    }
    guard let file = FileHandle(forWritingAtPath: path) else { throw CannotOpen(path: path) }
    try file.seekToEnd()
    self.file = file
  }

  /// Called for one request at a time.
  func write(_ entry: Entry) throws {
    try file.write(contentsOf: JSONWriter.bytes(of: entry.json) + [0x0A])
  }
}

import Foundation
import LeadStore
import Replenishment

/// Reads the heads of the audit trail that were noted in a log, in its text and its JSON form.
enum AnchorLog {
  /// Bytes in one reading.
  private static let chunk = 1 << 16
  /// A longer line holds no anchor.
  private static let lineMax = 1 << 16

  /// The anchors of one store in a log file. Throws `ToolError.unreadable`.
  static func anchors(inFile path: String, ofStore storeID: String) throws -> Set<AuditAnchor> {
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw ToolError.unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    defer { close(file.fileDescriptor) }
    var anchors: Set<AuditAnchor> = []
    var rest: [UInt8] = []
    while true {
      let bytes: Data
      do {
        guard let read = try file.read(upToCount: chunk), !read.isEmpty else { break }
        bytes = read
      } catch {
        throw ToolError.unreadable(path: path, reason: "it is not a readable file")
      }
      rest += bytes
      var start = 0
      while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
        if let anchor = anchor(in: rest[start..<end], ofStore: storeID) { anchors.insert(anchor) }
        start = end + 1
      }
      rest.removeFirst(start)
      if rest.count > lineMax { rest.removeAll() }
    }
    if let anchor = anchor(in: rest[...], ofStore: storeID) { anchors.insert(anchor) }
    return anchors
  }

  private static let words = Array(AuditHeadNote.message.utf8)

  /// The anchor that a line notes of this store; nil for any other line.
  static func anchor(in bytes: ArraySlice<UInt8>, ofStore storeID: String) -> AuditAnchor? {
    // Nearly every line is another one, and most of those are short of it.
    guard bytes.count > words.count + 64, bytes.contains(words) else { return nil }
    let line = String(decoding: bytes, as: UTF8.self)
    guard let note = AuditHeadNote(line: line), note.storeID == storeID else { return nil }
    return note.anchor
  }
}

import Database
package import Timekeeping

/// One entry of the audit trail.
package struct AuditEntry: Sendable, Equatable {
  package var id: Int64
  package var at: Timestamp
  /// The program and process, or the person, that acted.
  package var actor: String
  package var action: AuditAction.RawValue
  /// What it was done to, such as `cycle 7`.
  package var subject: String
  /// JSON, keys sorted; free of lead data.
  package var detail: String
  package var previousHash: String
  package var hash: String

  /// SHA-256 over every other field, each preceded by its length in bytes, so that no two entries read alike:
  /// `64:<previous hash>,1:7,13:1772463601000,5:alice,…` in the order previous hash, id, milliseconds since 1970, actor,
  /// action, subject, detail. Other programs compute it too: it never changes.
  var expectedHash: String {
    let fields = [previousHash, String(id), String(at.milliseconds), actor, action, subject, detail]
    var bytes: [UInt8] = []
    bytes.reserveCapacity(fields.reduce(0) { $0 + $1.utf8.count + 8 })
    for field in fields {
      if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
      bytes.append(contentsOf: String(field.utf8.count).utf8)
      bytes.append(UInt8(ascii: ":"))
      bytes.append(contentsOf: field.utf8)
    }
    return SHA256.hexadecimal(SHA256.digest(of: bytes))
  }
}

/// An entry's number and hash, noted where whoever changes the store cannot reach: since each hash covers all entries before it,
/// one that still agrees proves all of them.
package struct AuditAnchor: Sendable, Hashable {
  package var entryID: Int64
  /// 64 lower-case hexadecimal digits.
  package var hash: String

  package init(entryID: Int64, hash: String) {
    self.entryID = entryID
    self.hash = hash
  }

  /// Reads `1234:3f2a…`. Nil unless it is a number above 0 and 64 hexadecimal digits.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let entryID = Int64(parts[0]), entryID > 0 else { return nil }
    let hash = parts[1].lowercased()
    guard hash.utf8.count == 64, hash.utf8.allSatisfy(\.isHexadecimal) else { return nil }
    self.init(entryID: entryID, hash: hash)
  }
}

/// What `audit verify` found.
package struct AuditVerdict: Sendable, Equatable {
  /// Entries before the first break, or all of them.
  package var entries: Int64
  /// Entries that were compared with what was noted of them outside.
  package var anchors: Int
  /// The first entry that is not what it was, and how that shows; nil when the chain is whole.
  package var firstBreak: Break?

  package init(entries: Int64, anchors: Int = 0, firstBreak: Break? = nil) {
    self.entries = entries
    self.anchors = anchors
    self.firstBreak = firstBreak
  }

  package struct Break: Sendable, Equatable {
    package var entryID: Int64
    package var reason: String

    package init(entryID: Int64, reason: String) {
      self.entryID = entryID
      self.reason = reason
    }
  }
}

extension UInt8 {
  fileprivate var isHexadecimal: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
    default: false
    }
  }
}

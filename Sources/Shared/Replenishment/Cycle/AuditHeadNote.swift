package import LeadStore

/// The line of the log that notes the head of the audit trail, outside of the store: whoever changes entries up to it, and
/// writes the trail anew from there, must change the log too.
///
/// In text `… NOTICE Audit trail: entry 1234, head 3f2a… program=lead-scheduler store=…`, in JSON the same message and
/// member. Programs read it: it never changes.
package struct AuditHeadNote: Sendable, Equatable {
  /// What the message begins with.
  package static let message = "Audit trail: entry "
  /// The name of the metadata that tells the stores apart that share a log.
  package static let storeKey = "store"

  package var anchor: AuditAnchor
  package var storeID: String

  package init(anchor: AuditAnchor, storeID: String) {
    self.anchor = anchor
    self.storeID = storeID
  }

  /// The message of the log's line.
  package var text: String { "\(Self.message)\(anchor.entryID), head \(anchor.hash)" }

  /// Reads a line of the log in either form. Nil for any other line, also for one that only quotes such a message.
  package init?(line: String) {
    let found =
      if line.first == "{" {
        Self.parts(line, #/"message":"Audit trail: entry ([0-9]+), head ([0-9a-f]{64})",/#, #/[,{]"store":"([^"\\]+)"/#)
      } else {
        Self.parts(
          line, #/^[^ ]+ [A-Z]+ +Audit trail: entry ([0-9]+), head ([0-9a-f]{64}) /#, #/\bstore=([^ ="]+)(?: |$)/#)
      }
    guard let (entry, hash, store) = found, let id = Int64(entry), id > 0 else { return nil }
    self.init(anchor: AuditAnchor(entryID: id, hash: String(hash)), storeID: String(store))
  }

  private static func parts(
    _ line: String, _ message: Regex<(Substring, Substring, Substring)>, _ store: Regex<(Substring, Substring)>
  ) -> (Substring, Substring, Substring)? {
    guard let found = line.firstMatch(of: message), let name = line[found.range.upperBound...].firstMatch(of: store)
    else { return nil }
    return (found.output.1, found.output.2, name.output.1)
  }
}

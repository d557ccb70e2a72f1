package import Database

/// Checks the audit trail a page at a time, in as many readings of the store as it likes: entries never change, so that what
/// is appended meanwhile is only more to check.
package struct AuditWalk: Sendable {
  /// Entries in one statement.
  private static let page = 1000

  /// What is known so far; final when `step` returned false.
  package private(set) var verdict = AuditVerdict(entries: 0)
  private var last = AuditAnchor(entryID: 0, hash: String(repeating: "0", count: 64))
  /// By entry; taken out as the walk passes them.
  private var anchors: [Int64: Set<String>]
  /// The last entry that agreed with what was noted of it outside.
  private var lastAgreed: Int64 = 0

  /// `anchors`: what was noted of entries outside of the store.
  package init(anchors: Set<AuditAnchor> = []) {
    self.anchors = Dictionary(grouping: anchors, by: \.entryID).mapValues { Set($0.map(\.hash)) }
  }

  /// Checks the next page. False when the trail ended, or broke.
  package mutating func step(in transaction: Transaction) throws -> Bool {
    // From the very bottom: an entry before the first one is none of ours.
    let after = last.entryID == 0 ? Int64.min : last.entryID
    let page = try AuditTable.entriesAsStored(after: after, limit: Self.page, in: transaction)
    for (entry, isText) in page {
      if let reason = fault(of: entry, isText) { return stop(at: entry.id, reason) }
      last = AuditAnchor(entryID: entry.id, hash: entry.hash)
      verdict.entries = entry.id
    }
    guard page.isEmpty else { return true }
    // In the reading that found no more entries: a head that was written since is another matter.
    if let (entry, reason) = headFault(try AuditTable.storedHead(in: transaction)) { return stop(at: entry, reason) }
    if let beyond = anchors.keys.min() {
      return stop(
        at: last.entryID + 1,
        "the trail ends at entry \(last.entryID), and entry \(beyond) was noted outside: the entries in between were removed"
      )
    }
    return false
  }

  private mutating func stop(at entry: Int64, _ reason: String) -> Bool {
    verdict.firstBreak = .init(entryID: entry, reason: reason)
    return false
  }

  private mutating func fault(of entry: AuditEntry, _ isText: Bool) -> String? {
    if entry.id <= 0 { return "it stands before the first entry" }
    if entry.id != last.entryID + 1 {
      let first = last.entryID + 1
      return first == entry.id - 1 ? "entry \(first) is missing" : "entries \(first) to \(entry.id - 1) are missing"
    }
    // By bytes: `==` of texts would let equivalent spellings of one character pass.
    if !entry.previousHash.utf8.elementsEqual(last.hash.utf8) { return "it does not continue entry \(last.entryID)" }
    if !isText || !entry.hash.utf8.elementsEqual(entry.expectedHash.utf8) { return "its content was changed" }
    guard let noted = anchors.removeValue(forKey: entry.id) else { return nil }
    guard noted == [entry.hash] else {
      return
        "it is not the entry \(entry.id) that was noted outside: an entry from \(lastAgreed + 1) to \(entry.id) was "
        + "changed, and the trail written anew from there"
    }
    verdict.anchors += 1
    lastAgreed = entry.id
    return nil
  }

  private func headFault(_ head: AuditAnchor?) -> (entry: Int64, reason: String)? {
    guard let head else { return (last.entryID, "the head of the trail is missing") }
    if head.entryID > last.entryID {
      return (last.entryID + 1, "entries up to \(head.entryID) are missing")
    }
    if head.entryID < last.entryID { return (head.entryID + 1, "it was added behind the head of the trail") }
    return head.hash == last.hash ? nil : (last.entryID, "the head of the trail names another entry")
  }
}

import Database
import LeadStore

/// `audit verify`: walks the trail a page at a time and compares it with what was noted of it outside.
struct AuditCheck: Sendable {
  let store: Store
  let anchors: Set<AuditAnchor>
  /// Told how many entries were checked so far.
  let progress: @Sendable (Int64) -> Void

  func run() async throws -> AuditVerdict {
    var walk = AuditWalk(anchors: anchors)
    while true {
      let (next, goesOn) = try await store.read { [walk] transaction in
        var walk = walk
        let goesOn = try walk.step(in: transaction)
        return (walk, goesOn)
      }
      walk = next
      guard goesOn else { return walk.verdict }
      progress(walk.verdict.entries)
    }
  }
}

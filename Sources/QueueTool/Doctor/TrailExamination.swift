import Database
import LeadStore
import Operations

/// Whether the audit trail is whole, as far as there is time to walk it. Blocks.
struct TrailExamination: Sendable {
  let settings: Settings
  let deadline: ContinuousClock.Instant

  /// Throws what opening and reading throw.
  func check() throws -> HealthCheck {
    guard let look = try StoreLook.open(settings.configuration.store.address, name: "lead-queue doctor") else {
      return .notChecked(.audit, because: "there is no store yet")
    }
    var walk = AuditWalk(anchors: try anchors(try look.read { try RestoreTable.trailName(in: $0) }))
    while try look.read({ try walk.step(in: $0) }) {
      if ContinuousClock.now > deadline {
        return .notChecked(
          .audit,
          because: "its first \(walk.verdict.entries) entries are whole; the rest takes longer: lead-queue audit verify"
        )
      }
    }
    guard let broken = walk.verdict.firstBreak else {
      return .ok(.audit, "\(walk.verdict.entries) entries, whole")
    }
    return .failed(
      .audit, "The audit trail is broken at entry \(broken.entryID): \(broken.reason)",
      remedy:
        "stop the programs, keep store and logs as they are, and put back the last sound copy: lead-queue restore BACKUP "
        + "--reason …; lead-queue audit verify tells more")
  }

  /// What the logs noted, the latest first, while there is time for a half of it.
  private func anchors(_ storeID: String) throws -> Set<AuditAnchor> {
    let half = ContinuousClock.now + (deadline - .now) / 2
    var anchors: Set<AuditAnchor> = []
    for path in LogRotation.files(of: settings.environment.logFile ?? ActivityLog.defaultFile).reversed() {
      guard ContinuousClock.now < half else { break }
      // A log that may not be read is another check's finding.
      if let noted = try? AnchorLog.anchors(inFile: path, ofStore: storeID) { anchors.formUnion(noted) }
    }
    return anchors
  }
}

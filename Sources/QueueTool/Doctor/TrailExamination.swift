import Database
import Foundation
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
    let notes = notes(try look.read { try RestoreTable.trailName(in: $0) })
    var walk = AuditWalk(anchors: notes.anchors)
    while try look.read({ try walk.step(in: $0) }) {
      if ContinuousClock.now > deadline {
        return .notChecked(
          .audit,
          because: "its first \(walk.verdict.entries) entries are whole; the rest takes longer: lead-queue audit verify"
        )
      }
    }
    guard let broken = walk.verdict.firstBreak else {
      return whole(walk.verdict.entries, notes)
    }
    return .failed(
      .audit, "The audit trail is broken at entry \(broken.entryID): \(broken.reason)",
      remedy:
        "stop the programs, keep store and logs as they are, and put back the last sound copy: lead-queue restore BACKUP "
        + "--reason …; lead-queue audit verify tells more")
  }

  /// What the logs noted of the trail, and which of them could not be asked.
  private struct Notes: Sendable {
    var anchors: Set<AuditAnchor> = []
    /// Paths, the latest log first.
    var unreadable: [String] = []
    /// Logs that there was no time for.
    var unread = 0
  }

  private func whole(_ entries: Int64, _ notes: Notes) -> HealthCheck {
    let finding = "\(entries) entries, whole"
    let unread =
      notes.unread > 0 ? "; \(notes.unread) older logs were not compared for lack of time: lead-queue audit verify" : ""
    guard !notes.unreadable.isEmpty else { return .ok(.audit, finding + unread) }
    let paths = notes.unreadable.map { ShellWord.quoted($0) }
    return .warning(
      .audit,
      finding + ", but not compared with what these logs noted of it, which cannot be read: "
        + paths.joined(separator: ", ") + unread,
      remedy: "let this user read them, or run it as their owner: ls -ld " + paths.joined(separator: " "))
  }

  /// The latest log first, while there is time for a half of it.
  private func notes(_ storeID: String) -> Notes {
    let half = ContinuousClock.now + (deadline - .now) / 2
    var notes = Notes()
    for path in LogRotation.files(of: settings.environment.logFile ?? ActivityLog.defaultFile).reversed() {
      guard ContinuousClock.now < half else {
        notes.unread += 1
        continue
      }
      do {
        notes.anchors.formUnion(try AnchorLog.anchors(inFile: path, ofStore: storeID))
      } catch {
        // One that another program has just set aside or removed is no finding.
        if access(path, F_OK) == 0 { notes.unreadable.append(path) }
      }
    }
    return notes
  }
}

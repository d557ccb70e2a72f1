import Alerts
import ArgumentParser
import Database
import Foundation
import LeadStore
import Operations

struct AuditVerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Checks that no entry of the audit trail was changed, removed or inserted.",
    discussion: """
      Each entry carries the hash of the one before; the first entry that breaks the chain is named, with exit code 1. \
      Whoever can write to the store could cut the trail off, or write it anew from some entry on. Therefore each \
      cycle notes the latest entry and its hash in the log, and every note that is found there is compared: by default \
      in the configured log file and those that were set aside, else in those given.

      For example: lead-queue audit verify --log automated_lead_manager.log.1 --log automated_lead_manager.log
      with a note kept elsewhere: lead-queue audit verify --anchor 1234:3f2a…
      """)

  @OptionGroup var common: ProgramOptions
  @Option(
    name: .long,
    help: ArgumentHelp("An entry and its hash, as the log notes them. Repeatable.", valueName: "entry:hash"),
    transform: anchorOption)
  var anchor: [AuditAnchor] = []
  @Option(
    name: .long,
    help: ArgumentHelp(
      "A log to compare with, text or JSON, instead of the configured one. Repeatable.", valueName: "file"))
  var log: [String] = []
  @OptionGroup var format: FormatOption

  func run() async throws {
    try await runningCommand { try await verify() }
  }

  private func verify() async throws -> ExitStatus {
    let desk = try await Desk.open(common)
    let storeID = try await desk.store.read { try RestoreTable.trailName(in: $0) }
    var anchors = Set(anchor)
    for path in try logs(desk) { anchors.formUnion(try AnchorLog.anchors(inFile: path, ofStore: storeID)) }
    let progress = ProgressLine()
    let verdict = try await AuditCheck(store: desk.store, anchors: anchors) {
      progress.show("Checking the audit trail: \($0) entries")
    }.run()
    progress.clear()
    await desk.program.alert([Self.finding(verdict)])
    switch format.format {
    case .table: desk.screen.tell(Self.lines(verdict))
    case .json:
      desk.screen.show(
        .object([
          ("is_whole", .boolean(verdict.firstBreak == nil)), ("entries", .integer(verdict.entries)),
          ("anchors_compared", .int(verdict.anchors)), ("anchors_known", .int(anchors.count)),
          ("first_broken_entry", .optional(verdict.firstBreak?.entryID)),
          ("reason", .optional(verdict.firstBreak?.reason)),
        ]))
    }
    return verdict.firstBreak == nil ? .done : .failed
  }

  /// What people are alerted to.
  static func finding(_ verdict: AuditVerdict) -> AlertFinding {
    guard let broken = verdict.firstBreak else {
      return AlertFinding(
        .auditBroken, "trail", isPresent: false, "The audit trail is whole: \(verdict.entries) entries")
    }
    return AlertFinding(
      .auditBroken, "trail", isPresent: true, "The audit trail is broken at entry \(broken.entryID): \(broken.reason)")
  }

  /// The logs named, which must be readable, or the configured one and those that were set aside; of those, the ones that are
  /// not readable are told.
  private func logs(_ desk: Desk) throws -> [String] {
    guard log.isEmpty else { return log }
    let path = desk.program.settings.environment.logFile ?? ActivityLog.defaultFile
    return LogRotation.files(of: path).filter { path in
      if access(path, R_OK) == 0 { return true }
      Message.warn("\(path) cannot be read; what it noted is not compared")
      return false
    }
  }

  static func lines(_ verdict: AuditVerdict) -> [String] {
    let noted =
      switch verdict.anchors {
      case 0:
        "Nothing noted outside the store was compared: only that tells whether the trail was cut off or rewritten."
      case 1: "One entry was compared with what the log noted of it, and agrees."
      case let count: "\(count) entries were compared with what the log noted of them, and agree."
      }
    guard let broken = verdict.firstBreak else {
      return ["The audit trail is whole: \(verdict.entries) entries.", noted]
    }
    return [
      "The audit trail is broken at entry \(broken.entryID): \(broken.reason).",
      "The \(verdict.entries) entries before it form a chain." + (verdict.anchors > 0 ? " " + noted : ""),
      "Somebody wrote to the store by other means than these programs, or it is an older copy: compare it with a backup.",
    ]
  }
}

private func anchorOption(_ text: String) throws -> AuditAnchor {
  guard let anchor = AuditAnchor(text) else {
    throw ValidationError("expected an entry and its hash, such as 1234:3f2a… with 64 hexadecimal digits.")
  }
  return anchor
}

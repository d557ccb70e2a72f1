import Database
import Foundation
import LeadStore
import Logging
import Operations
import Planning
import Replenishment
import Synchronization

/// Carries out a saved plan in a cycle of its own.
struct PlanApplication: Sendable {
  let program: Program
  let saved: SavedPlan

  func run(showing format: PlanPreview.Format) async throws -> ExitStatus {
    if let done = try await program.store.read({ try AppliedPlanTable.find(saved.id, in: $0) }) {
      return try end(
        format, .failed,
        "Plan refused: it was carried out before, as plan \(done.planID), by \(done.appliedBy)", outcome: "refused")
    }
    guard saved.draft.plan.decision == .upload else {
      return try end(format, .done, "Nothing to carry out: \(saved.draft.plan.message)", outcome: "nothing")
    }
    let teller = CycleTeller(program: program)
    let events = Mutex<[CycleEvent]>([])
    let tell: @Sendable (CycleEvent) -> Void = { event in
      events.withLock { $0.append(event) }
      switch format {
      case .text: teller.tell(event)
      case .json: event.lines.forEach { program.logger.info("\($0)") }
      }
    }
    let crm = try await CRMConnection.open(for: program)
    let workers = EmbeddedWorkers(program: program, crm: crm, concurrency: nil, tell: tell)
    let report: CycleReport
    do {
      report = try await ReplenishmentCycle(
        workplace: program.workplace(crm: crm), scheduler: program.processID, crew: workers.crew,
        approval: PlanApproval(saved: saved, person: Person.name()), tell: tell
      ).run()
    } catch {
      teller.end()
      try await workers.stop()
      throw error
    }
    teller.end()
    try await workers.stop()
    let status = ExitStatus(of: report)
    if format == .json {
      let last = events.withLock { $0 }.flatMap(\.lines).last ?? ""
      return try end(format, status, last, outcome: Self.outcome(report.ending), cycle: report.cycle)
    }
    return status
  }

  private static func outcome(_ ending: CycleReport.Ending) -> String {
    switch ending {
    case .uploaded: "carried_out"
    case .unresolved: "unresolved"
    case .postponed: "postponed"
    case .refused: "refused"
    case .held, .blocked, .sufficient, .sourcesBroken: "held"
    case .failed: "failed"
    }
  }

  private struct Document: Encodable {
    let plan: String
    let outcome: String
    let message: String
    let cycle: Int64?
    let leads: Int
  }

  /// Shows how it ended.
  private func end(
    _ format: PlanPreview.Format, _ status: ExitStatus, _ message: String, outcome: String, cycle: Int64? = nil
  ) throws -> ExitStatus {
    switch format {
    case .text: print(message)
    case .json:
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      let document = Document(
        plan: saved.id, outcome: outcome, message: message, cycle: cycle, leads: saved.draft.leads.count)
      print(String(decoding: try encoder.encode(document), as: UTF8.self))
    }
    return status
  }
}

import JobQueue
import LeadStore
import Leads
import Logging
import Operations
import Replenishment

/// Runs the cycles of continuous mode: the handler of `cycle` jobs.
struct CycleRunner: Sendable {
  let program: Program
  /// Workers to run in this process beside each cycle; nil: none.
  let embeddedWorkers: Int?
  let teller: CycleTeller

  /// A cycle that fails is told and logged, and the job has done its work; the next tick begins afresh. A cycle that is cut
  /// off by a drain is closed, and its job handed back.
  func run(_ job: LeasedJob, _ context: JobContext) async throws -> Settlement {
    do {
      defer { teller.end() }
      return try CycleTick.settlement(of: try await cycle())
    } catch {
      try Task.checkCancellation()
      let reason = ErrorText.describe(error)
      if case LeadStoreError.cycleRunning = error {
        program.logger.info("the cycle was skipped", metadata: ["reason": "\(reason)"])
        return try CycleTick.settlement(.skipped, because: reason)
      }
      program.logger.error("the cycle failed", metadata: ["reason": "\(reason)"])
      return try CycleTick.settlement(.failed, because: reason)
    }
  }

  private func cycle() async throws -> CycleReport {
    let crm = try await CRMConnection.open(for: program)
    let workers = EmbeddedWorkers(program: program, crm: crm, concurrency: embeddedWorkers, tell: teller.tell)
    if embeddedWorkers != nil { workers.start(because: nil) }
    let cycle = ReplenishmentCycle(
      workplace: program.workplace(crm: crm), scheduler: program.processID,
      crew: embeddedWorkers == nil ? .none : workers.crew, tell: teller.tell)
    let report: CycleReport
    do {
      report = try await cycle.run()
    } catch {
      try await workers.stop()
      throw error
    }
    try await workers.stop()
    return report
  }
}

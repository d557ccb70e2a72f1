import JobQueue
import Operations
import Replenishment
import Timekeeping

/// Runs the cycles of continuous mode: the handler of `cycle` jobs.
struct CycleRunner: Sendable {
  let program: Program
  /// Workers to run in this process beside each cycle; nil: none.
  let embeddedWorkers: Int?
  let teller: CycleTeller

  /// See `CycleTick.settlement(describe:logger:of:)`.
  func run(_ job: LeasedJob, _ context: JobContext) async throws -> Settlement {
    try await CycleTick.settlement(
      describe: ErrorText.describe, logger: program.logger,
      alert: { [program] reason, error, transaction in
        let finding = CycleFindings.failure(reason, ofCRM: ExitStatus(of: error) == .unavailable)
        try program.alertBook.look([finding], now: program.clock.now(), in: transaction)
      }
    ) {
      defer { teller.end() }
      return try await cycle()
    }
  }

  private func cycle() async throws -> CycleReport {
    let crm = try await CRMConnection.open(for: program)
    let workers = EmbeddedWorkers(program: program, crm: crm, concurrency: embeddedWorkers, tell: teller.tell)
    if embeddedWorkers != nil { workers.start(because: nil) }
    var workplace = program.workplace(crm: crm)
    workplace.checkInterval = program.configuration.monitoring.checkInterval
    let cycle = ReplenishmentCycle(
      workplace: workplace, scheduler: program.processID,
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

import Database
import JobQueue
import LeadStore
import Leads
import Timekeeping

/// Reads the CRM's stock and keeps it as a snapshot for the scheduler to judge. A failed reading is kept as a failure,
/// without numbers.
struct MonitorHandler: Sendable {
  let workplace: Workplace

  func run(_ job: LeasedJob, _ context: JobContext) async throws -> Settlement {
    let cycle = try Payload.decode(MonitorPayload.self, from: job.payload).cycle
    let stock: Stock
    do throws(CRMError) {
      try await workplace.crm.authenticate()
      stock = try await workplace.crm.readStock(
        window: .seconds(86_400 * workplace.policy.performanceWindowDays), now: workplace.clock.now())
    } catch {
      // A question cut off by a drain says nothing about the CRM.
      try Task.checkCancellation()
      return failure(error, cycle: cycle)
    }
    let snapshot = try await workplace.store.write { transaction in
      try JobTable.requireLease(job.lease, in: transaction)
      try StoreIdentityTable.requireCRM(workplace.crm.identity, in: transaction)
      return try SnapshotTable.add(stock, cycle: cycle, in: transaction)
    }
    return Settlement(.succeeded(result: try Payload.encode(MonitorResult(snapshot: snapshot))))
  }

  private func failure(_ error: CRMError, cycle: Int64) -> Settlement {
    let reason = "\(error)"
    let now = workplace.clock.now()
    let outcome: Outcome =
      switch error {
      case .authenticationFailed, .forbidden, .schemaUnsupported: .discard(because: reason)
      case .rateLimited(let wait): .holdOff(destination: workplace.crm.identity, for: wait, because: reason)
      case .unreachable, .databaseUnreachable, .unexpectedAnswer: .retry(after: .seconds(1), because: reason)
      }
    return Settlement(outcome) { transaction in
      try SnapshotTable.addFailure(cycle: cycle, reason: reason, now: now, in: transaction)
    }
  }
}

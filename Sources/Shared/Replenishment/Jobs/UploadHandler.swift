import Database
import JobQueue
import LeadStore
import Leads
import Timekeeping

/// Sends a batch and finds out what became of every lead of it: performs what `UploadProgress` decides, and commits each
/// step, fenced by the lease, before the next.
///
/// If the process dies anywhere, the next attempt finds in the store which leads may be in the CRM, and looks for them
/// first.
struct UploadHandler: Sendable {
  /// Requests without a clear answer that one attempt takes before it rests.
  private static let unknownsMax = 3
  /// How long ago the CRM may have imported leads of a batch to be taken for well.
  private static let lately = Duration.seconds(600)

  let workplace: Workplace

  func run(_ job: LeasedJob, _ context: JobContext) async throws -> Settlement {
    let now = workplace.clock.now()
    let (batch, leads, storeID, hasImportedLately) = try await workplace.store.read { transaction in
      try StoreIdentityTable.requireCRM(workplace.crm.identity, in: transaction)
      guard let batch = try BatchTable.find(ofJob: job.id, in: transaction) else {
        throw LeadStoreError.unreadable("no batch of job \(job.id)")
      }
      return (
        batch, try BatchTable.leads(ofBatch: batch.id, liveOnly: true, in: transaction),
        try StoreIdentityTable.storeID(in: transaction),
        try BatchTable.hasCreated(inBatch: batch.id, since: now - Self.lately, in: transaction)
      )
    }
    var attempt = UploadAttempt(
      job: job, context: context, batch: batch, storeID: storeID, workplace: workplace,
      progress: UploadProgress(
        leads: leads, batchSize: workplace.upload.batchSize, grace: workplace.upload.readBackGrace,
        newestLeadID: batch.newestLeadID, hasImportedLately: hasImportedLately))
    while true {
      try Task.checkCancellation()
      if let end = try await attempt.step() { return end }
      if attempt.unknowns >= Self.unknownsMax {
        return Settlement(
          .retry(after: .zero, because: "the CRM gave no clear answer \(attempt.unknowns) times in a row"))
      }
    }
  }
}

package import Database
package import JobQueue
import LeadStore

/// What stands behind an upload job: its batch. The job may end, the batch goes on until each of its leads is settled.
package enum UploadCare {
  /// Why running this job again would do nothing or harm; nil when it may. Only the job that an open batch names may
  /// send it.
  package static func pointless(_ job: JobRecord, in transaction: Transaction) throws -> String? {
    guard job.kind == JobKind.upload.rawValue else { return nil }
    guard let batch = try BatchTable.find(ofJob: job.id, in: transaction) else {
      return "its batch was given to a later job, which looks after the leads"
    }
    guard batch.settledAt == nil else {
      return "batch \(batch.id) is settled: every lead of it has its final state, and nothing is left to send"
    }
    return nil
  }

  /// What becomes of the leads of an upload job that was just cancelled, or asked to stop; nil when it has no open
  /// batch.
  package static func afterCancelling(_ job: Int64, in transaction: Transaction) throws -> String? {
    guard let batch = try BatchTable.find(ofJob: job, in: transaction), batch.settledAt == nil else { return nil }
    let tally = try BatchTable.tally(ofBatch: batch.id, in: transaction)
    let (unsent, inDoubt) = (tally[.pending] ?? 0, tally[.unresolved] ?? 0)
    var parts: [String] = []
    if unsent > 0 { parts.append("\(unsent) unsent go back to the catalog") }
    if inDoubt > 0 { parts.append("\(inDoubt) that may be in the CRM are looked for there first") }
    guard !parts.isEmpty else { return nil }
    return "batch \(batch.id): no lead is lost; with the next cycle \(parts.joined(separator: ", "))"
  }

  /// What a revived upload job does first; nil when it has no open batch.
  package static func afterRetrying(_ job: Int64, in transaction: Transaction) throws -> String? {
    guard let batch = try BatchTable.find(ofJob: job, in: transaction), batch.settledAt == nil else { return nil }
    let tally = try BatchTable.tally(ofBatch: batch.id, in: transaction)
    let (unsent, inDoubt) = (tally[.pending] ?? 0, tally[.unresolved] ?? 0)
    return inDoubt > 0
      ? "batch \(batch.id): looks for \(inDoubt) leads in the CRM before it sends the rest (\(unsent))"
      : "batch \(batch.id): sends \(unsent) leads"
  }
}

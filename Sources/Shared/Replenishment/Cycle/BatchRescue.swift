import Database
import JobQueue
import LeadStore
import Timekeeping

/// Cares for a batch whose job ended without settling it: dead, or cancelled by hand.
struct BatchRescue: Sendable {
  let workplace: Workplace

  func run(_ batch: BatchRow, in transaction: Transaction) throws {
    guard let job = try JobTable.find(batch.jobID, in: transaction), !job.state.isUnfinished else { return }
    let moment = workplace.clock.moment()
    let leads = try BatchTable.leads(ofBatch: batch.id, liveOnly: true, in: transaction)
    let unsent = leads.filter { $0.state == .pending }
    let reason = "job \(job.id) ended as \(job.state.rawValue): \(job.reason ?? "no reason given")"
    try BatchTable.finishUnfenced(
      batch.id, results: unsent.map { ($0.position, .released(reason: reason)) }, attempt: job.attempt, moment: moment,
      in: transaction)
    if !unsent.isEmpty {
      try AuditTable.append(
        .batchReleased, subject: "batch \(batch.id)", detail: ["leads": unsent.count, "reason": reason],
        actor: workplace.actor, now: moment.wall, in: transaction)
    }
    guard unsent.count < leads.count else { return }
    let replacement = try JobTable.enqueue(
      NewJob(
        kind: JobKind.upload.rawValue, queue: JobKind.upload.queue,
        payload: try Payload.encode(UploadPayload(plan: batch.planID, ordinal: batch.ordinal)),
        uniqueKey: "upload:\(batch.planID):\(batch.ordinal)", maxFailures: workplace.upload.maxFailures,
        isPermanent: true),
      now: moment.wall, in: transaction)
    if let replacement { try BatchTable.assign(batch.id, to: replacement, in: transaction) }
  }
}

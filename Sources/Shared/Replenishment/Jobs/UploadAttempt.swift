import Database
import JobQueue
import LeadStore
import Leads
import Synchronization
import Timekeeping

/// One attempt at a batch: the shell around `UploadProgress`.
struct UploadAttempt {
  let job: LeasedJob
  let context: JobContext
  let batch: BatchRow
  let storeID: String
  let workplace: Workplace
  var progress: UploadProgress
  /// Requests in a row without a clear answer.
  private(set) var unknowns = 0
  /// Why leads go back to the catalog.
  private var reasonToRelease = "the CRM rolls back every request with it"

  init(
    job: LeasedJob, context: JobContext, batch: BatchRow, storeID: String, workplace: Workplace,
    progress: UploadProgress
  ) {
    self.job = job
    self.context = context
    self.batch = batch
    self.storeID = storeID
    self.workplace = workplace
    self.progress = progress
  }

  /// Performs the next action and writes down what it brought. Returns how the attempt ends, nil while it goes on.
  mutating func step() async throws -> Settlement? {
    if context.isCancelRequested {
      guard !progress.unresolved.isEmpty else {
        return try await release(.discard(because: "cancelled"), because: "the job was cancelled")
      }
      close(because: "the job was cancelled")
    }
    switch progress.next(now: workplace.clock.moment()) {
    case .readBack(let leads): return try await readBack(leads)
    case .send(let leads):
      if let closure = workplace.closure(at: workplace.clock.now()) { return sleep(until: closure) }
      return try await send(leads)
    case .release(let leads): return try await giveBack(leads)
    case .restartGrace(let leads): return try await restartGrace(leads)
    case .condemn(let leads): return try await condemn(leads)
    case .giveUp:
      return Settlement(.retry(after: .zero, because: "the CRM rolls back everything it is sent: the fault is its own"))
    case .wait(let time):
      return Settlement(.snooze(until: time, because: "waiting to see whether the CRM still creates what it was sent"))
    case .done: return Settlement(.succeeded(result: nil))
    }
  }

  // MARK: Reading back

  private mutating func readBack(_ leads: [BatchLead]) async throws -> Settlement? {
    let rows = leads.map { ReadBackRow(npi: $0.npi, key: $0.key, marker: marker(of: $0)) }
    let findings: [ReadBackFinding]
    do throws(CRMError) {
      findings = try await workplace.crm.readBack(rows, after: batch.newestLeadID)
    } catch {
      return try unreachable(error)
    }
    let moment = workplace.clock.moment()
    let found = progress.foundBack(leads, findings, now: moment)
    let settled = try await workplace.store.write(.power) { [self] transaction in
      try StoreIdentityTable.requireCRM(workplace.crm.identity, in: transaction)
      try BatchTable.noteAbsent(
        batch.id, positions: found.absent, cleared: found.cleared, lease: job.lease, moment: moment, in: transaction)
      let count = try BatchTable.finish(
        batch.id, results: found.results, lease: job.lease, moment: moment, in: transaction)
      try audit(
        .batchReadBack,
        [
          "asked": leads.count, "created": count.created, "duplicates": count.duplicates, "absent": found.absent.count,
        ], moment.wall, transaction)
      return count
    }
    workplace.meters.settled(settled)
    return nil
  }

  /// Leads in doubt stay so until the CRM can be asked; that costs the job no failure, so that it never dies in doubt.
  private func unreachable(_ error: CRMError) throws -> Settlement {
    // A question cut off by a drain says nothing about the CRM.
    try Task.checkCancellation()
    let reason = "\(readBackFailed): \(error)"
    if case .rateLimited(let wait) = error { return holdOff(for: wait, because: reason) }
    let wait: Duration = min(.seconds(60), .seconds(2 << min(job.attempt, 5)))
    return Settlement(.snooze(until: workplace.clock.now() + wait, because: reason))
  }

  /// The CRM asked to be left alone: no upload begins before that time has passed.
  private func holdOff(for wait: Duration, because reason: String) -> Settlement {
    Settlement(.holdOff(destination: workplace.crm.identity, for: wait, because: reason))
  }

  // MARK: Sending

  private mutating func send(_ leads: [BatchLead]) async throws -> Settlement? {
    let request = try await request(for: leads)
    let hash = SHA256.hexadecimal(SHA256.digest(of: request.body))
    let sends = Mutex(0)
    let answer: UploadAnswer
    do {
      answer = try await workplace.crm.upload(request, mayLeave: mayLeave) { [self] in
        let isRepeated = sends.withLock { sends in
          defer { sends += 1 }
          return sends > 0
        }
        try await intend(leads, bodyHash: hash, isRepeated: isRepeated)
      }
    } catch let closed as ClosedMeanwhile {
      // As above, for a second POST. The next step sees to what may be in the CRM, or rests until business opens.
      if sends.withLock({ $0 > 1 }) { progress.intended(leads, at: workplace.clock.now()) }
      return progress.unresolved.isEmpty ? sleep(until: closed.closure) : nil
    } catch is BatchTable.DailyLimitReached {
      // Only a second POST, after a 401, finds its leads marked as sent.
      if sends.withLock({ $0 > 1 }) { progress.intended(leads, at: workplace.clock.now()) }
      close(because: "Daily upload limit reached")
      return nil
    }
    guard sends.withLock({ $0 > 0 }) else { return try await endUnsent(answer) }
    progress.intended(leads, at: workplace.clock.now())
    return try await write(answer, to: leads)
  }

  /// The login before the first POST failed: nothing was sent and no intent is written, so that the leads are as they were.
  private func endUnsent(_ answer: UploadAnswer) async throws -> Settlement {
    if let reason = Self.refusal(answer) { return try await release(.discard(because: reason), because: reason) }
    switch answer {
    case .rateLimited(let wait):
      return holdOff(for: wait, because: "the CRM's rate limit")
    case .notSent(let reason), .unknown(let reason):
      return Settlement(.retry(after: .zero, because: reason))
    case .processed, .invalidRows, .rolledBack, .refused, .authenticationFailed, .forbidden:
      return Settlement(.retry(after: .zero, because: "the CRM answered a request that was not sent"))
    }
  }

  /// Why no resending mends the request: in the words of the error, which say whose fault it is.
  private static func refusal(_ answer: UploadAnswer) -> String? {
    switch answer {
    case .refused(let reason): "the CRM refuses the request: \(reason)"
    case .authenticationFailed(let reason): "\(CRMError.authenticationFailed(reason))"
    case .forbidden(let reason): "\(CRMError.forbidden(reason))"
    case .processed, .invalidRows, .rolledBack, .notSent, .rateLimited, .unknown: nil
    }
  }

  private func request(for leads: [BatchLead]) async throws -> UploadRequest {
    let bodies = try await workplace.store.read { [batch] transaction in
      try BatchTable.bodies(ofBatch: batch.id, positions: leads.map(\.position), in: transaction)
    }
    var body: [UInt8] = [UInt8(ascii: "[")]
    for (lead, row) in zip(leads, bodies) {
      if body.count > 1 { body.append(UInt8(ascii: ",")) }
      Lead.append(row: row, marker: marker(of: lead), to: &body)
    }
    body.append(UInt8(ascii: "]"))
    return UploadRequest(body: body, rowCount: leads.count)
  }

  /// Business closed after the request was made ready. Thrown, so that the intent is rolled back.
  private struct ClosedMeanwhile: Error {
    let closure: Closure
  }

  /// The leads stay with the batch until business opens. Their reservation stays on the day it was made for; the intent
  /// moves it to the day on which they are sent.
  private func sleep(until closure: Closure) -> Settlement {
    // Who never opens is asked again each day: somebody may change that.
    let opening = closure.nextOpening ?? workplace.clock.now() + .seconds(86_400)
    return Settlement(.snooze(until: opening, because: "\(waitsForBusinessHours): \(closure.sentence)"))
  }

  private func marker(of lead: BatchLead) -> String {
    UploadMarker(storeID: storeID, batchID: batch.id, position: lead.position).text
  }

  /// Whether the lease still outlasts a request that leaves now.
  private var mayLeave: @Sendable () -> Bool {
    { [context, time = workplace.upload.requestTimeout] in context.hasTime(time) }
  }

  /// Runs immediately before each POST. The lease must outlast the request: somebody else may begin when it ends.
  /// `isRepeated`: the CRM answered the first POST with 401 and processed nothing.
  private func intend(_ leads: [BatchLead], bodyHash: String, isRepeated: Bool) async throws {
    try Task.checkCancellation()
    try context.requireTime(workplace.upload.requestTimeout)
    let positions = leads.map(\.position)
    try await workplace.store.write(.power) { [self] transaction in
      let now = workplace.clock.now()
      if let closure = workplace.closure(at: now) { throw ClosedMeanwhile(closure: closure) }
      try StoreIdentityTable.requireCRM(workplace.crm.identity, in: transaction)
      if isRepeated {
        try BatchTable.unsend(
          batch.id, positions: positions, lease: job.lease, entry: .notProcessed, reason: "401", now: now,
          in: transaction)
      }
      try BatchTable.intend(
        batch.id, positions: positions, lease: job.lease, bodyHash: bodyHash, today: workplace.day(of: now),
        dailyLimit: workplace.policy.maxDailyUploads, now: now, in: transaction)
    }
    // The commit may have waited. If time ran out, the leads are in doubt, which is the safe side.
    try context.requireTime(workplace.upload.requestTimeout)
  }

  // MARK: Answers

  private mutating func write(_ answer: UploadAnswer, to leads: [BatchLead]) async throws -> Settlement? {
    if case .unknown(let reason) = answer {
      unknowns += 1
      try await noteUnknown(leads, reason)
      workplace.meters.unanswered(leads.count)
      progress.unanswered(leads)
      return nil
    }
    unknowns = 0
    switch answer {
    case .processed(let outcomes):
      try await finish(leads, progress.processed(leads, outcomes))
      return nil
    case .invalidRows(let reasons):
      let rejected = Dictionary(uniqueKeysWithValues: reasons.map { (leads[$0.key].position, $0.value) })
      try await unsend(leads, .notProcessed, "422", rejecting: rejected)
      progress.unprocessed(leads, rejected: Set(rejected.keys))
      return nil
    case .rolledBack:
      return try await bisect(leads)
    case .notSent(let reason):
      try await unsend(leads, .notSent, reason)
      return Settlement(.retry(after: .zero, because: reason))
    case .rateLimited(let wait):
      try await unsend(leads, .notProcessed, "429")
      return holdOff(for: wait, because: "the CRM's rate limit")
    case .refused, .authenticationFailed, .forbidden:
      let reason = Self.refusal(answer) ?? ""
      try await unsend(leads, .notProcessed, reason)
      progress.unprocessed(leads)
      return try await release(.discard(because: reason), because: reason)
    case .unknown:
      return nil
    }
  }

  /// One row in it cannot be imported: halves find it in about 2 · log2(rows) requests, and cost its neighbours nothing.
  private mutating func bisect(_ leads: [BatchLead]) async throws -> Settlement? {
    try await unsend(leads, .notProcessed, "500, rolled back", isLoneRollback: leads.count == 1)
    progress.unprocessed(leads, isPoisoned: true)
    return nil
  }

  private mutating func condemn(_ leads: [BatchLead]) async throws -> Settlement? {
    let reason = "the CRM cannot import this row: it rolled the request back"
    try await finish(leads, leads.map { ($0.position, .rejected(reason: reason)) })
    progress.remove(leads)
    return nil
  }

  private mutating func restartGrace(_ leads: [BatchLead]) async throws -> Settlement? {
    let moment = workplace.clock.moment()
    try await workplace.store.write(.power) { [self] transaction in
      try BatchTable.restartGrace(
        batch.id, positions: leads.map(\.position), lease: job.lease, moment: moment, in: transaction)
    }
    progress.restartedGrace(leads, at: moment)
    return nil
  }

  /// Nothing more is sent; leads in doubt are seen to their end, the others go back to the catalog.
  private mutating func close(because reason: String) {
    progress.close()
    reasonToRelease = reason
  }

  private mutating func giveBack(_ leads: [BatchLead]) async throws -> Settlement? {
    let reason = reasonToRelease
    let moment = workplace.clock.moment()
    try await workplace.store.write(.power) { [self] transaction in
      try BatchTable.finish(
        batch.id, results: leads.map { ($0.position, .released(reason: reason)) }, lease: job.lease, moment: moment,
        in: transaction)
      try audit(.batchReleased, ["leads": leads.count, "reason": reason], moment.wall, transaction)
    }
    workplace.meters.settled(released: leads.count)
    progress.remove(leads)
    return nil
  }

  private func finish(_ leads: [BatchLead], _ results: [(position: Int, result: LeadResult)]) async throws {
    let moment = workplace.clock.moment()
    let settled = try await workplace.store.write(.power) { [self] transaction in
      let count = try BatchTable.finish(
        batch.id, results: results, lease: job.lease, moment: moment, in: transaction)
      try audit(
        .batchAnswered,
        [
          "sent": leads.count, "created": count.created, "duplicates": count.duplicates, "rejected": count.rejected,
          "to_read_back": leads.count - results.count,
        ], moment.wall, transaction)
      return count
    }
    workplace.meters.settled(settled)
  }

  private func noteUnknown(_ leads: [BatchLead], _ reason: String) async throws {
    let now = workplace.clock.now()
    try await workplace.store.write(.power) { [self] transaction in
      try BatchTable.noteUnknown(
        batch.id, positions: leads.map(\.position), lease: job.lease, reason: reason, now: now, in: transaction)
      try audit(.batchAnswered, ["sent": leads.count, "unknown": reason], now, transaction)
    }
  }

  /// The CRM processed nothing; `rejected` are refused for good, with their reasons.
  private func unsend(
    _ leads: [BatchLead], _ entry: LedgerEntry, _ reason: String, rejecting rejected: [Int: String] = [:],
    isLoneRollback: Bool = false
  ) async throws {
    let moment = workplace.clock.moment()
    let settled = try await workplace.store.write(.power) { [self] transaction in
      try BatchTable.unsend(
        batch.id, positions: leads.map(\.position), lease: job.lease, entry: entry, reason: reason, now: moment.wall,
        in: transaction)
      if isLoneRollback {
        try BatchTable.noteLoneRollback(batch.id, position: leads[0].position, lease: job.lease, in: transaction)
      }
      let count = try BatchTable.finish(
        batch.id, results: rejected.sorted { $0.key < $1.key }.map { ($0.key, .rejected(reason: $0.value)) },
        lease: job.lease, moment: moment, in: transaction)
      try audit(
        .batchAnswered, ["sent": leads.count, "not_processed": reason, "rejected": rejected.count], moment.wall,
        transaction)
      return count
    }
    workplace.meters.settled(settled)
  }

  /// Ends the job and gives the leads that are not in the CRM back to the catalog. Leads in doubt stay with the batch; the
  /// next cycle has them looked for.
  private func release(_ outcome: Outcome, because reason: String) async throws -> Settlement {
    let moment = workplace.clock.moment()
    let positions = progress.pending.map(\.position)
    workplace.meters.settled(released: positions.count)
    return Settlement(outcome, durability: .power) { [self] transaction in
      try BatchTable.finish(
        batch.id, results: positions.map { ($0, .released(reason: reason)) }, lease: job.lease, moment: moment,
        in: transaction)
      try audit(.batchReleased, ["leads": positions.count, "reason": reason], moment.wall, transaction)
    }
  }

  private func audit(
    _ action: AuditAction, _ detail: [String: any Encodable & Sendable], _ now: Timestamp, _ transaction: Transaction
  ) throws {
    try AuditTable.append(
      action, subject: "batch \(batch.id)",
      detail: detail.merging(["job": job.id, "attempt": job.attempt]) { own, _ in own }, actor: workplace.actor,
      now: now,
      in: transaction)
  }
}

/// Begins the reason of an upload job that sleeps because business is closed.
package let waitsForBusinessHours = "waits for business hours"
/// Begins the reason of an upload job that sleeps because the CRM could not be asked what became of its leads.
package let readBackFailed = "read-back failed"

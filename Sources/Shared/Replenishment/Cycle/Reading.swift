import Database
import JobQueue
import LeadStore
import Leads
import Planning
import Timekeeping

/// Has the stock read by a `monitor` job, and judges the reading. No reading, or an implausible one, plans nothing.
struct Reading: Sendable {
  /// How long a cycle tries before it gives up.
  private static let limit = Duration.seconds(28)

  enum Result: Sendable {
    case accepted(SnapshotRow, Stock)
    case held(Stock, reason: String)
    case failed(reason: String)
  }

  let workplace: Workplace
  let cycle: Int64
  let watch: JobWatch

  func take() async throws -> Result {
    let job = try await workplace.store.write { [self] transaction in
      try JobTable.enqueue(
        NewJob(
          kind: JobKind.monitor.rawValue, queue: JobKind.monitor.queue,
          payload: try Payload.encode(MonitorPayload(cycle: cycle)), priority: 10, uniqueKey: "monitor:\(cycle)",
          maxFailures: 2), now: workplace.clock.now(), in: transaction)
    }
    guard let job else { preconditionFailure("a new cycle has no monitor job yet") }
    let jobs = try await watch.wait(for: [job], kind: .monitor, atMost: Self.limit)
    guard let record = jobs.first, record.state == .succeeded, let result = record.result else {
      return try await giveUp(job, jobs.first)
    }
    let snapshot = try Payload.decode(MonitorResult.self, from: result).snapshot
    return try await workplace.store.write { try judge(snapshot, in: $0) }
  }

  private func giveUp(_ job: Int64, _ record: JobRecord?) async throws -> Result {
    let reason = record?.reason ?? "no worker read the CRM's stock within \(Self.limit.components.seconds) s"
    _ = try await workplace.store.write { [self] in
      try JobTable.cancel(job, because: "the cycle gave up waiting", now: workplace.clock.now(), in: $0)
    }
    return .failed(reason: reason)
  }

  private func judge(_ id: Int64, in transaction: Transaction) throws -> Result {
    guard let snapshot = try SnapshotTable.find(id, in: transaction), let stock = snapshot.stock else {
      throw LeadStoreError.unreadable("no snapshot \(id)")
    }
    let accepted = try SnapshotTable.lastAccepted(in: transaction)?.stock
    let created = try accepted.map {
      try BatchTable.createdCount(from: $0.takenAt, until: stock.takenAt, in: transaction)
    }
    let verdict = PlausibilityCheck.judge(
      reading: stock, lastAccepted: accepted,
      heldSince: try SnapshotTable.heldSinceAccepted(in: transaction).compactMap(\.stock),
      createdByUsSince: created ?? 0)
    switch verdict {
    case .accepted:
      try SnapshotTable.judge(id, .accepted, reason: nil, in: transaction)
      return .accepted(snapshot, stock)
    case .held(let reason):
      try SnapshotTable.judge(id, .held, reason: reason, in: transaction)
      try AuditTable.append(
        .readingHeld, subject: "snapshot \(id)", detail: ["reason": reason], actor: workplace.actor,
        now: workplace.clock.now(), in: transaction)
      try workplace.alertBook.look(
        [CycleFindings.reached, CycleFindings.held(reason)], now: workplace.clock.now(), in: transaction)
      return .held(stock, reason: reason)
    }
  }
}

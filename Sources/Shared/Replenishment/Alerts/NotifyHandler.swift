package import Alerts
package import Database
package import JobQueue
import LeadStore
package import Timekeeping

/// Brings a letter to a channel. Throws `CourierFailure`, or what a cancelled task throws.
package typealias Courier = @Sendable (AlertChannel, Letter) async throws -> Void

/// Brings one message to one channel: after all earlier ones that tell of the same event and subject, so that nobody hears that
/// something is over, and then that it began. What is dead is not waited for.
///
/// A process that dies between the sending and the settle has it sent again: with the same text and the same id, so that the
/// second one is recognised.
package struct NotifyHandler: Sendable {
  private static let waitMax = Duration.seconds(900)
  /// Between two looks whether an earlier message has gone.
  private static let turnWait = Duration.seconds(5)

  private let store: Store
  private let clock: WallClock
  private let courier: Courier
  private let meters: ReplenishmentMeters

  package init(
    store: Store, clock: WallClock, meters: ReplenishmentMeters = .none, courier: @escaping Courier
  ) {
    self.store = store
    self.clock = clock
    self.courier = courier
    self.meters = meters
  }

  /// It as the pool takes it.
  package var handler: JobHandler {
    JobHandler(kind: ServedKind(JobKind.notify.rawValue), timeout: JobKind.notify.timeout) { job, _ in
      try await run(job)
    }
  }

  func run(_ job: LeasedJob) async throws -> Settlement {
    let payload = try Payload.decode(NotifyPayload.self, from: job.payload)
    let (found, earlier, storeID) = try await store.read { transaction in
      (
        try BulletinTable.find(payload.bulletin, in: transaction), try Self.earlier(than: payload, in: transaction),
        try StoreIdentityTable.storeID(in: transaction)
      )
    }
    guard let found else { return Settlement(.discard(because: "the message was let go long ago")) }
    if let earlier {
      return Settlement(
        .snooze(
          until: max(earlier.runAt, clock.now() + Self.turnWait),
          because: "an earlier message of the same alert goes first: job \(earlier.id)"))
    }
    let letter = Letter(
      bulletin: found.bulletin, id: "notify-\(job.id).\(storeID)", madeAt: found.madeAt,
      sender: "lead-queue, store \(storeID.prefix(8)). What is open: lead-queue alerts")
    do {
      try await courier(payload.channel, letter)
    } catch let failure as CourierFailure {
      // A sending that was cut off by a drain says nothing about the channel.
      try Task.checkCancellation()
      meters.message(payload.channel, failure)
      return Settlement(outcome(of: failure, job))
    }
    meters.message(payload.channel, .sent)
    let now = clock.now()
    // By `.power`: a message that was sent is not to be sent again because the lights went out.
    return Settlement(.succeeded(result: nil), durability: .power) { transaction in
      try BulletinTable.noteSent(payload.bulletin, now: now, in: transaction)
      try AlertTable.noteTold(by: payload.bulletin, now: now, in: transaction)
    }
  }

  /// The job that brings the latest earlier message of the same alerts to the same channel, if it is still to do so.
  private static func earlier(than payload: NotifyPayload, in transaction: Transaction) throws -> JobRecord? {
    for bulletin in try AlertTable.messages(before: payload.bulletin, in: transaction) {
      let other = NotifyPayload(bulletin: bulletin, channel: payload.channel)
      guard let job = try JobTable.unfinished(uniqueKey: other.uniqueKey, in: transaction) else { continue }
      return try JobTable.find(job, in: transaction)
    }
    return nil
  }

  private func outcome(of failure: CourierFailure, _ job: LeasedJob) -> Outcome {
    let reason = "\(failure)"
    switch failure {
    case .refused: return .discard(because: reason)
    case .busy(let time): return .snooze(until: clock.now() + time, because: reason)
    case .unreachable, .notConfigured: return .retry(after: Self.wait(afterFailures: job.failures), because: reason)
    }
  }

  /// The wait after one more failure than these, at the least: 5 s, doubled each time, 15 minutes at the most. All of a job's
  /// failures together last more than a day.
  static func wait(afterFailures failures: Int) -> Duration {
    min(.seconds(5 << min(max(failures, 0), 20)), waitMax)
  }
}

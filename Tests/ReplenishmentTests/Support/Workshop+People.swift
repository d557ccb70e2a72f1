import Alerts
import Database
import LeadStore
import Synchronization
import Timekeeping

@testable import JobQueue
@testable import Replenishment

/// People in memory, and the way to them.
final class Mailbox: Sendable {
  struct Arrival: Sendable, Equatable {
    var channel: AlertChannel
    var letter: Letter
  }

  private struct State {
    var arrivals: [Arrival] = []
    var obstacle: (@Sendable (AlertChannel) -> CourierFailure?)?
    var dies = false
  }

  struct Death: Error {}

  private let state = Mutex(State())

  var arrivals: [Arrival] { state.withLock { $0.arrivals } }
  func titles(_ channel: AlertChannel) -> [String] {
    arrivals.filter { $0.channel == channel }.map(\.letter.bulletin.title)
  }

  /// What stands in the way from now on; nil: nothing.
  func block(_ obstacle: (@Sendable (AlertChannel) -> CourierFailure?)?) {
    state.withLock { $0.obstacle = obstacle }
  }

  /// The process dies once with the next letter delivered, and not settled.
  func dieOnce() {
    state.withLock { $0.dies = true }
  }

  @Sendable func bring(_ channel: AlertChannel, _ letter: Letter) async throws {
    let dies = try state.withLock { state in
      if let failure = state.obstacle?(channel) { throw failure }
      state.arrivals.append(Arrival(channel: channel, letter: letter))
      defer { state.dies = false }
      return state.dies
    }
    if dies { throw Death() }
  }
}

extension Workshop {
  /// Runs every `notify` job that is due, one attempt each; returns how many.
  @discardableResult
  func deliver(to mailbox: Mailbox) async throws -> Int {
    var count = 0
    while let job = try await leaseMessage() {
      count += 1
      let settlement: Settlement
      do {
        settlement = try await NotifyHandler(store: store, clock: workplace.clock, courier: mailbox.bring).run(job)
      } catch is Mailbox.Death {
        continue
      }
      _ = try await store.write { [now] transaction in
        try JobTable.requireLease(job.lease, in: transaction)
        try settlement.effects?(transaction)
        return try JobTable.settle(job.lease, settlement.outcome, backoff: .seconds(2), now: now, in: transaction)
      }
    }
    return count
  }

  private func leaseMessage() async throws -> LeasedJob? {
    try await store.write { [now] transaction in
      try JobTable.lease(
        JobTable.LeaseRequest(
          worker: "w", kinds: [ServedKind(JobKind.notify.rawValue)], queues: [JobKind.notify.queue], count: 1,
          duration: .seconds(120)), now: now, in: transaction
      ).first
    }
  }

  /// Moves the clock to where some message can be tried again; false when none waits.
  func waitForMessage() async throws -> Bool {
    let next = try await store.read { transaction in
      try transaction.first(
        """
        SELECT min(CASE state WHEN 'leased' THEN lease_expires_at WHEN 'waiting' THEN run_at END) FROM job
        WHERE kind = 'notify' AND state IN ('leased', 'waiting')
        """
      ) { $0.optionalTime(0) }
    }
    guard let time = next ?? nil else { return false }
    now = max(now, time)
    return true
  }

  func alertRows() async throws -> [AlertRow] {
    try await store.read { try AlertTable.list(limit: 100, in: $0) }
  }

  /// The messages that wait or are on their way.
  func messageJobs(_ states: [JobState] = [.available, .waiting, .leased]) async throws -> [JobRecord] {
    var filter = JobTable.Filter(kind: JobKind.notify.rawValue)
    filter.states = states
    return try await store.read { [filter] in try JobTable.list(filter, in: $0) }
  }
}

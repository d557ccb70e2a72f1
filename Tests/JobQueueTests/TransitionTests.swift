import Database
import JobQueue
import TestSupport
import Testing
import Timekeeping

/// Every arrow of the diagram in docs/ARCHITECTURE.md, "The queue", with the event that it leaves.
@Suite(.serialized, .onEachEngine) struct TransitionTests {
  private let queue: QueueStore

  init() async throws {
    queue = try await QueueStore()
  }

  @Test("A job that is due is available at once; leasing it raises its attempt")
  func leasing() async throws {
    try await queue.write { transaction in
      let id = try transaction.enqueue(.plain("{\"a\":1}"))
      #expect(try transaction.job(id).state == .available)
      let job = try #require(try transaction.lease().first)
      #expect(job.id == id && job.attempt == 1 && job.failures == 0 && job.maxFailures == 3)
      #expect(job.payload == "{\"a\":1}" && job.payloadVersion == 1 && job.kind == "k" && job.queue == "q")
      let record = try transaction.job(id)
      #expect(record.state == .leased && record.attempt == 1 && record.workerID == "w1")
      #expect(record.leaseExpiresAt == start + .seconds(60))
      #expect(try transaction.lease().isEmpty)
      let events = try JobTable.events(of: id, in: transaction)
      #expect(events.map(\.transition) == [.enqueued, .leased] && events.map(\.attempt) == [0, 1])
      #expect(events.map(\.workerID) == [nil, "w1"] && events.allSatisfy { $0.at == start && $0.jobID == id })
    }
  }

  @Test("A job of the future waits, and becomes available when its time has come")
  func waiting() async throws {
    try await queue.write { transaction in
      let due = start + .seconds(10)
      let id = try transaction.enqueue(.plain(runAt: due))
      #expect(try transaction.job(id).state == .waiting)
      #expect(try transaction.lease(at: due - .milliseconds(1)).isEmpty)
      #expect(try transaction.job(id).state == .waiting)
      #expect(try transaction.lease(at: due).map(\.id) == [id])
      #expect(try transaction.transitions(id) == [.enqueued, .due, .leased])
    }
  }

  @Test("A success is final, and keeps its result")
  func success() async throws {
    try await queue.write { transaction in
      let id = try transaction.enqueue()
      let lease = try transaction.leaseOne()
      #expect(try transaction.settle(lease, .succeeded(result: "[1]"), at: start + .seconds(2)) == .succeeded)
      let job = try transaction.job(id)
      #expect(job.state == .succeeded && job.result == "[1]" && job.failures == 0 && job.leaseExpiresAt == nil)
      #expect(job.settledAt == start + .seconds(2))
      #expect(try transaction.transitions(id) == [.enqueued, .leased, .succeeded])
      #expect(try transaction.lease(at: start + .seconds(99999)).isEmpty)
    }
  }

  @Test("A failure waits for the longer of its backoff and what was asked for, and counts")
  func retry() async throws {
    try await queue.write { transaction in
      let id = try transaction.enqueue(.plain(priority: 2))
      let first = try transaction.leaseOne()
      #expect(try transaction.settle(first, .retry(after: .seconds(1), because: "no answer")) == .waiting)
      var job = try transaction.job(id)
      #expect(
        job.runAt == start + .seconds(5) && job.failures == 1 && job.reason == "no answer" && job.settledAt == nil)
      #expect(try transaction.lease(at: start + .milliseconds(4999)).isEmpty)
      let second = try transaction.leaseOne(at: start + .seconds(5))
      #expect(second.attempt == 2)
      try transaction.settle(second, .retry(after: .seconds(30), because: "asked"), at: start + .seconds(5))
      job = try transaction.job(id)
      #expect(job.runAt == start + .seconds(35) && job.failures == 2)
      let third = try transaction.leaseOne(at: start + .seconds(35))
      let last = try transaction.settle(third, .retry(after: .zero, because: "again"), at: start + .seconds(36))
      #expect(last == .dead)
      job = try transaction.job(id)
      #expect(job.failures == 3 && job.attempt == 3 && job.settledAt == start + .seconds(36) && job.reason == "again")
      #expect(
        try transaction.transitions(id)
          == [.enqueued, .leased, .retried, .due, .leased, .retried, .due, .leased, .exhausted])
    }
  }

  @Test("A snooze comes back at its time and costs no failure, however often")
  func snooze() async throws {
    try await queue.write { transaction in
      let id = try transaction.enqueue(.plain(maxFailures: 1))
      var time = ManualTime()
      for _ in 0..<20 {
        let lease = try transaction.leaseOne(at: time.now)
        let until = time.now + .seconds(7)
        #expect(try transaction.settle(lease, .snooze(until: until, because: "closed"), at: time.now) == .waiting)
        #expect(try transaction.lease(at: until - .milliseconds(1)).isEmpty)
        time.advance(.seconds(7))
      }
      let job = try transaction.job(id)
      #expect(job.failures == 0 && job.attempt == 20 && job.reason == "closed")
      #expect(try transaction.transitions(id).filter { $0 == .snoozed }.count == 20)
    }
  }

  @Test("A discarded job is dead at once")
  func discard() async throws {
    try await queue.write { transaction in
      let id = try transaction.enqueue()
      let lease = try transaction.leaseOne()
      #expect(try transaction.settle(lease, .discard(because: "unreadable payload")) == .dead)
      let job = try transaction.job(id)
      #expect(job.failures == 1 && job.reason == "unreadable payload" && job.settledAt == start)
      #expect(try transaction.transitions(id) == [.enqueued, .leased, .discarded])
    }
  }

  @Test("A job drained a hundred times is handed back at once each time, and not punished")
  func drained() async throws {
    try await queue.write { transaction in
      let id = try transaction.enqueue(.plain(maxFailures: 1))
      for round in 1...100 {
        let lease = try transaction.leaseOne()
        #expect(lease.attempt == round)
        try JobTable.giveBack([lease], now: start, in: transaction)
        #expect(try transaction.job(id).state == .available)
      }
      let job = try transaction.job(id)
      #expect(job.failures == 0 && job.attempt == 100 && job.leaseExpiresAt == nil)
      #expect(try transaction.transitions(id).filter { $0 == .returned }.count == 100)
    }
  }

  @Test("A lease that expired costs one failure, and the last one makes the job dead")
  func reclaim() async throws {
    try await queue.write { transaction in
      let id = try transaction.enqueue(.plain(maxFailures: 2))
      _ = try transaction.leaseOne()
      let expiry = start + .seconds(60)
      #expect(try transaction.lease(at: expiry - .milliseconds(1)).isEmpty)
      let second = try transaction.leaseOne(worker: "w2", at: expiry)
      #expect(second.attempt == 2)
      #expect(try transaction.job(id).failures == 1)
      #expect(try transaction.lease(at: expiry + .seconds(60)).isEmpty)
      let job = try transaction.job(id)
      #expect(job.state == .dead && job.failures == 2 && job.settledAt == expiry + .seconds(60))
      #expect(try transaction.transitions(id) == [.enqueued, .leased, .reclaimed, .leased, .exhausted])
      let events = try JobTable.events(of: id, in: transaction)
      #expect(events[2].attempt == 1 && events[2].workerID == "w1" && events[4].workerID == "w2")
    }
  }

  @Test("A lease far ahead of the clock, left by a dead worker before the clock was set back, is reclaimed too")
  func clockSetBack() async throws {
    try await queue.write { transaction in
      let id = try transaction.enqueue()
      _ = try transaction.leaseOne()
      let earlier = start - .seconds(86_400)
      #expect(try JobTable.outlook(kinds: ["k"], queues: ["q"], now: earlier, in: transaction).hasWork)
      #expect(try transaction.leaseOne(worker: "w2", at: earlier) == Lease(jobID: id, attempt: 2))
    }
  }

  @Test("A job that does not run is cancelled at once, one that is finished not at all")
  func cancelIdle() async throws {
    try await queue.write { transaction in
      let available = try transaction.enqueue()
      let waiting = try transaction.enqueue(.plain(runAt: start + .seconds(9)))
      for id in [available, waiting] {
        #expect(try JobTable.cancel(id, because: "by hand", now: start, in: transaction))
        let job = try transaction.job(id)
        #expect(job.state == .cancelled && job.reason == "by hand" && job.settledAt == start)
        #expect(try transaction.transitions(id) == [.enqueued, .cancelled])
        #expect(try !JobTable.cancel(id, because: "again", now: start, in: transaction))
      }
      #expect(try !JobTable.cancel(12345, because: "no such job", now: start, in: transaction))
      #expect(try transaction.lease(at: start + .seconds(10)).isEmpty)
    }
  }

  @Test(
    "A running job is asked to stop, and ends as cancelled with the reason of who asked", arguments: CancelEnd.allCases)
  func cancelRunning(end: CancelEnd) async throws {
    try await queue.write { transaction in
      let id = try transaction.enqueue()
      let lease = try transaction.leaseOne()
      #expect(try JobTable.cancel(id, because: "by hand", now: start, in: transaction))
      #expect(try transaction.job(id).state == .leased)
      let (lost, cancelling) = try JobTable.extend([lease], until: start + .seconds(90), in: transaction)
      #expect(lost.isEmpty && cancelling == [lease])
      switch end {
      case .succeeded: try transaction.settle(lease, .succeeded(result: nil))
      case .retry: try transaction.settle(lease, .retry(after: .zero, because: "no answer"))
      case .snooze: try transaction.settle(lease, .snooze(until: start + .seconds(5), because: "later"))
      case .discard: try transaction.settle(lease, .discard(because: "nonsense"))
      case .drain: try JobTable.giveBack([lease], now: start, in: transaction)
      case .death: try JobTable.reclaimExpired(now: start + .seconds(90), in: transaction)
      }
      let job = try transaction.job(id)
      if end == .succeeded {
        #expect(job.state == .succeeded)
      } else {
        #expect(job.state == .cancelled && job.reason == "by hand" && job.settledAt != nil)
        #expect(try transaction.transitions(id) == [.enqueued, .leased, .cancelRequested, .cancelled])
      }
      #expect(try transaction.lease(at: start + .seconds(86_400)).isEmpty)
    }
  }

  enum CancelEnd: CaseIterable, Sendable {
    case succeeded, retry, snooze, discard, drain, death
  }

  @Test("An attempt that lost its job can settle, extend and hand back nothing")
  func staleAttempt() async throws {
    let lease = try await queue.write { transaction in
      _ = try transaction.enqueue()
      let stale = try transaction.leaseOne()
      _ = try transaction.leaseOne(worker: "w2", at: start + .seconds(60))
      return stale
    }
    let before = try await snapshot()
    for outcome: Outcome in [
      .succeeded(result: nil), .retry(after: .zero, because: "x"), .snooze(until: start, because: "x"),
      .discard(because: "x"),
    ] {
      await #expect(throws: JobQueueError.leaseLost(lease)) {
        try await queue.write { try $0.settle(lease, outcome) }
      }
    }
    await #expect(throws: JobQueueError.leaseLost(lease)) {
      try await queue.write { try JobTable.requireLease(lease, in: $0) }
    }
    let (lost, _) = try await queue.write { try JobTable.extend([lease], until: start + .seconds(999), in: $0) }
    #expect(lost == [lease])
    try await queue.write { try JobTable.giveBack([lease], now: start, in: $0) }
    #expect(try await snapshot() == before)
  }

  @Test("A settled attempt cannot settle again")
  func settlesOnce() async throws {
    try await queue.write { transaction in
      let id = try transaction.enqueue()
      let lease = try transaction.leaseOne()
      try transaction.settle(lease, .succeeded(result: nil))
      #expect(throws: JobQueueError.leaseLost(lease)) { try transaction.settle(lease, .discard(because: "late")) }
      #expect(try transaction.job(id).state == .succeeded)
    }
  }

  private func snapshot() async throws -> [String] {
    try await queue.store.read { transaction in
      try transaction.query(
        """
        SELECT id, state, attempt, failures, worker_id, lease_expires_at, run_at, reason,
          (SELECT count(*) FROM job_event) FROM job ORDER BY id
        """
      ) { row in (0..<9).map { row.optionalText($0) ?? "NULL" }.joined(separator: " ") }
    }
  }
}

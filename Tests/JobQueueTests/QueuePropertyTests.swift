import Database
import JobQueue
import TestSupport
import Testing
import Timekeeping

/// Random verbs by random workers, old leases among them, compared with the model after each.
@Suite(.serialized, .onEachEngine) struct QueuePropertyTests {
  @Test("Whatever the order of events, the queue follows its rules", arguments: 0..<10)
  func followsItsRules(seed: UInt64) async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      var run = try Run(seed: seed, transaction: transaction)
      for _ in 0..<200 {
        try run.step()
        try run.check()
      }
    }
  }

  private struct Run {
    var random: SeededGenerator
    var time = ManualTime()
    var model: QueueModel
    /// Every lease there ever was.
    var leases: [Lease] = []
    let transaction: Transaction

    init(seed: UInt64, transaction: Transaction) throws {
      random = SeededGenerator(seed: seed)
      model = QueueModel(concurrencyMax: Int.random(in: 1...4, using: &random))
      self.transaction = transaction
      try JobTable.declareQueue("q", QueueSettings(concurrencyMax: model.concurrencyMax), in: transaction)
    }

    mutating func step() throws {
      time.advance(.milliseconds(Int64.random(in: 0...40_000, using: &random)))
      switch Int.random(in: 0..<12, using: &random) {
      case 0..<3: try enqueue()
      case 3..<6: try lease()
      case 6..<9: try settle()
      case 9: try extend()
      case 10: try giveBack()
      default: try cancel()
      }
    }

    private mutating func enqueue() throws {
      let key = random.oneIn(3) ? "key \(Int.random(in: 0..<3, using: &random))" : nil
      let runAt = random.oneIn(2) ? time.now + .seconds(Int.random(in: -30...60, using: &random)) : nil
      let job = NewJob(
        kind: "k", queue: "q", payload: "{}", priority: Int.random(in: -2...2, using: &random), runAt: runAt,
        uniqueKey: key, maxFailures: Int.random(in: 1...3, using: &random))
      let id = try JobTable.enqueue(job, now: time.now, in: transaction)
      #expect((id != nil) == model.isFree(key))
      guard let id else { return }
      model.jobs[id] = .init(
        state: (runAt ?? time.now) > time.now ? .waiting : .available, maxFailures: job.maxFailures,
        priority: job.priority, runAt: runAt ?? time.now, uniqueKey: key)
    }

    private mutating func lease() throws {
      let count = Int.random(in: 1...3, using: &random)
      let duration = Duration.seconds(Int.random(in: 10...120, using: &random))
      let worker = random.oneIn(2) ? "w1" : "w2"
      let given = try transaction.lease(count, worker: worker, for: duration, at: time.now).map(\.lease)
      #expect(given == model.lease(count, for: duration, now: time.now))
      leases += given
    }

    private mutating func settle() throws {
      guard let lease = leases.randomElement(using: &random) else { return }
      let outcome: Outcome =
        switch Int.random(in: 0..<5, using: &random) {
        case 0: .succeeded(result: nil)
        case 1: .snooze(until: time.now + .seconds(20), because: "later")
        case 2: .discard(because: "no")
        default: .retry(after: .seconds(Int.random(in: 0...30, using: &random)), because: "failed")
        }
      let expected = model.settle(lease, outcome, backoff: .seconds(10), now: time.now)
      do {
        let state = try transaction.settle(lease, outcome, backoff: .seconds(10), at: time.now)
        #expect(state == expected)
      } catch JobQueueError.leaseLost(let lost) {
        #expect(expected == nil && lost == lease)
      }
    }

    private mutating func extend() throws {
      let until = time.now + .seconds(60)
      let some = leases.filter { _ in random.oneIn(2) }
      let lost = try JobTable.extend(some, until: until, in: transaction).lost
      #expect(lost == Set(some.filter { !model.holds($0) }))
      for lease in some where model.holds(lease) { model.jobs[lease.jobID]?.expiresAt = until }
    }

    private mutating func giveBack() throws {
      guard let lease = leases.randomElement(using: &random) else { return }
      try JobTable.giveBack([lease], now: time.now, in: transaction)
      model.giveBack(lease)
    }

    private mutating func cancel() throws {
      guard let id = model.jobs.keys.sorted().randomElement(using: &random) else { return }
      #expect(try JobTable.cancel(id, because: "by hand", now: time.now, in: transaction) == model.cancel(id))
    }

    /// The store is what the model is, and both keep the laws.
    func check() throws {
      let rows = try transaction.query(
        """
        SELECT id, state, attempt, failures, max_failures, priority, run_at, unique_key, lease_expires_at,
          cancel_requested_at IS NOT NULL, (SELECT count(*) FROM job_event WHERE job_id = job.id AND transition = 'leased')
        FROM job
        """
      ) { row in
        let job = QueueModel.Job(
          state: try #require(JobState(rawValue: row.text(1))), attempt: row.int(2), failures: row.int(3),
          maxFailures: row.int(4), priority: row.int(5), runAt: row.time(6), uniqueKey: row.optionalText(7),
          expiresAt: row.optionalTime(8), isCancelAsked: row.bool(9))
        return (id: row.int64(0), job: job, leaseEvents: row.int(10))
      }
      #expect(Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0.job) }) == model.jobs)
      #expect(rows.allSatisfy { $0.leaseEvents == $0.job.attempt && $0.job.failures <= $0.job.attempt })
      #expect(model.jobs.values.count { $0.state == .leased } <= model.concurrencyMax)
      let keys = model.jobs.values.filter(\.state.isUnfinished).compactMap(\.uniqueKey)
      #expect(Set(keys).count == keys.count)
      let held = leases.filter(model.holds).map(\.jobID)
      #expect(Set(held).count == held.count, "no job has two leases")
    }
  }
}

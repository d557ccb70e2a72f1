import Database
import JobQueue
import TestSupport
import Testing
import Timekeeping

@Suite("Why a job does not run", .onEachEngine)
struct WhyTests {
  private func reasons(
    _ id: Int64, at now: Timestamp = start, in transaction: Transaction
  ) throws -> [JobWaitReason] {
    try #require(try JobTable.standing(of: id, now: now, in: transaction)).reasons
  }

  @Test("A job that nothing holds back may start; an id that does not exist has no standing")
  func free() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      let id = try transaction.enqueue()
      #expect(try reasons(id, in: transaction) == [.free])
      #expect(try JobTable.standing(of: 999, now: start, in: transaction) == nil)
    }
  }

  @Test("Finished jobs tell how and when they ended, and the last error with it")
  func finished() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      let died = try transaction.enqueue(.plain(maxFailures: 1))
      try transaction.settle(
        transaction.leaseOne(), .retry(after: .zero, because: "no answer"), at: start + .seconds(3))
      #expect(try reasons(died, in: transaction) == [.finished(how: .exhausted, at: start + .seconds(3))])
      #expect(try JobTable.standing(of: died, now: start, in: transaction)?.lastError?.reason == "no answer")
      let gaveUp = try transaction.enqueue()
      try transaction.settle(transaction.leaseOne(), .discard(because: "bad row"))
      #expect(try reasons(gaveUp, in: transaction) == [.finished(how: .discarded, at: start)])
      let done = try transaction.enqueue()
      try transaction.settle(transaction.leaseOne(), .succeeded(result: nil))
      #expect(try reasons(done, in: transaction) == [.finished(how: .succeeded, at: start)])
      #expect(try JobTable.standing(of: done, now: start, in: transaction)?.lastError == nil)
      let cancelled = try transaction.enqueue()
      _ = try JobTable.cancel(cancelled, because: "x", now: start, in: transaction)
      #expect(try reasons(cancelled, in: transaction) == [.finished(how: .cancelled, at: start)])
    }
  }

  @Test("A running job tells by whom, since when, until when, and whether it was asked to stop")
  func running() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      let id = try transaction.enqueue()
      _ = try transaction.leaseOne(worker: "w2", at: start + .seconds(5))
      guard case .running(let running) = try reasons(id, at: start + .seconds(6), in: transaction).first else {
        Issue.record("it runs")
        return
      }
      #expect(running.workerID == "w2" && running.since == start + .seconds(5))
      #expect(running.leaseExpiresAt == start + .seconds(65))
      #expect(running.cancelRequestedAt == nil && running.isWorkerAlive == true)
      _ = try JobTable.cancel(id, because: "x", now: start + .seconds(7), in: transaction)
      guard case .running(let asked) = try reasons(id, at: start + .seconds(40), in: transaction).first else {
        Issue.record("it runs still")
        return
      }
      #expect(asked.cancelRequestedAt == start + .seconds(7))
      #expect(asked.isWorkerAlive == false, "its last heartbeat is 40 s old")
    }
  }

  @Test("A waiting job tells whether it was planned, failed, or asked to come back later")
  func waiting() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      let planned = try transaction.enqueue(.plain(runAt: start + .seconds(60)))
      #expect(
        try reasons(planned, in: transaction) == [.waiting(until: start + .seconds(60), .planned)])
      let failed = try transaction.enqueue()
      try transaction.settle(transaction.leaseOne(), .retry(after: .seconds(9), because: "no answer"))
      #expect(
        try reasons(failed, in: transaction) == [
          .waiting(until: start + .seconds(9), .failed(failures: 1, of: 3, because: "no answer"))
        ])
      let snoozed = try transaction.enqueue()
      try transaction.settle(transaction.leaseOne(), .snooze(until: start + .seconds(7), because: "429"))
      #expect(
        try reasons(snoozed, in: transaction) == [.waiting(until: start + .seconds(7), .snoozed(because: "429"))])
      #expect(try reasons(snoozed, at: start + .seconds(7), in: transaction) == [.free], "it is due")
    }
  }

  @Test("All rules that hold at once are named, in the order in which leasing applies them")
  func order() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      try JobTable.declareQueue(
        "q", QueueSettings(concurrencyMax: 1, keyConcurrencyMax: 1, destination: "crm", startsPerMinute: 60),
        in: transaction)
      var job = NewJob.plain()
      job.concurrencyKey = "a"
      let first = try transaction.enqueue(job)
      _ = try transaction.leaseOne()
      let held = try transaction.enqueue(job)
      try transaction.run("UPDATE job SET is_held = 1 WHERE id = $1", [.integer(held)])
      for scope in Pause.Scope.allCases {
        try PauseTable.pause(
          scope, scope == .queue ? "q" : "k", by: "ann", because: "x", now: start, in: transaction)
      }
      let limit = RateLimit(destination: "crm", perMinute: 60)
      try RateLimitTable.hold(limit.destination, until: start + .seconds(130), now: start, in: transaction)
      let late = start + .seconds(100)
      let pauses = try PauseTable.list(in: transaction)
      #expect(
        try reasons(held, at: late, in: transaction) == [
          .queuePaused(pauses[0]), .kindPaused(pauses[1]), .unserved(.noWorker),
          .queueFull(limit: 1, running: [first]), .keyFull(key: "a", limit: 1, holders: [first]),
          .destinationHeld("crm", until: start + .seconds(130)),
        ])
    }
  }

  @Test("Which worker is missing is told: none alive, none for the kind, the queue, or the payload's version")
  func unserved() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      try JobTable.declareQueue("other", in: transaction)
      func reason(_ kind: String, _ name: String, version: Int = 1, at now: Timestamp = start) throws -> [JobWaitReason]
      {
        let id = try transaction.enqueue(NewJob(kind: kind, queue: name, payload: "{}", payloadVersion: version))
        return try reasons(id, at: now, in: transaction)
      }
      #expect(try reason("k", "q", at: start + .seconds(15)) == [.unserved(.noWorker)])
      #expect(try reason("unheard", "q").first == .unserved(.kind))
      #expect(try reason("k", "other") == [.unserved(.queue)])
      try WorkerTable.register(.named("w3", kinds: ["m@2"], queues: ["other"]), in: transaction)
      #expect(try reason("m", "other", version: 3).first == .unserved(.payloadVersion(3)))
      #expect(try !reason("m", "other", version: 2).contains(.unserved(.payloadVersion(2))))
      #expect(try reason("k", "q", version: 2).first == .unserved(.payloadVersion(2)), "version 1 unless it says more")
    }
  }

  @Test("Used up starts tell when the next one may begin")
  func starts() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      try JobTable.declareQueue(
        "q", QueueSettings(destination: "crm", startsPerMinute: 60), in: transaction)
      let id = try transaction.enqueue()
      #expect(try reasons(id, in: transaction) == [.free], "the bucket is full before its first use")
      // 20 at once, and 40 spread over the minute: one each 1.5 s.
      let limit = RateLimit(destination: "crm", perMinute: 60)
      for _ in 0..<20 { #expect(try RateLimitTable.take(limit, now: start, in: transaction) == nil) }
      #expect(
        try reasons(id, in: transaction) == [.startsUsedUp(perMinute: 60, until: start + .milliseconds(1500))])
      #expect(try reasons(id, at: start + .milliseconds(1500), in: transaction) == [.free])
    }
  }

  @Test("Why and leasing agree: what is leased next was free, and where nothing is leased nothing was free")
  func agreesWithLeasing() async throws {
    for seed in UInt64(1)...15 {
      let queue = try await QueueStore()
      try await queue.write { transaction in
        var random = SeededGenerator(seed: seed)
        try JobTable.declareQueue("p", QueueSettings(concurrencyMax: 2), in: transaction)
        try WorkerTable.register(.named("w3", kinds: ["k", "l"], queues: ["q", "p"]), in: transaction)
        var ids: [Int64] = []
        for step in 0..<60 {
          let now = start + .milliseconds(200 * step)
          if Int.random(in: 0..<3, using: &random) > 0 {
            let job = NewJob(
              kind: ["k", "l", "unheard"][Int.random(in: 0..<3, using: &random)],
              queue: Bool.random(using: &random) ? "q" : "p", payload: "{}",
              priority: Int.random(in: -1...1, using: &random),
              runAt: now + .seconds(Int.random(in: -1...3, using: &random)))
            ids.append(try transaction.enqueue(job, at: now))
          }
          let name = Bool.random(using: &random) ? "q" : "p"
          let free = try ids.filter { id in
            let standing = try #require(try JobTable.standing(of: id, now: now, in: transaction))
            guard standing.job.queue == name else { return false }
            // A job of an unheard-of kind stands in nobody's way, and one that just fell due has no place in line yet.
            return standing.reasons.allSatisfy { if case .behind = $0 { true } else { $0 == .free } }
          }
          let leased = try transaction.lease(worker: "w3", kinds: ["k", "l"], queues: [name], at: now)
          #expect(leased.allSatisfy { free.contains($0.id) }, "seed \(seed), step \(step)")
          #expect(leased.isEmpty == free.isEmpty, "seed \(seed), step \(step): \(free)")
          if let job = leased.first, Bool.random(using: &random) {
            try transaction.settle(job.lease, .retry(after: .seconds(1), because: "x"), at: now)
          }
        }
      }
    }
  }

  @Test("The jobs ahead are counted by priority and age, up to 1,000")
  func behind() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      let id = try transaction.enqueue()
      let urgent = try transaction.enqueue(.plain(priority: 1))
      #expect(try reasons(id, in: transaction) == [.behind(count: 1, isAtLeast: false)])
      #expect(try reasons(urgent, in: transaction) == [.free])
      for _ in 0..<1005 { _ = try transaction.enqueue(.plain(priority: 1)) }
      #expect(try reasons(id, in: transaction) == [.behind(count: 1000, isAtLeast: true)])
    }
  }
}

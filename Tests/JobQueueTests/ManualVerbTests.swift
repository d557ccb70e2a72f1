import Database
import JobQueue
import TestSupport
import Testing
import Timekeeping

@Suite("Cancel and retry by hand", .onEachEngine)
struct ManualVerbTests {
  private let later = start + .seconds(100)

  @Test("A dead job that is retried is as if enqueued now: failures forgiven, attempts counted on, history kept")
  func retryDead() async throws {
    let queue = try await QueueStore()
    try await queue.write { [later] transaction in
      let id = try transaction.enqueue(.plain(priority: 2))
      _ = try transaction.settle(transaction.leaseOne(), .discard(because: "bad"))
      let results = try JobTable.retry([id], because: "mended", now: later, in: transaction)
      #expect(results == [ManualResult(id: id, kind: "k", outcome: .revived(isHeld: false))])
      let job = try transaction.job(id)
      #expect(job.state == .available && job.attempt == 1 && job.failures == 0)
      #expect(job.settledAt == nil && job.result == nil && job.runAt == later && job.reason == "mended")
      #expect(try transaction.transitions(id) == [.enqueued, .leased, .discarded, .revived])
      let event = try #require(try JobTable.events(of: id, in: transaction).last)
      #expect(event.reason == "mended" && event.at == later && event.attempt == 1)
      #expect(try transaction.lease(at: later).map(\.lease) == [Lease(jobID: id, attempt: 2)])
    }
  }

  @Test("The request to stop that ended a job does not stop it again after a retry")
  func retryForgetsTheRequest() async throws {
    let queue = try await QueueStore()
    try await queue.write { [later] transaction in
      let id = try transaction.enqueue()
      let lease = try transaction.leaseOne()
      #expect(try JobTable.cancel(id, because: "stop", now: start, in: transaction))
      #expect(try transaction.settle(lease, .retry(after: .zero, because: "half done")) == .cancelled)
      _ = try JobTable.retry([id], because: "again", now: later, in: transaction)
      #expect(try transaction.job(id).cancelRequestedAt == nil)
      #expect(try transaction.settle(transaction.leaseOne(at: later), .succeeded(result: nil), at: later) == .succeeded)
    }
  }

  @Test("A waiting job that was cancelled may be leased at once after a retry, whatever it waited for")
  func retryOfAFutureJob() async throws {
    let queue = try await QueueStore()
    try await queue.write { [later] transaction in
      let id = try transaction.enqueue(.plain(runAt: start + .seconds(86_400)))
      _ = try JobTable.cancel(id, because: "x", now: start, in: transaction)
      _ = try JobTable.retry([id], because: "now", now: later, in: transaction)
      #expect(try transaction.lease(at: later).map(\.id) == [id])
    }
  }

  @Test("What cannot be retried is reported, each with its reason, and the others are retried all the same")
  func refusals() async throws {
    let queue = try await QueueStore()
    try await queue.write { [later] transaction in
      func dead(_ key: String? = nil) throws -> Int64 {
        var job = NewJob.plain()
        job.uniqueKey = key
        let id = try transaction.enqueue(job)
        try transaction.settle(transaction.leaseOne(), .discard(because: "x"))
        return id
      }
      let succeeded = try transaction.enqueue()
      try transaction.settle(transaction.leaseOne(), .succeeded(result: nil))
      let (twinned, pointless, good) = (try dead("key"), try dead(), try dead())
      let leased = try transaction.enqueue()
      _ = try transaction.leaseOne()
      var job = NewJob.plain()
      job.uniqueKey = "key"
      let twin = try transaction.enqueue(job)
      let results = try JobTable.retry(
        [999, succeeded, leased, twin, twinned, pointless, good], because: "x", now: later, in: transaction
      ) { $0.id == pointless ? "done elsewhere" : nil }
      #expect(
        results.map(\.outcome) == [
          .refused(.unknown), .refused(.state(.succeeded)), .refused(.state(.leased)), .refused(.state(.available)),
          .refused(.twin(twin)), .refused(.pointless("done elsewhere")), .revived(isHeld: false),
        ])
      #expect(results[0].kind == nil)
      #expect(try transaction.job(twinned).state == .dead)
      #expect(try transaction.job(pointless).state == .dead)
      #expect(try transaction.job(good).state == .available)
      #expect(try transaction.transitions(twinned).contains(.revived) == false)
    }
  }

  @Test("Of two dead jobs with one unique key only the first is retried")
  func twins() async throws {
    let queue = try await QueueStore()
    try await queue.write { [later] transaction in
      var ids: [Int64] = []
      for _ in 0..<2 {
        var job = NewJob.plain()
        job.uniqueKey = "key"
        ids.append(try transaction.enqueue(job))
        try transaction.settle(transaction.leaseOne(), .discard(because: "x"))
      }
      let results = try JobTable.retry(ids, because: "x", now: later, in: transaction)
      #expect(results.map(\.outcome) == [.revived(isHeld: false), .refused(.twin(ids[0]))])
    }
  }

  @Test(
    "A retried job with a concurrency key comes back held when its key is used up, and let in when there is room",
    arguments: [(1, true), (2, false)])
  func keyed(limit: Int, isHeld: Bool) async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      func keyed() throws -> Int64 {
        var job = NewJob.plain()
        job.concurrencyKey = "crm"
        return try transaction.enqueue(job)
      }
      let dead = try keyed()
      try transaction.settle(transaction.leaseOne(), .discard(because: "x"))
      try JobTable.declareQueue("q", QueueSettings(keyConcurrencyMax: limit), in: transaction)
      let other = try keyed()
      #expect(try transaction.leaseOne().jobID == other)
      let results = try JobTable.retry([dead], because: "x", now: start, in: transaction)
      #expect(results.map(\.outcome) == [.revived(isHeld: isHeld)])
      #expect(try transaction.job(dead).isHeld == isHeld)
      #expect(try transaction.lease().map(\.id) == (isHeld ? [] : [dead]))
    }
  }

  @Test("Cancelling many cancels what does not run, asks what runs to stop, and leaves what is finished")
  func cancelMany() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      let running = try transaction.enqueue()
      _ = try transaction.leaseOne()
      let waiting = try transaction.enqueue(.plain(runAt: start + .seconds(60)))
      let ready = try transaction.enqueue()
      let results = try JobTable.cancel(
        [running, waiting, ready, 999], because: "no more", now: start, in: transaction)
      #expect(results.map(\.outcome) == [.askedToStop, .cancelled, .cancelled, .refused(.unknown)])
      #expect(results.map(\.outcome.isChange) == [true, true, true, false])
      #expect(try transaction.job(running).cancelRequestedAt == start)
      #expect(try transaction.job(waiting).state == .cancelled)
      #expect(try transaction.transitions(running).last == .cancelRequested)
      #expect(try transaction.transitions(ready).last == .cancelled)
      let again = try JobTable.cancel([waiting], because: "no more", now: start, in: transaction)
      #expect(again.map(\.outcome) == [.refused(.state(.cancelled))])
    }
  }

  @Test("A job that changed since the filter chose it is left alone")
  func changedSince() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      let (first, second) = (try transaction.enqueue(), try transaction.enqueue())
      let filter = JobTable.Filter(state: .available)
      #expect(try JobTable.portion(of: filter, after: 0, in: transaction).ids == [first, second])
      #expect(try transaction.leaseOne().jobID == first)
      let results = try JobTable.cancel([first, second], matching: filter, because: "x", now: start, in: transaction)
      #expect(results.map(\.outcome) == [.refused(.changedSince), .cancelled])
      #expect(try transaction.job(first).cancelRequestedAt == nil)
    }
  }

  @Test(
    "A filter is worked off in portions of at most 500, each job once, and only up to the newest job of the preview")
  func portions() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      for number in 0..<1203 {
        _ = try transaction.enqueue(.plain(runAt: number % 3 == 0 ? start + .seconds(60) : nil))
      }
      var filter = JobTable.Filter(state: .available)
      filter.idMax = try JobTable.newestID(in: transaction)
      _ = try transaction.enqueue()
      var (sizes, ids): ([Int], [Int64]) = ([], [])
      var last: Int64? = 0
      while let after = last {
        let portion = try JobTable.portion(of: filter, after: after, in: transaction)
        sizes.append(portion.ids.count)
        ids += portion.ids
        last = portion.next
      }
      #expect(sizes.filter { $0 > 0 } == [500, 302])
      #expect(ids == ids.sorted() && Set(ids).count == 802)
      let (tallies, _) = try JobTable.tally(of: filter, after: 0, in: transaction)
      #expect(
        tallies == [JobTable.Tally(kind: "k", state: .available, count: 802, firstID: 2, lastID: 1203)])
    }
  }

  @Test("Whatever is cancelled and retried in whatever order, attempts never fall and the last event tells the state")
  func anyOrder() async throws {
    for seed in UInt64(1)...12 {
      let queue = try await QueueStore()
      try await queue.write { transaction in
        var random = SeededGenerator(seed: seed)
        var now = start
        let ids = try (0..<6).map { _ in try transaction.enqueue(.plain(maxFailures: 2)) }
        var attempts: [Int64: Int] = [:]
        for _ in 0..<80 {
          now = now + .seconds(Int.random(in: 0...30, using: &random))
          let id = ids[Int.random(in: ids.indices, using: &random)]
          switch Int.random(in: 0..<4, using: &random) {
          case 0: _ = try JobTable.cancel([id], because: "c", now: now, in: transaction)
          case 1: _ = try JobTable.retry([id], because: "r", now: now, in: transaction)
          default:
            for job in try transaction.lease(2, at: now) {
              let outcome: Outcome =
                Bool.random(using: &random) ? .retry(after: .zero, because: "f") : .succeeded(result: nil)
              try transaction.settle(job.lease, outcome, at: now)
            }
          }
          for id in ids {
            let job = try transaction.job(id)
            #expect(job.attempt >= attempts[id] ?? 0 && job.failures <= job.attempt, "seed \(seed)")
            attempts[id] = job.attempt
            let last = try #require(try transaction.transitions(id).last)
            #expect(Self.states(after: last).contains(job.state), "seed \(seed): \(last) then \(job.state)")
          }
        }
      }
    }
  }

  private static func states(after transition: JobTransition) -> [JobState] {
    switch transition {
    case .enqueued, .due, .returned, .reclaimed, .revived: [.available]
    case .leased, .cancelRequested: [.leased]
    case .succeeded: [.succeeded]
    case .retried, .snoozed: [.waiting]
    case .discarded, .exhausted: [.dead]
    case .cancelled: [.cancelled]
    }
  }
}

import Database
import JobQueue
import TestSupport
import Testing
import Timekeeping

/// Verbs over many jobs do to each what the verb over one would.
@Suite(.serialized, .onEachEngine) struct BulkTests {
  @Test(
    "Many jobs are enqueued in their order, with an event each, whatever their number", arguments: [1, 4, 5, 26, 137])
  func order(count: Int) async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      let ids = try JobTable.enqueue((0..<count).map { .plain("{\"n\":\($0)}") }, now: start, in: transaction)
      let leased = try transaction.lease(count)
      #expect(leased.map(\.id) == ids)
      #expect(leased.map(\.payload) == (0..<count).map { "{\"n\":\($0)}" })
      for id in ids.compactMap(\.self) { #expect(try transaction.transitions(id) == [.enqueued, .leased]) }
    }
  }

  @Test("Of many jobs those whose unique key is taken are refused, also by one before them in the same list")
  func uniqueKeys() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      func job(_ key: String?) -> NewJob { NewJob(kind: "k", queue: "q", payload: "{}", uniqueKey: key) }
      _ = try JobTable.enqueue(job("taken"), now: start, in: transaction)
      let keys = ["a", nil, "taken", "b", "a", nil, "taken", "c"]
      let ids = try JobTable.enqueue(keys.map(job), now: start, in: transaction)
      #expect(ids.map { $0 != nil } == [true, true, false, true, false, true, false, true])
      for (id, key) in zip(ids, keys) {
        if let id { #expect(try transaction.job(id).uniqueKey == key) }
      }
      #expect(try transaction.first("SELECT count(*) FROM job_event") { $0.int(0) } == 6)
    }
  }

  @Test("An unknown queue among many is an error that names it")
  func unknownQueue() async throws {
    let queue = try await QueueStore()
    await #expect(throws: JobQueueError.unknownQueue("nowhere")) {
      try await queue.write { transaction in
        let jobs = [NewJob.plain(), NewJob(kind: "k", queue: "nowhere", payload: "{}")]
        _ = try JobTable.enqueue(jobs, now: start, in: transaction)
      }
    }
    let count = try await queue.store.read { try $0.first("SELECT count(*) FROM job") { $0.int(0) } }
    #expect(count == 0)
  }

  @Test("Many endings are written at once; those whose lease is lost change nothing")
  func settle() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      _ = try JobTable.enqueue((0..<40).map { _ in .plain() }, now: start, in: transaction)
      let leases = try transaction.lease(40).map(\.lease)
      // Taken over by another attempt.
      try JobTable.giveBack([leases[7], leases[8]], now: start, in: transaction)
      _ = try transaction.lease(2, worker: "w2")
      let endings = leases.enumerated().map { index, lease in
        JobTable.Ending(
          lease, index % 10 == 8 ? .discard(because: "no") : .succeeded(result: "\"\(index) \\\"quoted\\\"\""),
          backoff: .zero)
      }
      let states = try JobTable.settle(endings, by: "w1", now: start, in: transaction)
      for (index, lease) in leases.enumerated() {
        let job = try transaction.job(lease.jobID)
        switch index {
        case 7, 8:
          #expect(states[index] == nil && job.state == .leased && job.attempt == 2 && job.workerID == "w2")
        case 18, 28, 38: #expect(states[index] == .dead && job.reason == "no")
        default:
          #expect(states[index] == .succeeded && job.result == "\"\(index) \\\"quoted\\\"\"")
          let event = try #require(try JobTable.events(of: lease.jobID, in: transaction).last)
          #expect(event.transition == .succeeded && event.attempt == 1 && event.workerID == "w1")
        }
      }
    }
  }

  @Test("What an older worker does not know, a kind or a version of a payload, it leaves to the newer one")
  func versions() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      let jobs = [
        NewJob(kind: "k", queue: "q", payload: "{}"), NewJob(kind: "k", queue: "q", payload: "{}", payloadVersion: 2),
        NewJob(kind: "new", queue: "q", payload: "{}"),
        NewJob(kind: "k", queue: "q", payload: "{}", payloadVersion: 3),
      ]
      let ids = try JobTable.enqueue(jobs, now: start, in: transaction).compactMap(\.self)
      #expect(try transaction.lease(9, worker: "w1", kinds: ["k"]).map(\.id) == [ids[0]])
      #expect(try transaction.lease(9, worker: "w1", kinds: ["k"]).isEmpty)
      #expect(try !JobTable.outlook(kinds: ["k"], queues: ["q"], now: start, in: transaction).hasWork)
      let newer: [ServedKind] = [ServedKind("k", payloadVersionMax: 2), "new"]
      #expect(try transaction.lease(9, worker: "w2", kinds: newer).map(\.id) == [ids[1], ids[2]])
      // Nobody knows version 3 yet; it stays, untouched.
      #expect(try transaction.transitions(ids[3]) == [.enqueued])
    }
  }
}

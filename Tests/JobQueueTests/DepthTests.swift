import Database
import JobQueue
import TestSupport
import Testing
import Timekeeping

@Suite("How full the queues are", .onEachEngine)
struct DepthTests {
  @Test("jobs are counted by queue and state, those held back as available, and finished ones apart")
  func counts() async throws {
    let store = try await QueueStore()
    let (depths, finished, oldest) = try await store.write { transaction in
      try JobTable.declareQueue("r", QueueSettings(keyConcurrencyMax: 1), in: transaction)
      for _ in 0..<5 { _ = try transaction.enqueue() }
      for _ in 0..<3 { _ = try transaction.enqueue(.plain(runAt: start + .seconds(60))) }
      for _ in 0..<4 {
        _ = try transaction.enqueue(NewJob(kind: "k", queue: "r", payload: "{}", concurrencyKey: "one"))
      }
      _ = try transaction.enqueue(NewJob(kind: "k", queue: "q", payload: "{}", isPermanent: true))
      let leases = try transaction.lease(4).map(\.lease)
      try transaction.settle(leases[0], .succeeded(result: nil))
      try transaction.settle(leases[1], .discard(because: "no"))
      try transaction.settle(leases[2], .discard(because: "no"))
      return (
        try JobTable.depths(in: transaction), try JobTable.finishedCounts(limit: 10, in: transaction),
        try JobTable.oldestAvailable(in: transaction)
      )
    }
    func count(_ queue: String, _ state: JobState) -> Int? {
      depths.first { $0.queue == queue && $0.state == state }?.count
    }
    #expect(count("q", .waiting) == 3)
    #expect(count("q", .available) == 2)
    #expect(count("q", .leased) == 1)
    #expect(count("q", .dead) == 2)
    #expect(count("r", .available) == 4)
    #expect(depths.count == 5 && depths.allSatisfy { !$0.isAtLeast })
    #expect(finished.succeeded == 1 && finished.cancelled == 0)
    #expect(oldest.map(\.queue) == ["q", "r"] && oldest.allSatisfy { $0.since == start })
  }
}

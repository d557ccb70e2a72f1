package import Database
import JobQueue
import Migrations
import Timekeeping

/// A fresh store with one queue, and both ways to work on it: ours and the raw loop.
package struct BenchStore: Sendable {
  package static let queue = "bench"
  /// A queue that only the raw loop serves.
  static let rawQueue = "raw"

  package let store: Store
  package let raw: RawLoop
  /// The worker in whose name the raw loop works.
  package let rawWorker: String
  package let job = BenchJob(queue: Self.queue)

  package var address: StoreAddress { store.address }

  /// Makes the store, empty of jobs.
  package static func make(at address: StoreAddress) async throws -> BenchStore {
    let store = try await open(address)
    let worker = BenchPool.worker(queue: queue)
    try await store.write { transaction in
      try JobTable.declareQueue(queue, in: transaction)
      try JobTable.declareQueue(rawQueue, in: transaction)
      try WorkerTable.register(worker, in: transaction)
    }
    return BenchStore(store: store, raw: try await RawLoop.open(address), rawWorker: worker.id)
  }

  /// Opens a store of this kind.
  static func open(_ address: StoreAddress) async throws -> Store {
    let history =
      switch address.dialect {
      case .sqlite: Migration.sqlite
      case .postgresql: Migration.postgresql
      }
    let steps = history.map { SchemaStep(version: $0.version, name: $0.name, sql: $0.sql) }
    return try await Store.open(address, steps: steps, now: WallClock.system.now())
  }

  /// Jobs a second that the queue enqueues, `batch` a transaction.
  package func enqueue(_ count: Int, batch: Int, durability: Durability) async throws -> Double {
    let start = monotonicNanoseconds()
    var left = count
    while left > 0 {
      let size = min(left, batch)
      try await store.write(durability) { [job] in
        _ = try job.enqueue(size, now: WallClock.system.now(), in: $0)
      }
      left -= size
    }
    return Self.rate(count, since: start)
  }

  /// Jobs a second that a worker pool leases, runs and settles, `count` or a few more. With `leavesNone` it must leave none
  /// behind.
  package func work(_ count: Int, batch: Int, durability: Durability, leavesNone: Bool = true) async throws -> Double {
    let tally = Tally(goal: count)
    let worker = BenchPool.worker(queue: Self.queue)
    let pool = BenchPool.make(store: store, worker: worker, batch: batch, durability: durability) { _ in tally.add() }
    tally.whenReached { pool.drain() }
    let start = monotonicNanoseconds()
    try await pool.run()
    let rate = Self.rate(tally.count, since: start)
    try await requireSettled(leavesNone: leavesNone)
    return rate
  }

  /// What the raw loop makes of the same. Jobs a second.
  package func rawWork(_ count: Int, batch: Int, durability: Durability) async throws -> Double {
    let outcome = try await raw.work(
      count, queue: Self.queue, worker: rawWorker, batch: batch, durability: durability)
    guard outcome.jobs == count else { throw QueueBenchError.unfinished(queue: Self.queue) }
    return outcome.jobsPerSecond
  }

  /// Puts jobs there to be worked on, as fast as can be.
  package func stock(_ count: Int) async throws {
    _ = try await raw.enqueue(count, job, batch: 1000, durability: .process)
    try await settleDown()
  }

  /// Between measurements: moves a file's write-ahead log into the file; clears away what lies dead on a server, so that both sides
  /// find it alike, and not as autovacuum happens to come by.
  package func settleDown() async throws {
    if case .server(let server) = address {
      try await DedicatedThread(name: "vacuum").run { try BenchTable.vacuum(server) }
    }
    for _ in 0..<20 {
      if try await store.checkpoint() { return }
    }
  }

  private func requireSettled(leavesNone: Bool) async throws {
    let isLeft = try await store.read { transaction in
      let leased = try BenchTable.hasLeased(queue: Self.queue, in: transaction)
      let available = try BenchTable.available(queue: Self.queue, upTo: 1, in: transaction)
      return leased || (leavesNone && available > 0)
    }
    guard !isLeft else { throw QueueBenchError.unfinished(queue: Self.queue) }
  }

  private static func rate(_ count: Int, since start: Int64) -> Double {
    Double(count) * 1e9 / Double(max(1, monotonicNanoseconds() - start))
  }
}

import Database
import JobQueue
import Migrations
import TestSupport
import Testing
import Timekeeping

/// A fresh store with two workers, `w1` and `w2`, and a queue `q` without a limit.
struct QueueStore: Sendable {
  let place: StorePlace
  let store: Store
  let steps: [SchemaStep]

  init() async throws {
    place = try await StorePlace()
    steps = Migration.steps(on: place.engine)
    store = try await Store.open(place.address(), steps: steps, now: start)
    try await store.write { transaction in
      for id in ["w1", "w2"] { try WorkerTable.register(.named(id), in: transaction) }
      try JobTable.declareQueue("q", in: transaction)
    }
  }

  /// Runs a whole scenario of queue verbs, each of which takes the same transaction.
  func write<Value: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Value) async throws -> Value {
    try await store.write(.process, body)
  }
}

extension Migration {
  static func steps(on engine: Engine) -> [SchemaStep] {
    let history =
      switch engine {
      case .sqlite: Migration.sqlite
      case .postgresql: Migration.postgresql
      }
    return history.map { SchemaStep(version: $0.version, name: $0.name, sql: $0.sql) }
  }
}

/// 2026-03-02 15:00:00 UTC.
let start = Timestamp(milliseconds: 1_772_463_600_000)

extension WorkerRecord {
  static func named(_ id: String, kinds: [String] = ["k"], queues: [String] = ["q"], at now: Timestamp = start) -> Self
  {
    WorkerRecord(
      id: id, host: "host", pid: 1, version: "1", kinds: kinds, queues: queues, startedAt: now, heartbeatAt: now)
  }
}

extension NewJob {
  static func plain(_ payload: String = "{}", priority: Int = 0, runAt: Timestamp? = nil, maxFailures: Int = 3)
    -> NewJob
  {
    NewJob(kind: "k", queue: "q", payload: payload, priority: priority, runAt: runAt, maxFailures: maxFailures)
  }
}

extension Transaction {
  /// Enqueues a job that has no unique key.
  func enqueue(_ job: NewJob = .plain(), at now: Timestamp = start) throws -> Int64 {
    try #require(try JobTable.enqueue(job, now: now, in: self))
  }

  func lease(
    _ count: Int = 1, worker: String = "w1", kinds: [ServedKind] = ["k"], queues: [String] = ["q"],
    for duration: Duration = .seconds(60), at now: Timestamp = start
  ) throws -> [LeasedJob] {
    try JobTable.lease(
      .init(worker: worker, kinds: kinds, queues: queues, count: count, duration: duration), now: now, in: self)
  }

  func leaseOne(worker: String = "w1", at now: Timestamp = start) throws -> Lease {
    try #require(try lease(worker: worker, at: now).first).lease
  }

  @discardableResult
  func settle(
    _ lease: Lease, _ outcome: Outcome, backoff: Duration = .seconds(5), at now: Timestamp = start
  ) throws -> JobState {
    try JobTable.settle(lease, outcome, backoff: backoff, now: now, in: self)
  }

  func job(_ id: Int64) throws -> JobRecord { try #require(try JobTable.find(id, in: self)) }

  func transitions(_ id: Int64) throws -> [JobTransition] {
    try JobTable.events(of: id, in: self).map(\.transition)
  }
}

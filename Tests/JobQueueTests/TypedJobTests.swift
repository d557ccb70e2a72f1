import Database
import Foundation
import JobQueue
import Logging
import Synchronization
import TestSupport
import Testing
import Timekeeping

private struct Greeting: QueuedJob, Equatable {
  static let kind = "greet"

  struct Person: Codable, Equatable {
    var name: String
    var age: Int
  }

  var people: [Person]
  var notes: [String: Int] = [:]
  var due: Date?
}

/// Version 1 had one `name`, version 2 has `names`.
private struct Renamed: QueuedJob, Equatable {
  static let kind = "renamed"
  static let payloadVersion = 2
  static let queue = "other"
  var names: [String]

  private struct First: Codable { var name: String }

  static func decode(_ payload: Data, version: Int, with decoder: JSONDecoder) throws -> Renamed {
    guard version == 1 else { return try decoder.decode(Renamed.self, from: payload) }
    return Renamed(names: [try decoder.decode(First.self, from: payload).name])
  }
}

private struct Weight: QueuedJob {
  static let kind = "weigh"
  var grams: Double
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct TypedJobTests {
  private let folder: TemporaryFolder
  private let store: Store

  init() async throws {
    folder = try TemporaryFolder()
    store = try await Store.openQueue(
      path: folder.file("queue.db"), queues: ["default": QueueSettings(), "other": QueueSettings()])
  }

  /// Runs the job to its first settle.
  private func run(_ id: Int64, _ handler: JobHandler) async throws -> JobRecord {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let pool = WorkerPool(
      store: store, handlers: [handler], settings: .init(queues: ["default", "other"]), logger: logger)
    let running = Task { try await pool.run() }
    defer { running.cancel() }
    while true {
      let job = try await store.read { try $0.job(id) }
      if job.settledAt != nil || job.failures > 0 {
        pool.drain()
        try await running.value
        return job
      }
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  private func payload(_ id: Int64) async throws -> String? {
    try await store.read { try $0.first("SELECT payload FROM job WHERE id = $1", [.integer(id)]) { $0.text(0) } }
  }

  @Test("A job is kept as JSON with its keys in order and its dates in milliseconds, and arrives as it was sent")
  func roundTrip() async throws {
    let greeting = Greeting(
      people: [.init(name: "Ada/Zoë", age: 36)], notes: ["x": 1], due: Date(timeIntervalSince1970: 1.5))
    let id = try #require(try await store.enqueue(greeting))
    #expect(
      try await payload(id) == #"{"due":1500,"notes":{"x":1},"people":[{"age":36,"name":"Ada/Zoë"}]}"#)
    let arrived = Mutex<Greeting?>(nil)
    let job = try await run(
      id,
      JobHandler(for: Greeting.self) { greeting, context in
        arrived.withLock { $0 = greeting }
        return try .succeeded(with: ["job": context.lease.jobID, "attempt": Int64(context.lease.attempt)])
      })
    #expect(arrived.withLock { $0 } == greeting)
    #expect(job.state == .succeeded && job.kind == "greet" && job.queue == "default")
    #expect(job.result == #"{"attempt":1,"job":\#(id)}"#)
    #expect(try job.result(as: [String: Int64].self) == ["job": id, "attempt": 1])
    #expect(throws: JobQueueError.unreadable(what: "the result of job \(id) as Array<Int>: no Array<Any> at the top")) {
      try job.result(as: [Int].self)
    }
  }

  @Test("What is said about a job at its enqueueing is kept with it")
  func options() throws {
    let job = try NewJob(
      Renamed(names: ["a"]), priority: 3, runAt: start, uniqueKey: "u", concurrencyKey: "c", maxFailures: 2,
      isPermanent: true)
    #expect(
      job
        == NewJob(
          kind: "renamed", queue: "other", payload: #"{"names":["a"]}"#, payloadVersion: 2, priority: 3, runAt: start,
          uniqueKey: "u", concurrencyKey: "c", maxFailures: 2, isPermanent: true))
  }

  @Test(
    "A payload that cannot be read ends its job as dead at once; the reason names the place and nothing that stands there",
    arguments: [
      (#"{"people":[{"name":"Ada Lovelace"}],"notes":{}}"#, "no key at people[0].age"),
      (#"{"people":[{"name":"Ada Lovelace","age":"thirty"}],"notes":{}}"#, "no Int at people[0].age"),
      (#"{"people":[{"name":"Ada Lovelace","age":null}],"notes":{}}"#, "no Int but null at people[0].age"),
      (#"{"people":[],"notes":{"ada@example.org":"often"}}"#, "no Int at notes.*"),
      (#"{"people":["Ada Lovelace"],"notes":{}}"#, "no Dictionary<String, Any> at people[0]"),
      (#"{"people":[{"name":"Ada Lovelace","age":1e99}],"notes":{}}"#, "not valid JSON, or a number out of range"),
      ("Ada Lovelace", "not valid JSON, or a number out of range"), ("[]", "no Dictionary<String, Any> at the top"),
    ])
  func unreadable(payload: String, place: String) async throws {
    let id = try #require(try await store.enqueue(NewJob(kind: "greet", queue: "default", payload: payload)))
    let job = try await run(
      id,
      JobHandler(for: Greeting.self) { _, _ in
        Issue.record("it was run")
        return .succeeded(result: nil)
      })
    #expect(job.state == .dead && job.attempt == 1)
    #expect(job.reason == "the payload, version 1: \(place)")
  }

  @Test("An older version of a payload is read as its type says, a newer one is left to newer workers")
  func versions() async throws {
    let old = try #require(
      try await store.enqueue(NewJob(kind: "renamed", queue: "other", payload: #"{"name":"a"}"#, payloadVersion: 1)))
    let newer = try #require(
      try await store.enqueue(NewJob(kind: "renamed", queue: "other", payload: "{}", payloadVersion: 3)))
    let new = try #require(try await store.enqueue(Renamed(names: ["b"])))
    let handler = JobHandler(for: Renamed.self) { job, _ in try .succeeded(with: job.names) }
    #expect(try await run(old, handler).result == #"["a"]"#)
    #expect(try await run(new, handler).result == #"["b"]"#)
    #expect(try await store.read { try $0.job(newer) }.state == .available)
  }

  @Test("What cannot be written as JSON is refused, with the place and without the value")
  func unencodable() async throws {
    await #expect(throws: JobQueueError.unencodable(what: "a job of kind weigh: unusable at grams")) {
      try await store.enqueue(Weight(grams: .infinity))
    }
    #expect(throws: JobQueueError.unencodable(what: "a result of type Array<Double>: unusable at [1]")) {
      try Outcome.succeeded(with: [1, Double.nan])
    }
  }

  @Test("A handler may settle together with rows of its own")
  func settlement() async throws {
    let id = try #require(try await store.enqueue(Weight(grams: 2)))
    let handler = JobHandler(for: Weight.self, timeout: .seconds(30)) { weight, _ in
      Settlement(.succeeded(result: nil), durability: .power) { transaction in
        try JobTable.declareQueue("weighed \(weight.grams)", in: transaction)
      }
    }
    #expect(try await run(id, handler).state == .succeeded)
    let queues = try await store.read { try $0.query("SELECT name FROM queue ORDER BY name") { $0.text(0) } }
    #expect(queues == ["default", "other", "weighed 2.0"])
  }

  @Test("A handler's own error counts as a failure, of which only the type is kept")
  func foreignError() async throws {
    struct Refused: Error { let address = "ada@example.org" }
    let id = try #require(try await store.enqueue(Weight(grams: 2)))
    let handler = JobHandler(for: Weight.self) { _, _ -> Outcome in throw Refused() }
    let job = try await run(id, handler)
    #expect(job.state == .waiting && job.failures == 1 && job.reason == "error of type Refused")
    #expect(WorkerPool.describeBriefly(CancellationError()) == "stopped")
    #expect(WorkerPool.describeBriefly(JobQueueError.unknownQueue("q")) == "There is no queue named q")
    #expect(WorkerPool.describeBriefly(DatabaseError.readOnly("p")) == "\(DatabaseError.readOnly("p"))")
  }

  @Test("A pool made the short way is registered under a name of this process, with its kinds and queues")
  func record() async throws {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let handler = JobHandler(for: Weight.self) { _, _ in .succeeded(result: nil) }
    let pool = WorkerPool(
      store: store, handlers: [handler], version: "3.1", logger: logger, randomness: { SeededGenerator(seed: 1) })
    let identity = try #require(ProcessIdentity(pool.worker.id))
    #expect(!identity.isKnownDead)
    #expect(pool.worker.kinds == ["weigh"] && pool.worker.queues == ["default"] && pool.worker.version == "3.1")
    #expect(pool.worker.pid == Int(ProcessInfo.processInfo.processIdentifier))
    let second = WorkerPool(store: store, handlers: [handler], logger: logger)
    #expect(second.worker.id != pool.worker.id)
  }
}

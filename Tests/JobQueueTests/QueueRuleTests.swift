import Database
import JobQueue
import TestSupport
import Testing
import Timekeeping

@Suite(.serialized, .onEachEngine) struct QueueRuleTests {
  private let queue: QueueStore

  init() async throws {
    queue = try await QueueStore()
  }

  @Test("Higher priority goes first, and a minute of waiting is worth one point of it")
  func priorities() async throws {
    try await queue.write { transaction in
      let now = start + .seconds(600)
      let ordinary = try transaction.enqueue(.plain(), at: now)
      let urgent = try transaction.enqueue(.plain(priority: 5), at: now)
      // Waiting for 301 s is worth a little more than 5 points.
      let patient = try transaction.enqueue(.plain(runAt: now - .seconds(301)), at: now - .seconds(301))
      let low = try transaction.enqueue(.plain(priority: -1), at: now)
      let order = try transaction.lease(10, at: now).map(\.id)
      #expect(order == [patient, urgent, ordinary, low])
    }
  }

  @Test("Equal jobs go in the order in which they came, and queues in the order asked for")
  func fairness() async throws {
    try await queue.write { transaction in
      try JobTable.declareQueue("other", in: transaction)
      let ids = try (0..<5).map { _ in try transaction.enqueue() }
      let other = try #require(
        try JobTable.enqueue(
          NewJob(kind: "k", queue: "other", payload: "{}", priority: 99), now: start, in: transaction))
      #expect(try transaction.lease(3).map(\.id) == Array(ids[..<3]))
      #expect(try transaction.lease(9, queues: ["q", "other"]).map(\.id) == ids[3...] + [other])
    }
  }

  @Test("Nothing is leased beyond what was asked for")
  func count() async throws {
    try await queue.write { transaction in
      for _ in 0..<5 { _ = try transaction.enqueue() }
      #expect(try transaction.lease(0).isEmpty)
      #expect(try transaction.lease(2).count == 2)
      #expect(try transaction.lease(9).count == 3)
    }
  }

  @Test("A queue never runs more jobs at once than its limit, over all workers")
  func concurrency() async throws {
    try await queue.write { transaction in
      try JobTable.declareQueue("q", QueueSettings(concurrencyMax: 2), in: transaction)
      for _ in 0..<5 { _ = try transaction.enqueue() }
      let first = try transaction.lease(5, worker: "w1")
      #expect(first.count == 2)
      #expect(try transaction.lease(5, worker: "w2").isEmpty)
      #expect(try !JobTable.outlook(kinds: ["k"], queues: ["q"], now: start, in: transaction).hasWork)
      try transaction.settle(first[0].lease, .succeeded(result: nil))
      #expect(try JobTable.outlook(kinds: ["k"], queues: ["q"], now: start, in: transaction).hasWork)
      #expect(try transaction.lease(5, worker: "w2").count == 1)
      try JobTable.declareQueue("q", QueueSettings(concurrencyMax: 1), in: transaction)
      #expect(try transaction.lease(5).isEmpty)
      // Both running ones expire and are reclaimed first.
      #expect(try transaction.lease(5, at: start + .seconds(60)).count == 1)
    }
  }

  @Test("Kinds without a handler are left alone, and so are queues that were not asked for")
  func unknownKinds() async throws {
    try await queue.write { transaction in
      let newer = try #require(
        try JobTable.enqueue(NewJob(kind: "newer", queue: "q", payload: "{}"), now: start, in: transaction))
      #expect(try !JobTable.outlook(kinds: ["k"], queues: ["q"], now: start, in: transaction).hasWork)
      #expect(try transaction.lease(5).isEmpty)
      #expect(try transaction.lease(5, kinds: []).isEmpty)
      #expect(try transaction.lease(5, kinds: ["newer"], queues: ["nowhere"]).isEmpty)
      let behind = try transaction.enqueue()
      #expect(try transaction.lease(5).map(\.id) == [behind])
      #expect(try transaction.job(newer).state == .available)
    }
  }

  @Test("An unknown queue is refused")
  func unknownQueue() async throws {
    await #expect(throws: JobQueueError.unknownQueue("nowhere")) {
      try await queue.write { transaction in
        _ = try JobTable.enqueue(NewJob(kind: "k", queue: "nowhere", payload: "{}"), now: start, in: transaction)
      }
    }
  }

  @Test("A unique key refuses a second job while one is unfinished, in every unfinished state, and is free afterwards")
  func uniqueKeys() async throws {
    try await queue.write { transaction in
      let job = NewJob(kind: "k", queue: "q", payload: "{}", runAt: start + .seconds(5), uniqueKey: "once")
      func enqueue() throws -> Int64? { try JobTable.enqueue(job, now: start, in: transaction) }
      let first = try #require(try enqueue())
      #expect(try enqueue() == nil)
      #expect(try JobTable.unfinished(uniqueKey: "once", in: transaction) == first)
      #expect(try JobTable.unfinished(uniqueKey: "other", in: transaction) == nil)
      let lease = try transaction.leaseOne(at: start + .seconds(5))
      #expect(try enqueue() == nil)
      try JobTable.giveBack([lease], now: start, in: transaction)
      #expect(try enqueue() == nil)
      let again = try transaction.leaseOne(at: start + .seconds(5))
      try transaction.settle(again, .succeeded(result: nil))
      #expect(try JobTable.unfinished(uniqueKey: "once", in: transaction) == nil)
      let second = try #require(try enqueue())
      #expect(second != first)
      #expect(try JobTable.cancel(second, because: "x", now: start, in: transaction))
      #expect(try enqueue() != nil)
      // A refused job leaves no event.
      #expect(try transaction.first("SELECT count(*) FROM job_event WHERE transition = 'enqueued'") { $0.int(0) } == 3)
    }
  }

  @Test("A look finds work exactly when leasing would")
  func hasWork() async throws {
    try await queue.write { transaction in
      func look(_ now: Timestamp) throws -> Bool {
        try JobTable.outlook(kinds: ["k"], queues: ["q"], now: now, in: transaction).hasWork
      }
      #expect(try !look(start))
      _ = try transaction.enqueue(.plain(runAt: start + .seconds(5)))
      #expect(try !look(start + .milliseconds(4999)))
      #expect(try look(start + .seconds(5)))
      _ = try transaction.leaseOne(at: start + .seconds(5))
      #expect(try !look(start + .seconds(64)))
      #expect(try look(start + .seconds(65)))
    }
  }

  @Test("Events come oldest first, and go with their job")
  func events() async throws {
    try await queue.write { transaction in
      let id = try transaction.enqueue()
      try transaction.settle(transaction.leaseOne(), .succeeded(result: nil))
      #expect(try transaction.transitions(id) == [.enqueued, .leased, .succeeded])
      #expect(try JobTable.events(of: id + 1, in: transaction).isEmpty)
      try transaction.run("DELETE FROM job WHERE id = $1", [.integer(id)])
      #expect(try JobTable.events(of: id, in: transaction).isEmpty)
    }
  }

  @Test("Jobs are listed newest first, by state and kind, and counted")
  func listing() async throws {
    try await queue.write { transaction in
      let ids = try (0..<4).map { _ in try transaction.enqueue() }
      try transaction.settle(transaction.leaseOne(), .discard(because: "x"))
      #expect(try JobTable.list(.init(limit: 3), in: transaction).map(\.id) == [ids[3], ids[2], ids[1]])
      #expect(try JobTable.list(.init(state: .dead), in: transaction).map(\.id) == [ids[0]])
      #expect(try JobTable.list(.init(kind: "nothing"), in: transaction).isEmpty)
      #expect(try JobTable.find([ids[1], 999, ids[0]], in: transaction).map(\.id) == [ids[1], ids[0]])
      let counts = try JobTable.counts(in: transaction).map { "\($0.kind) \($0.state.rawValue) \($0.count)" }
      #expect(counts == ["k available 3", "k dead 1"])
    }
  }

  @Test("A role is held by one process at a time, and each change of holder raises the term")
  func leadership() async throws {
    try await queue.write { transaction in
      func claim(_ holder: String, _ now: Timestamp) throws -> Int? {
        try LeadershipTable.claim("role", holder: holder, duration: .seconds(20), now: now, in: transaction)
      }
      let terms = [
        try claim("a", start), try claim("b", start + .seconds(19)), try claim("a", start + .seconds(19)),
        try claim("b", start + .seconds(38)), try claim("b", start + .seconds(39)),
        try claim("a", start + .seconds(40)),
        try claim("a", start + .seconds(59)),
        // The clock was set back by a day: the dead holder's role is taken at once.
        try claim("b", start - .seconds(86_400)),
      ]
      #expect(terms == [1, nil, 1, nil, 2, nil, 3, 4])
      #expect(try LeadershipTable.claim("other", holder: "a", duration: .seconds(20), now: start, in: transaction) == 1)
    }
  }

  @Test("Workers are rows that live by their heartbeat")
  func workers() async throws {
    try await queue.write { transaction in
      try WorkerTable.register(.named("w3", kinds: ["upload", "monitor"], queues: [], at: start), in: transaction)
      let w3 = try #require(try WorkerTable.list(limit: 9, in: transaction).first { $0.id == "w3" })
      #expect(w3 == .named("w3", kinds: ["upload", "monitor"], queues: [], at: start))
      func isServed(_ now: Timestamp) throws -> Bool {
        try WorkerTable.isServed(kind: "upload", now: now, in: transaction)
      }
      #expect(try isServed(start + .milliseconds(14_999)))
      #expect(try !isServed(start + .seconds(15)))
      #expect(try !WorkerTable.isServed(kind: "other", now: start, in: transaction))
      try WorkerTable.beat("w3", now: start + .seconds(15), in: transaction)
      #expect(try isServed(start + .seconds(29)))
      // The clock was set back by an hour after the worker died.
      #expect(try !isServed(start - .seconds(3600)))
      try WorkerTable.end("w3", now: start + .seconds(20), in: transaction)
      #expect(try !isServed(start + .seconds(21)))
      #expect(try WorkerTable.list(limit: 9, in: transaction).map(\.id).first == "w3")
      #expect(throws: DatabaseError.self) {
        try transaction.attempt { try WorkerTable.register(.named("w3"), in: transaction) }
      }
    }
  }
}

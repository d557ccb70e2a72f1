import Database
import JobQueue
import Migrations
import TestSupport
import Testing
import Timekeeping

/// A store may belong to a program that knows nothing of leads, to the programs that do, or to both in turn.
@Suite(.serialized) struct QueueSchemaTests {
  private let folder: TemporaryFolder
  private var path: String { folder.file("queue.db") }
  private let all = Migration.sqlite.map { SchemaStep(version: $0.version, name: $0.name, sql: $0.sql) }
  private var latest: Int { all.last?.version ?? 0 }

  init() throws {
    folder = try TemporaryFolder()
  }

  private func versions(_ store: Store) async throws -> [Int] {
    try await store.read { try $0.query("SELECT version FROM migration ORDER BY version") { $0.int(0) } }
  }

  private func definitions(_ store: Store) async throws -> Set<String> {
    try await store.read {
      Set(try $0.query("SELECT name || ': ' || coalesce(sql, '') FROM sqlite_schema") { $0.text(0) })
    }
  }

  /// Runs a job from its enqueueing to its end.
  private func runJob(_ store: Store) async throws -> JobState {
    try await store.write { transaction in
      try WorkerTable.register(.named("w\(try JobTable.counts(in: transaction).count)"), in: transaction)
      let worker = try #require(WorkerTable.list(limit: 1, in: transaction).first).id
      let job = NewJob(kind: "k", queue: "default", payload: "{}")
      _ = try #require(try JobTable.enqueue(job, now: start, in: transaction))
      let lease = try #require(try transaction.lease(worker: worker, queues: ["default"]).first).lease
      return try transaction.settle(lease, .succeeded(result: nil))
    }
  }

  @Test("A queue of its own has the queue's tables, none of the leads', and works")
  func queueOnly() async throws {
    let store = try await Store.openQueue(path: path)
    #expect(try await versions(store) == [1, 3])
    let tables = try await store.read {
      try $0.query("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'") { $0.text(0) }
    }
    #expect(tables.contains("job") && tables.contains("pause"))
    #expect(tables.filter { ["lead", "batch", "ledger", "audit"].contains($0) } == [])
    #expect(try await runJob(store) == .succeeded)
    #expect(try await versions(Store.openQueue(path: path)) == [1, 3], "opened again, nothing is left to do")
  }

  @Test("The queues asked for are there with their limits, and keep what an opening without them says nothing of")
  func queues() async throws {
    _ = try await Store.openQueue(path: path, queues: ["mail": QueueSettings(concurrencyMax: 2)])
    let store = try await Store.openQueue(path: path)
    let limits = try await store.read {
      try $0.query("SELECT name, concurrency_max FROM queue ORDER BY name") {
        "\($0.text(0)) \($0.optionalInt(1) ?? 0)"
      }
    }
    #expect(limits == ["default 0", "mail 2"])
    await #expect(throws: JobQueueError.unknownQueue("post")) {
      try await store.enqueue(NewJob(kind: "k", queue: "post", payload: "{}"))
    }
  }

  @Test("A store that the programs with leads have made is a queue too, and is left as it is")
  func madeByOthers() async throws {
    let whole = try await Store.open(.file(path), steps: all, now: start)
    try await whole.write { try JobTable.declareQueue("upload", QueueSettings(concurrencyMax: 1), in: $0) }
    let before = try await definitions(whole)
    let store = try await Store.openQueue(path: path)
    #expect(try await versions(store) == all.map(\.version))
    #expect(try await definitions(store) == before)
    #expect(try await runJob(store) == .succeeded)
  }

  @Test("A queue of its own grows into a store with leads: the same schema as if it had been one from the start")
  func growsUp() async throws {
    let small = try await Store.openQueue(path: path)
    let job = try #require(try await small.enqueue(NewJob(kind: "k", queue: "default", payload: "{}")))
    let grown = try await Store.open(.file(path), steps: all, now: start)
    #expect(try await versions(grown) == all.map(\.version))
    let whole = try await Store.open(.file(folder.file("whole.db")), steps: all, now: start)
    #expect(try await definitions(grown) == definitions(whole))
    #expect(try await grown.read { try $0.job(job) }.state == .available)
    #expect(try await runJob(small) == .succeeded, "who has it open as a queue goes on")
    #expect(try await versions(Store.openQueue(path: path)) == all.map(\.version))
  }

  @Test("A queue that is newer than this library is refused, whoever made it newer")
  func newer() async throws {
    let next = SchemaStep(version: latest + 1, name: "next", sql: "CREATE TABLE next (id INTEGER) STRICT;")
    _ = try await Store.open(.file(path), steps: all + [next], now: start)
    let refusal = DatabaseError.newerSchema(path, found: latest + 1, known: latest)
    await #expect(throws: refusal) { try await Store.openQueue(path: path) }
  }

  @Test("A step of the leads under the queue's library is checked too: another text is another build")
  func altered() async throws {
    var steps = all
    steps[3] = SchemaStep(version: 4, name: "permanent_uploads", sql: "-- nothing")
    _ = try await Store.open(.file(path), steps: steps, now: start)
    await #expect(throws: DatabaseError.alteredMigration(path, version: 4)) { try await Store.openQueue(path: path) }
  }

  @Test("Tables of one's own are made with the queue, and share its transactions: both or neither")
  func ownTables() async throws {
    let own = [
      SchemaStep(version: 1000, name: "bill", sql: "CREATE TABLE bill (id INTEGER PRIMARY KEY, total INTEGER) STRICT;"),
      SchemaStep(version: 1001, name: "paid", sql: "ALTER TABLE bill ADD COLUMN paid_at INTEGER;"),
    ]
    _ = try await Store.openQueue(path: path, own: [own[0]])
    let store = try await Store.openQueue(path: path, own: own)
    #expect(try await versions(store) == [1, 3, 1000, 1001])
    struct ChangedMind: Error {}
    let bill: @Sendable (Transaction, Int) throws -> Void = { transaction, total in
      try transaction.run("INSERT INTO bill (total) VALUES ($1)", [.int(total)])
      _ = try JobTable.enqueue(NewJob(kind: "send", queue: "default", payload: "\(total)"), now: start, in: transaction)
    }
    await #expect(throws: ChangedMind.self) {
      try await store.write { transaction in
        try bill(transaction, 10)
        throw ChangedMind()
      }
    }
    try await store.write { try bill($0, 20) }
    let found = try await store.read { transaction in
      try transaction.query("SELECT total FROM bill") { $0.text(0) }
        + transaction.query("SELECT payload FROM job") { $0.text(0) }
    }
    #expect(found == ["20", "20"])
    await #expect(throws: DatabaseError.newerSchema(path, found: 1000, known: latest)) {
      try await Store.openQueue(path: path)
    }
  }
}

import Database
import TestSupport
import Testing
import Timekeeping

@testable import QueueBench

@Suite("The raw limit writes what the queue writes", .onEachEngine)
struct RawRowsTests {
  /// Job and event columns that two runs cannot have in common. Of them only whether they are set is compared.
  private static let times: Set = [
    "run_at", "order_at", "lease_expires_at", "cancel_requested_at", "created_at", "settled_at", "at", "waits_from",
  ]
  private static let ids: Set = ["id", "job_id"]

  /// 250 jobs in batches that do not divide them, so that statements of full and of odd size take part.
  private static let count = 250
  private static let enqueueBatch = 120
  private static let batch = 37

  @Test("enqueued jobs and their events are equal in every column but times and ids")
  func enqueued() async throws {
    let (ours, raw) = try await (Ground(), Ground())
    _ = try await ours.bench.enqueue(Self.count, batch: Self.enqueueBatch, durability: .process)
    let outcome = try await raw.bench.raw.enqueue(
      Self.count, raw.bench.job, batch: Self.enqueueBatch, durability: .process)
    #expect(outcome.jobs == Self.count)
    #expect(outcome.transactions == 3)
    let expected = try await content(ours.bench)
    #expect(expected.jobs.count == Self.count)
    #expect(expected.events.count == Self.count)
    #expect(try await content(raw.bench) == expected)
  }

  @Test("leased and settled jobs too, whatever the batch and the durability", arguments: [1, 37, 250])
  func settled(batch: Int) async throws {
    let (ours, raw) = try await (Ground(), Ground())
    for ground in [ours, raw] { try await ground.bench.stock(Self.count) }
    let durability = batch == Self.batch ? Durability.power : .process
    _ = try await ours.bench.work(Self.count, batch: batch, durability: durability)
    let rate = try await raw.bench.rawWork(Self.count, batch: batch, durability: durability)
    #expect(rate > 0)
    let expected = try await content(ours.bench)
    #expect(expected.jobs.allSatisfy { $0.contains("state=succeeded") && $0.contains("attempt=1") })
    #expect(expected.events.count == 3 * Self.count)
    #expect(try await content(raw.bench) == expected)
  }

  @Test("the raw loop ends when no job is left, and says how many it did")
  func exhausted() async throws {
    let ground = try await Ground()
    try await ground.bench.stock(5)
    let outcome = try await ground.bench.raw.work(
      9, queue: BenchStore.queue, worker: ground.bench.rawWorker, batch: 3, durability: .process)
    #expect(outcome.jobs == 5)
    // Leased and settled 3 and 2, and once found nothing to lease.
    #expect(outcome.transactions == 5)
  }

  @Test("what the engine refuses comes back as a message")
  func refused() async throws {
    let ground = try await Ground()
    await #expect(throws: QueueBenchError.self) {
      // No such queue: a foreign key.
      _ = try await ground.bench.raw.enqueue(1, BenchJob(queue: "nowhere"), batch: 1, durability: .process)
    }
    await #expect(throws: QueueBenchError.self) {
      _ = try await RawLoop.open(.file(ground.folder.file("no such store.db")))
    }
  }

  @Test("a crowd of jobs stands in the table with its events, in the state it is named for")
  func crowds() async throws {
    let ground = try await Ground()
    let now = Timestamp(milliseconds: 1_772_463_600_000)
    for crowd in BenchTable.Crowd.allCases {
      try await ground.bench.store.write { [job = ground.bench.job, worker = ground.bench.rawWorker] in
        try BenchTable.add(crowd, 10, of: job, worker: worker, now: now, in: $0)
      }
    }
    let content = try await content(ground.bench)
    for state in ["waiting", "available", "succeeded"] {
      #expect(content.jobs.count { $0.contains("state=\(state) ") } == 10)
    }
    #expect(content.events.count == 10 + 10 + 30)
    let available = try await ground.bench.store.read {
      try BenchTable.available(queue: BenchStore.queue, upTo: 100, in: $0)
    }
    #expect(available == 10)
  }

  // MARK: Ground

  private struct Ground {
    let place: StorePlace
    var folder: TemporaryFolder { place.folder }
    let bench: BenchStore

    init() async throws {
      place = try await StorePlace()
      bench = try await BenchStore.make(at: place.address())
    }
  }

  private struct Content: Equatable, Sendable {
    var jobs: [String]
    var events: [String]
  }

  /// Each row as `column=value` in the order of its ids; columns that are added later are compared too.
  private func content(_ bench: BenchStore) async throws -> Content {
    try await bench.store.read { transaction in
      try Content(
        jobs: Self.rows(of: "job", order: "id", in: transaction),
        events: Self.rows(of: "job_event", order: "job_id, id", in: transaction))
    }
  }

  private static func columns(of table: String, in transaction: Transaction) throws -> [String] {
    switch transaction.dialect {
    case .sqlite:
      try transaction.query("SELECT name FROM pragma_table_info($1) ORDER BY cid", [.text(table)]) { $0.text(0) }
    case .postgresql:
      try transaction.query(
        """
        SELECT CAST(column_name AS text) FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = CAST($1 AS text) ORDER BY ordinal_position
        """, [.text(table)]
      ) { $0.text(0) }
    }
  }

  private static func rows(of table: String, order: String, in transaction: Transaction) throws -> [String] {
    let columns = try columns(of: table, in: transaction)
    return try transaction.query("SELECT \(columns.joined(separator: ", ")) FROM \(table) ORDER BY \(order)") { row in
      columns.enumerated().filter { !ids.contains($0.element) }.map { index, name in
        let isSet = !row.isNull(index)
        // Each side works in the name of a worker of its own.
        let isHidden = times.contains(name) || name == "worker_id"
        return "\(name)=" + (isSet ? (isHidden ? "set" : row.text(index)) : "null")
      }.joined(separator: " ") + " "
    }
  }
}

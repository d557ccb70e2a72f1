import Database
import LeadStore
import QueueBench
import Timekeeping

/// Appending to the audit trail, one entry a transaction and a hundred, in turns with hashing and inserting alone.
struct AuditBench {
  private static let rounds = 7

  let ground: BenchGround

  func run() async throws -> [Measure] {
    let now = Timestamp(milliseconds: 1_772_463_600_000)
    let store = try await LeadStore.open(.file("\(ground.folder)/audit.db"), now: now)
    let raw = try await LeadStore.open(.file("\(ground.folder)/raw-audit.db"), now: now)
    let table = RawAuditTable()
    var measures: [Measure] = []
    for (batch, count) in [(1, 2000), (100, 10_000)] {
      var rounds: [Measure.Round] = []
      for round in 0...Self.rounds {
        let rate = try await Self.rate(store, count, batch) { try Self.append(at: now, in: $0) }
        let rawRate = try await Self.rate(raw, count, batch) { try table.append(at: now, in: $0) }
        _ = try await (store.checkpoint(), raw.checkpoint())
        if round > 0 { rounds.append(.init(ours: rate, reference: rawRate)) }
      }
      var measure = Measure(
        "audit_\(batch)", batch == 1 ? "audit trail, one entry a transaction" : "audit trail, \(batch) a transaction",
        .entriesPerSecond, beside: .raw, rounds: rounds)
      measure.durability = "process"
      measure.batch = batch
      measures.append(measure)
    }
    return measures
  }

  private static func rate(
    _ store: Store, _ count: Int, _ batch: Int, _ append: @escaping @Sendable (Transaction) throws -> Void
  ) async throws -> Double {
    let start = ContinuousClock.now
    for _ in 0..<count / batch {
      try await store.write { transaction in
        for _ in 0..<batch { try append(transaction) }
      }
    }
    return Double(count) / (ContinuousClock.now - start).inSeconds
  }

  @Sendable private static func append(at now: Timestamp, in transaction: Transaction) throws {
    try AuditTable.append(
      .batchSettled, subject: "batch 1048576", detail: ["created": 480, "duplicate": 15, "rejected": 5],
      actor: "lead-worker 00000000", now: now, in: transaction)
  }
}

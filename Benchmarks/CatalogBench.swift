import Database
import LeadStore
import Leads
import QueueBench
import Timekeeping

/// What a plan reads of the store, over a small catalog and over one of a million leads: the supply, the best 500 leads, the limits
/// and what is in flight.
struct CatalogBench {
  private static let rounds = 15
  private static let few = 10_000
  private static let now = Timestamp(milliseconds: 1_772_463_600_000)

  let ground: BenchGround
  /// The leads of the large catalog.
  let rows: Int

  func run() async throws -> [Measure] {
    let small = try await store("few-leads.db", leads: Self.few)
    let large = try await store("many-leads.db", leads: rows)
    var rounds: [Measure.Round] = []
    for round in 0...Self.rounds {
      let (ours, reference) = (try await Self.milliseconds(large), try await Self.milliseconds(small))
      if round > 0 { rounds.append(.init(ours: ours, reference: reference)) }
    }
    var measure = Measure(
      "plan_reads", "reads of a plan, \(MeasureText.number(Double(rows))) leads in the catalog", .milliseconds,
      beside: .smallCatalog, rounds: rounds)
    measure.durability = nil
    return [measure]
  }

  private func store(_ name: String, leads: Int) async throws -> Store {
    let store = try await LeadStore.open(.file("\(ground.folder)/\(name)"), now: Self.now)
    try await store.write { transaction in
      for path in ["one.json", "two.json"] { _ = try SourceTable.findOrAdd(path: path, in: transaction) }
    }
    let portion = 20_000
    for first in stride(from: 0, to: leads, by: portion) {
      try await store.write { try RawCatalogTable.fill(first..<min(first + portion, leads), in: $0) }
    }
    _ = try await store.checkpoint()
    return store
  }

  private static func milliseconds(_ store: Store) async throws -> Double {
    let start = ContinuousClock.now
    let chosen = try await store.read { transaction in
      let supply = try CatalogTable.supply(sources: [1, 2], in: transaction)
      precondition(supply.sum > 500, "the catalog holds enough")
      let leads = try zip(LeadClass.allCases, [100, 250, 150]).flatMap { leadClass, count in
        try CatalogTable.choose(leadClass, count: count, sources: [1, 2], in: transaction)
      }
      _ = try BatchTable.inFlight(since: now, in: transaction)
      _ = try BatchTable.openCount(in: transaction)
      _ = try QuotaTable.count(of: "2026-03-02", in: transaction)
      _ = try CatalogTable.supplyByCell(sources: [1, 2], in: transaction)
      return leads.count
    }
    precondition(chosen == 500, "every class is there")
    return (ContinuousClock.now - start).inSeconds * 1000
  }
}

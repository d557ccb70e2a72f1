package import Database
import Leads
package import Planning

/// What a plan did not take, and why. What is asked here costs the same for every size of the catalog: counts of available
/// leads are kept, others are counted along `lead_settled` up to a bound.
extension CatalogTable {
  /// Leads of one state are counted up to here; there may be more.
  package static let exclusionsMax = 100_000

  /// The counts for a plan that takes `selected` out of a supply of `supply` leads, before they are taken. `unusable`: records
  /// of the sources without a usable lead. `examples`: keys of leads to name for each reason, 0–100.
  package static func exclusions(
    selected: [SelectedLead], supply: Int, unusable: Int, sources: [Int64], examples: Int, in transaction: Transaction
  ) throws -> Exclusions {
    let limit = min(100, max(0, examples))
    var counts = [
      Exclusions.Count(
        reason: .notNeeded, count: supply - selected.count,
        examples: try spare(beside: selected, limit: limit, sources: sources, in: transaction)),
      Exclusions.Count(
        reason: .belowStock, count: try belowStock(sources: sources, in: transaction),
        examples: try keys(ofClass: classBelowStock, limit: limit, sources: sources, in: transaction)),
      Exclusions.Count(reason: .unusable, count: unusable),
    ]
    for (state, reason) in reasons {
      counts.append(
        Exclusions.Count(
          reason: reason, count: try count(of: state, in: transaction),
          examples: try keys(of: state, limit: limit, in: transaction)))
    }
    return Exclusions(counts)
  }

  private static let reasons: [(LeadState, Exclusions.Reason)] = [
    (.selected, .inFlight), (.created, .uploaded), (.duplicate, .inCRM), (.rejected, .rejected),
    (.withdrawn, .withdrawn),
  ]

  private static func count(of state: LeadState, in transaction: Transaction) throws -> Int {
    try transaction.first(
      """
      SELECT count(*) FROM (SELECT 1 FROM lead WHERE state = $1 AND state <> 'available' LIMIT $2) AS found
      """, [.text(state.rawValue), .int(exclusionsMax)]
    ) { $0.int(0) } ?? 0
  }

  private static func keys(of state: LeadState, limit: Int, in transaction: Transaction) throws -> [String] {
    guard limit > 0 else { return [] }
    return try transaction.query(
      "SELECT key FROM lead WHERE state = $1 AND state <> 'available' ORDER BY id LIMIT $2",
      [.text(state.rawValue), .int(limit)]
    ) { $0.text(0) }
  }

  private static func belowStock(sources: [Int64], in transaction: Transaction) throws -> Int {
    try sources.reduce(0) { sum, source in
      let count = try transaction.first(
        "SELECT coalesce(sum(available), 0) FROM lead_supply WHERE source_id = $1 AND class = $2",
        [.integer(source), .text(classBelowStock)]
      ) { $0.int(0) }
      return sum + (count ?? 0)
    }
  }

  private static func keys(
    ofClass leadClass: String, limit: Int, sources: [Int64], in transaction: Transaction
  ) throws -> [String] {
    guard limit > 0 else { return [] }
    let keys = try sources.flatMap { source in
      try transaction.query(
        """
        SELECT key FROM lead WHERE source_id = $1 AND class = $2 AND state = 'available'
        ORDER BY score DESC, key LIMIT $3
        """, [.integer(source), .text(leadClass), .int(limit)]
      ) { $0.text(0) }
    }
    return Array(keys.prefix(limit))
  }

  /// The best leads that a plan leaves.
  private static func spare(
    beside selected: [SelectedLead], limit: Int, sources: [Int64], in transaction: Transaction
  ) throws -> [String] {
    guard limit > 0 else { return [] }
    let taken = Set(selected.map(\.key.rawValue))
    let best = try LeadClass.allCases.flatMap { leadClass in
      try keys(ofClass: leadClass.rawValue, limit: taken.count + limit, sources: sources, in: transaction)
    }
    return Array(best.filter { !taken.contains($0) }.prefix(limit))
  }
}

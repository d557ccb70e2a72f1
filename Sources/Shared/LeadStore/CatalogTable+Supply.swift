package import Database
package import Leads
package import Planning

/// A cell whose count is not the number of its leads.
package struct SupplyDisagreement: Sendable, Equatable {
  package var source: Int64
  package var leadClass: String
  package var region: String
  package var segment: String
  /// What `lead_supply` says.
  package var counted: Int
  /// How many leads there are.
  package var found: Int
}

/// The supply: how much the sources still hold, and the best of it. What is asked here costs the same whether the catalog holds
/// ten thousand leads or a million: counts are kept with the leads (`lead_supply`, by triggers), and leads are chosen from the
/// indexes `lead_choice` and `lead_cell` alone.
extension CatalogTable {
  /// How many leads of each class the sources still hold for upload.
  package static func supply(sources: [Int64], in transaction: Transaction) throws -> PerClass<Int> {
    try supplyBySource(sources: sources, in: transaction).values.reduce(into: PerClass(repeating: 0)) { sum, supply in
      sum = sum.map { $1 + supply[$0] }
    }
  }

  /// The same for each source by itself; sources without any are left out.
  package static func supplyBySource(
    sources: [Int64], in transaction: Transaction
  ) throws -> [Int64: PerClass<Int>] {
    var supply: [Int64: PerClass<Int>] = [:]
    try forEachCell(sources: sources, in: transaction) { source, cell, count in
      supply[source, default: PerClass(repeating: 0)][cell.leadClass] += count
    }
    return supply
  }

  /// The same by class, region and segment, all sources together; cells without any are left out. At most as many as there are
  /// classes, states and segments.
  package static func supplyByCell(sources: [Int64], in transaction: Transaction) throws -> [SupplyCell: Int] {
    var supply: [SupplyCell: Int] = [:]
    try forEachCell(sources: sources, in: transaction) { supply[$1, default: 0] += $2 }
    return supply
  }

  private static func forEachCell(
    sources: [Int64], in transaction: Transaction, _ body: (Int64, SupplyCell, Int) -> Void
  ) throws {
    for source in Set(sources).sorted() {
      try transaction.forEachRow(
        "SELECT class, region, segment, available FROM lead_supply WHERE source_id = $1 AND available > 0",
        [.integer(source)]
      ) { row in
        // Class C is counted too, and never uploaded.
        guard let leadClass = LeadClass(rawValue: row.text(0)) else { return }
        body(source, SupplyCell(leadClass: leadClass, region: row.text(1), segment: row.text(2)), row.int(3))
      }
    }
  }

  /// The best available leads of a class: highest score first, then the order of `sources`, then key.
  package static func choose(
    _ leadClass: LeadClass, count: Int, sources: [Int64], in transaction: Transaction
  ) throws -> [SelectedLead] {
    try choose(leadClass, count: count, from: SourceRotation.Order(sources: sources), in: transaction)
  }

  /// The same with the leads of equal score shared among the sources as `order` says.
  package static func choose(
    _ leadClass: LeadClass, count: Int, from order: SourceRotation.Order, in transaction: Transaction
  ) throws -> [SelectedLead] {
    try choose(count, from: order) { source, best in
      try read(
        """
        SELECT id, key, score FROM lead
        WHERE source_id = $1 AND class = $2 AND state = 'available' AND score >= $3 ORDER BY score DESC, key LIMIT $4
        """, source, [], of: leadClass, into: &best, in: transaction)
    }
  }

  /// The best available leads of some cells of one class, in the order of `sources` at equal score, then key. A cell that is
  /// named twice counts once.
  package static func choose(
    among cells: [SupplyCell], count: Int, sources: [Int64], in transaction: Transaction
  ) throws -> [SelectedLead] {
    try choose(among: cells, count: count, from: SourceRotation.Order(sources: sources), in: transaction)
  }

  /// The same with the leads of equal score shared among the sources as `order` says.
  package static func choose(
    among cells: [SupplyCell], count: Int, from order: SourceRotation.Order, in transaction: Transaction
  ) throws -> [SelectedLead] {
    precondition(Set(cells.map(\.leadClass)).count <= 1, "leads of different classes are not compared")
    let cells = Set(cells).sorted { ($0.region, $0.segment) < ($1.region, $1.segment) }
    return try choose(count, from: order) { source, best in
      for cell in cells {
        try read(
          """
          SELECT id, key, score FROM lead
          WHERE source_id = $1 AND class = $2 AND region = $5 AND segment = $6 AND state = 'available' AND score >= $3
          ORDER BY score DESC, key LIMIT $4
          """, source, [.text(cell.region), .text(cell.segment)], of: cell.leadClass, into: &best, in: transaction)
      }
    }
  }

  /// `fill` puts the best of one source into what it is handed, of which no score under the floor can be wanted.
  private static func choose(
    _ count: Int, from order: SourceRotation.Order, fill: (Int64, inout BestLeads) throws -> Void
  ) throws -> [SelectedLead] {
    guard count > 0 else { return [] }
    var lists: [[SelectedLead]] = []
    // Without turns a later source can only help with a higher score than the last of those found; with turns with an equal one.
    var best = BestLeads(count: count)
    for source in order.sources {
      var ofSource = BestLeads(count: count, scoreMin: order.weights == nil ? best.scoreToBeat : best.scoreMin)
      try fill(source, &ofSource)
      best.merge(ofSource.leads, comparingKeys: false)
      lists.append(ofSource.leads)
    }
    return order.weights == nil ? best.leads : order.merge(lists, count: count, score: \.score)
  }

  private static func read(
    _ sql: String, _ source: Int64, _ place: [SQLValue], of leadClass: LeadClass, into best: inout BestLeads,
    in transaction: Transaction
  ) throws {
    let binds: [SQLValue] = [
      .integer(source), .text(leadClass.rawValue), .int(best.scoreMin), .int(best.count),
    ]
    let leads = try transaction.query(sql, binds + place) { row in
      SelectedLead(id: row.int64(0), key: LeadKey(rawValue: row.text(1)), leadClass: leadClass, score: row.int(2))
    }
    best.merge(leads, comparingKeys: true)
  }

  /// How many of these leads come from each source.
  package static func countBySource(_ leads: [SelectedLead], in transaction: Transaction) throws -> [Int64: Int] {
    var counts: [Int64: Int] = [:]
    for lead in leads {
      try transaction.forEachRow("SELECT source_id FROM lead WHERE id = $1", [.integer(lead.id)]) {
        counts[$0.int64(0), default: 0] += 1
      }
    }
    return counts
  }

  /// Cells whose count is not the number of their leads, at most `limit`: there are none unless something else wrote to the
  /// store. Walks an index over all available leads.
  package static func supplyDisagreements(limit: Int, in transaction: Transaction) throws -> [SupplyDisagreement] {
    try transaction.query(
      """
      WITH found AS (
        SELECT source_id, class, region, segment, count(*) AS available FROM lead
        WHERE state = 'available' AND source_id IS NOT NULL GROUP BY source_id, class, region, segment)
      SELECT found.source_id, found.class, found.region, found.segment, coalesce(lead_supply.available, 0),
        found.available
      FROM found LEFT JOIN lead_supply ON lead_supply.source_id = found.source_id AND lead_supply.class = found.class
        AND lead_supply.region = found.region AND lead_supply.segment = found.segment
      WHERE coalesce(lead_supply.available, 0) <> found.available
      UNION ALL
      SELECT source_id, class, region, segment, available, 0 FROM lead_supply
      WHERE available > 0 AND NOT EXISTS (
        SELECT 1 FROM found WHERE found.source_id = lead_supply.source_id AND found.class = lead_supply.class
          AND found.region = lead_supply.region AND found.segment = lead_supply.segment)
      LIMIT $1
      """, [.int(limit)]
    ) { row in
      SupplyDisagreement(
        source: row.int64(0), leadClass: row.text(1), region: row.text(2), segment: row.text(3), counted: row.int(4),
        found: row.int(5))
    }
  }
}

/// The best of several lists that are each in order already, kept while they are read.
struct BestLeads {
  let count: Int
  private(set) var leads: [SelectedLead] = []
  /// No lead under this score is wanted.
  private let floor: Int

  init(count: Int, scoreMin: Int = .min) {
    self.count = count
    floor = scoreMin
  }

  /// The lowest score that could still be among the best.
  var scoreMin: Int { leads.count < count ? floor : max(floor, leads.last?.score ?? floor) }

  /// The lowest score that could still be among the best if all of equal score come behind those that are here.
  var scoreToBeat: Int { leads.count < count ? floor : max(floor, (leads.last?.score ?? floor) + 1) }

  /// Takes over what is better. Of equal scores the lower key is better, or what is here already.
  mutating func merge(_ others: [SelectedLead], comparingKeys: Bool) {
    guard !others.isEmpty else { return }
    var merged: [SelectedLead] = []
    merged.reserveCapacity(min(count, leads.count + others.count))
    var (mine, theirs) = (0, 0)
    while merged.count < count, mine < leads.count || theirs < others.count {
      let isTheirs =
        mine == leads.count
        || (theirs < others.count
          && (others[theirs].score > leads[mine].score
            || (comparingKeys && others[theirs].score == leads[mine].score
              && others[theirs].key.rawValue < leads[mine].key.rawValue)))
      merged.append(isTheirs ? others[theirs] : leads[mine])
      if isTheirs { theirs += 1 } else { mine += 1 }
    }
    leads = merged
  }
}

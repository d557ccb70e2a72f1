/// One measured number, beside what it is compared with.
package struct Measure: Sendable, Equatable, Codable {
  /// What a number is compared with, measured in the same run.
  package enum Beside: String, Sendable, Codable, CaseIterable {
    /// The loop in C over the same rows.
    case raw
    /// One process that does the same alone.
    case oneProcess = "one_process"
    /// An equal part of the total.
    case fairShare = "fair_share"
    /// The same store with few rows.
    case fewRows = "few_rows"
    /// The same measure over the smallest catalog.
    case smallCatalog = "small_catalog"
  }

  package enum Unit: String, Sendable, Codable, CaseIterable {
    case jobsPerSecond = "jobs/s"
    case writesPerSecond = "writes/s"
    case milliseconds = "ms"
    case percentOfCore = "% of a core"
    case megabytes = "MB"
    case megabytesPerSecond = "MB/s"
    case plansPerSecond = "plans/s"
    case entriesPerSecond = "entries/s"
    case leadsPerSecond = "leads/s"
  }

  /// Stable, for programs: `settle_batch`.
  package var name: String
  /// For people.
  package var title: String
  package var unit: Unit
  /// The median over the rounds.
  package var ours: Double
  package var beside: Beside?
  package var reference: Double?
  /// The median over the rounds of ours divided by the reference of the same round, and the least and greatest of them.
  package var ratio: Double?
  package var ratioMin: Double?
  package var ratioMax: Double?
  package var rounds: Int
  /// What the transactions survive: `process` or `power`; nil where nothing is written.
  package var durability: String?
  package var batch: Int?
  package var processes: Int?
  package var rows: Int?

  enum CodingKeys: String, CodingKey {
    case name, title, unit, ours, beside, reference, ratio
    case ratioMin = "ratio_min"
    case ratioMax = "ratio_max"
    case rounds, durability, batch, processes, rows
  }

  /// A number that stands alone.
  package init(_ name: String, _ title: String, _ unit: Unit, ours: Double, rounds: Int = 1) {
    self.name = name
    self.title = title
    self.unit = unit
    self.ours = ours
    self.rounds = rounds
  }

  /// A number for each round, and what it is compared with in that round. `rounds` is not empty.
  package init(_ name: String, _ title: String, _ unit: Unit, beside: Beside, rounds: [Round]) {
    self.init(name, title, unit, ours: Self.middle(rounds.map(\.ours)), rounds: rounds.count)
    self.beside = beside
    reference = Self.middle(rounds.map(\.reference))
    let ratios = rounds.map { $0.ours / $0.reference }
    ratio = Self.middle(ratios)
    ratioMin = ratios.min()
    ratioMax = ratios.max()
  }

  /// One round of a comparison.
  package struct Round: Sendable, Equatable {
    package var ours: Double
    package var reference: Double

    package init(ours: Double, reference: Double) {
      self.ours = ours
      self.reference = reference
    }
  }

  private static func middle(_ values: [Double]) -> Double {
    guard let median = Statistics.median(of: values) else { preconditionFailure("a measure has at least one round") }
    return median
  }
}

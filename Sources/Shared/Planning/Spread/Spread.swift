package import Leads

/// How the leads of a plan are taken from segments and territories. It moves which leads are chosen, never how many of a class.
///
/// The CRM decides which agent gets which lead: a territory's agents get more of their own leads only as far as the CRM hands
/// them out so.
package struct Spread: Sendable, Equatable, Codable {
  /// What to choose: the best `count` leads of the class in this segment and these regions.
  package struct Portion: Sendable, Equatable, Codable {
    package var leadClass: LeadClass
    /// Nil: of any segment.
    package var segment: String?
    /// Codes of `USState`, empty for leads of unknown state; nil: of any.
    package var regions: [String]?
    package var count: Int

    private enum CodingKeys: String, CodingKey {
      case leadClass = "class"
      case segment, regions, count
    }
  }

  /// One segment's part in the run.
  package struct SegmentPart: Sendable, Equatable, Codable {
    /// Empty: leads in no segment.
    package var name: String
    package var share: Double
    /// Leads that the sources have, of all classes.
    package var supply: Int
    package var given: Int
  }

  /// One territory's part in the run.
  package struct TerritoryPart: Sendable, Equatable, Codable {
    /// Empty: leads in none.
    package var name: String
    package var weight: Double
    /// Leads in the CRM's pool before the run.
    package var available: Int
    package var supply: Int
    package var given: Int
    /// `min_share` and `max_share` of it; nil where none is configured, and in plans of earlier versions.
    package var leastShare: Double?
    package var largestShare: Double?

    private enum CodingKeys: String, CodingKey {
      case name, weight, available, supply, given
      case leastShare = "least_share"
      case largestShare = "largest_share"
    }
  }

  /// What the weights of the territories are counted by.
  package enum WeightBasis: String, Sendable, Codable {
    /// Active agents of the teams whose territory it is.
    case agents
    /// What agents took up within the performance window.
    case uptake
    /// Nothing is known of them.
    case equal
  }

  /// How the balance left the leads' scores.
  package struct ScoreGuard: Sendable, Equatable, Codable {
    /// Mean score of the leads chosen with the balance, and of the best leads without it.
    package var balanced: Double
    package var best: Double
    /// Whether the loss was above the limit, so that the best leads were taken.
    package var isUndone: Bool

    private enum CodingKeys: String, CodingKey {
      case balanced, best
      case isUndone = "is_undone"
    }
  }

  /// Ordered by name; empty where no segment is configured.
  package var segments: [SegmentPart]
  /// Ordered by name, every configured one also without any supply; empty where territories are not balanced.
  package var territories: [TerritoryPart]
  package var weightBasis: WeightBasis?
  /// The counts of one class sum to its target.
  package var portions: [Portion]
  /// Nil until leads were chosen, or without balance.
  package var scoreGuard: ScoreGuard?

  private enum CodingKeys: String, CodingKey {
    case segments, territories
    case weightBasis = "weight_basis"
    case portions
    case scoreGuard = "score_guard"
  }

  /// Nil where neither segments nor a balance of territories are configured: then the best leads of each class are chosen.
  ///
  /// Segments first: each class's target is divided by their shares (Webster, refilled from the others where one runs short).
  /// In each, one lead at a time goes to the territory with the least (available + given) / weight that has supply, which
  /// maximises that least ratio. `supply` must hold at least the targets.
  package init?(plan: Plan, supply: [SupplyCell: Int]) {
    let steering = plan.input.policy.steering
    guard !steering.segments.isEmpty || steering.geography.isBalanced else { return nil }
    let shelves = Shelves(supply, steering: steering)
    segments = steering.segments.isEmpty ? [] : shelves.segmentParts(steering.segments)
    var balance = steering.geography.isBalanced ? TerritoryBalance(plan: plan, shelves: shelves) : nil
    portions = []
    for leadClass in LeadClass.allCases {
      let names = segments.isEmpty ? [nil] : segments.map { Optional($0.name) }
      let rooms = names.map { shelves.count(leadClass, segment: $0) }
      let shares = segments.isEmpty ? [1.0] : segments.map(\.share)
      let given = Apportionment.apportion(
        total: plan.targets[leadClass], weights: shares, lower: rooms.map { _ in 0 }, upper: rooms)
      for (index, (name, count)) in zip(names, given).enumerated() where count > 0 {
        if !segments.isEmpty { segments[index].given += count }
        guard balance != nil else {
          portions.append(Portion(leadClass: leadClass, segment: name, regions: nil, count: count))
          continue
        }
        portions += balance?.place(count, of: leadClass, segment: name, from: shelves) ?? []
      }
    }
    territories = balance?.parts ?? []
    weightBasis = balance?.basis
  }

  /// The same without the balance of territories: the best leads of each segment.
  package var inScoreOrder: [Portion] {
    var joined: [Portion] = []
    for portion in portions {
      if let index = joined.firstIndex(where: { $0.leadClass == portion.leadClass && $0.segment == portion.segment }) {
        joined[index].count += portion.count
      } else {
        joined.append(
          Portion(leadClass: portion.leadClass, segment: portion.segment, regions: nil, count: portion.count))
      }
    }
    return joined
  }

  /// Takes note of the mean scores with the balance and without it. True when the balance costs more than the limit: then
  /// the leads of `inScoreOrder` are to be taken.
  package mutating func judge(balanced: Double, best: Double, geography: Geography) -> Bool {
    let isUndone = best - balanced > geography.maxScoreLoss
    scoreGuard = ScoreGuard(balanced: balanced, best: best, isUndone: isUndone)
    return isUndone
  }
}

extension Spread.Portion {
  /// The cells it is taken from. Leads of a segment that is no longer configured count as in none.
  package func cells(of supply: [SupplyCell: Int], steering: Steering) -> [SupplyCell] {
    supply.keys.filter { cell in
      let own = steering.segments[cell.segment] == nil ? "" : cell.segment
      return cell.leadClass == leadClass && (segment.map { $0 == own } ?? true)
        && (regions.map { $0.contains(cell.region) } ?? true)
    }
  }
}

/// The supply by segment and territory.
struct Shelves {
  private let cells: [(cell: SupplyCell, territory: String, count: Int)]
  let territories: [String]

  init(_ supply: [SupplyCell: Int], steering: Steering) {
    let known = Set(steering.segments.keys)
    cells = supply.filter { $0.value > 0 }.map { cell, count in
      var cell = cell
      // A segment that is no longer configured.
      if !known.contains(cell.segment) { cell.segment = "" }
      return (cell, steering.geography.territory(of: cell.region), count)
    }
    territories = Set(cells.map(\.territory)).sorted()
  }

  /// `segment` and `territory`: nil for any.
  func count(_ leadClass: LeadClass? = nil, segment: String? = nil, territory: String? = nil) -> Int {
    cells.reduce(0) { sum, entry in
      let fits =
        (leadClass.map { $0 == entry.cell.leadClass } ?? true) && (segment.map { $0 == entry.cell.segment } ?? true)
        && (territory.map { $0 == entry.territory } ?? true)
      return fits ? sum + entry.count : sum
    }
  }

  func regions(of territory: String) -> [String] {
    Set(cells.filter { $0.territory == territory }.map(\.cell.region)).sorted()
  }

  /// The configured segments and, with what remains of the shares, the leads in none.
  func segmentParts(_ segments: [String: Segment]) -> [Spread.SegmentPart] {
    let rest = max(0, 1 - segments.values.map(\.share).reduce(0, +))
    let shares = segments.map { ($0.key, $0.value.share) } + [("", rest)]
    return shares.sorted { $0.0 < $1.0 }.map { name, share in
      Spread.SegmentPart(name: name, share: share, supply: count(segment: name), given: 0)
    }
  }
}

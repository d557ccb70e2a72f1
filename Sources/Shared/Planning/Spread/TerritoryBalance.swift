import Leads

/// Gives leads to territories, one at a time, so that none is left far behind what its weight asks for (max-min fairness).
struct TerritoryBalance {
  private(set) var parts: [Spread.TerritoryPart]
  let basis: Spread.WeightBasis
  /// Leads of the run that each territory is to get first, and that it must not exceed while another has supply.
  private let least: [Int]
  private let most: [Int]

  init(plan: Plan, shelves: Shelves) {
    let stock = plan.input.stock
    let geography = plan.input.policy.steering.geography
    var available: [String: Int] = [:]
    var uptake: [String: Int] = [:]
    for region in stock.regions ?? [] {
      available[geography.territory(of: region.code), default: 0] += region.available
      uptake[geography.territory(of: region.code), default: 0] += region.uptake
    }
    let agents = Self.agents(of: stock.teams ?? [], steering: plan.input.policy.steering)
    let names = Set(shelves.territories).union(geography.configured).sorted()
    // One without supply gets nothing, so what is known of it alone is no measure for the others.
    let served = shelves.territories.isEmpty ? names : shelves.territories
    let counted: [String: Int]
    if served.contains(where: { agents[$0, default: 0] > 0 }) {
      (basis, counted) = (.agents, agents)
    } else if served.contains(where: { uptake[$0, default: 0] > 0 }) {
      (basis, counted) = (.uptake, uptake)
    } else {
      (basis, counted) = (.equal, Dictionary(uniqueKeysWithValues: names.map { ($0, 1) }))
    }
    parts = names.map { name in
      Spread.TerritoryPart(
        name: name, weight: Double(max(0, counted[name, default: 0])), available: max(0, available[name, default: 0]),
        supply: shelves.count(territory: name), given: 0, leastShare: geography.minShare[name],
        largestShare: geography.maxShare[name])
    }
    let size = Double(plan.runSize)
    least = parts.map { $0.least(of: plan.runSize) }
    most = names.map { Int((size * (geography.maxShare[$0] ?? 1)).rounded(.down)) }
  }

  private static func agents(of teams: [TeamStock], steering: Steering) -> [String: Int] {
    var agents: [String: Int] = [:]
    for team in teams {
      guard let territory = steering.teams[team.key]?.territory else { continue }
      agents[territory, default: 0] += team.activeAgents
    }
    return agents
  }

  /// Places `count` leads of one class and segment. Territories below their least share come first; one at its largest share
  /// is passed over while any other has supply.
  mutating func place(
    _ count: Int, of leadClass: LeadClass, segment: String?, from shelves: Shelves
  ) -> [Spread.Portion] {
    var left = parts.map { shelves.count(leadClass, segment: segment, territory: $0.name) }
    var placed = [Int](repeating: 0, count: parts.count)
    for _ in 0..<count {
      guard let territory = next(left) else { break }
      parts[territory].given += 1
      placed[territory] += 1
      left[territory] -= 1
    }
    return zip(parts, placed).filter { $0.1 > 0 }.map { part, count in
      Spread.Portion(
        leadClass: leadClass, segment: segment, regions: shelves.regions(of: part.name), count: count)
    }
  }

  private func next(_ left: [Int]) -> Int? {
    let open = parts.indices.filter { left[$0] > 0 }
    let short = open.filter { parts[$0].given < least[$0] }
    let free = open.filter { parts[$0].given < most[$0] }
    let candidates = !short.isEmpty ? short : !free.isEmpty ? free : open
    return candidates.min { first, second in
      let (left, right) = (parts[first], parts[second])
      // (available + given) / weight, compared crosswise; a territory without weight comes last.
      if (left.weight > 0) != (right.weight > 0) { return left.weight > 0 }
      let own = Double(left.available + left.given) * (right.weight > 0 ? right.weight : 1)
      let other = Double(right.available + right.given) * (left.weight > 0 ? left.weight : 1)
      return own == other ? left.name < right.name : own < other
    }
  }
}

extension Spread.TerritoryPart {
  /// Leads that its least share makes of a run of `size`, rounded up.
  func least(of size: Int) -> Int { Int((Double(size) * (leastShare ?? 0)).rounded(.up)) }
}

extension Geography {
  /// The names that the configuration speaks of, whether or not there are any leads of them.
  fileprivate var configured: Set<String> {
    Set(territories.keys).union(minShare.keys).union(maxShare.keys)
  }
}

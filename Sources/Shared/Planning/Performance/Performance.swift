package import Leads

/// What the conversion of classes and teams says, and how it moves the mix and the minimums. Never the number of leads.
package struct Performance: Sendable, Equatable, Codable {
  /// A class counts as high with this probability (R19).
  static let raising = 0.9
  /// The furthest a high class's minimum is raised.
  static let raiseMax = 1.5

  package var windowDays: Int
  package var highThreshold: Double
  package var lowThreshold: Double
  package var classPool: ConversionPool
  /// Nil without evidence.
  package var classes: PerClass<ConversionEstimate>?
  package var teamPool: ConversionPool
  /// Nil where the CRM does not tell.
  package var teams: [TeamPerformance]?
  /// Teams of the configuration that the CRM does not have.
  package var unknownTeams: [String]
  /// The states for the next plan to begin from; those of teams that this reading does not show are carried on.
  package var teamStates: [String: TeamState]

  private enum CodingKeys: String, CodingKey {
    case windowDays = "window_days"
    case highThreshold = "high_threshold"
    case lowThreshold = "low_threshold"
    case classPool = "class_pool"
    case classes
    case teamPool = "team_pool"
    case teams
    case unknownTeams = "unknown_teams"
    case teamStates = "team_states"
  }

  package init(policy: Policy, stock: Stock, earlier: [String: TeamState]) {
    windowDays = policy.performanceWindowDays
    highThreshold = policy.steering.highConversion
    lowThreshold = policy.steering.lowConversion
    let classPool = ConversionPool(LeadClass.allCases.map { stock.conversion[$0] })
    self.classPool = classPool
    classes =
      classPool.isEvidence
      ? stock.conversion.map { _, group in
        let posterior = classPool.posterior(of: group) ?? BetaDistribution(alpha: 1, beta: 1)
        return ConversionEstimate(group, posterior: posterior, steering: policy.steering)
      } : nil
    let teamPool = ConversionPool((stock.teams ?? []).map(\.conversion))
    self.teamPool = teamPool
    let teams = stock.teams?.map {
      TeamPerformance($0, pool: teamPool, earlier: earlier[$0.key], policy: policy)
    }
    self.teams = teams
    let present = Set((teams ?? []).map(\.stock.key))
    unknownTeams = teams == nil ? [] : policy.steering.teams.keys.filter { !present.contains($0) }.sorted()
    teamStates = earlier
    for team in teams ?? [] { teamStates[team.stock.key] = team.state }
  }

  /// The teams' mixes, weighted by active agents; nil where there are no agents, no teams, or nothing to go by.
  var teamMix: PerClass<Double>? {
    guard let teams, teamPool.isEvidence || teams.contains(where: \.isConfigured) else { return nil }
    let weight = teams.map(\.weight).reduce(0, +)
    guard weight > 0 else { return nil }
    let sum = teams.reduce(PerClass(repeating: 0.0)) { sum, team in
      sum.map { leadClass, share in share + team.weight * team.mix[leadClass] }
    }
    return sum.map { $1 / weight }
  }

  /// The minimums with those of high converters raised: by what performance adds to the class's share, at most by half.
  func minimums(policy: Policy, mix: Mix) -> PerClass<Int> {
    guard policy.prioritizeHighPerformers, let classes else { return policy.minPerClass }
    return policy.minPerClass.map { leadClass, minimum in
      let share = mix.steered[leadClass]
      guard classes[leadClass].probabilityHigh >= Self.raising, share > 0 else { return minimum }
      let factor = min(Self.raiseMax, max(1, mix.weights[leadClass] / share))
      return Int((Double(minimum) * factor).rounded())
    }
  }
}

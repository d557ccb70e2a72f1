package import Leads

/// How one team does, and which mix it is given for it.
package struct TeamPerformance: Sendable, Equatable, Codable {
  /// Closed leads from which a team's numbers say something about it.
  static let learnedLeads = 30
  /// Days after which its agents are no longer new.
  static let learnedDays = 30.0
  /// A team becomes high or low with this probability …
  static let entering = 0.9
  /// … and stays so down to this one.
  static let staying = 0.7

  /// What the CRM says of it.
  package var stock: TeamStock
  /// Nil without evidence.
  package var estimate: ConversionEstimate?
  package var state: TeamState
  /// The state in the plan before; nil: none.
  package var earlier: TeamState?
  /// Whether the configuration sets the state or the mix, whatever the numbers say.
  package var isConfigured: Bool
  /// The shares it is given, sum 1.
  package var mix: PerClass<Double>
  /// Its part in the mix of all, leads go by active agents; 0 without any.
  package var weight: Double

  private enum CodingKeys: String, CodingKey {
    case stock, estimate, state, earlier
    case isConfigured = "is_configured"
    case mix, weight
  }

  init(_ stock: TeamStock, pool: ConversionPool, earlier: TeamState?, policy: Policy) {
    let strategy = policy.steering.teams[stock.key]
    let estimate = pool.posterior(of: stock.conversion).map {
      ConversionEstimate(stock.conversion, posterior: $0, steering: policy.steering)
    }
    self.stock = stock
    self.earlier = earlier
    self.estimate = estimate
    state = strategy?.state ?? Self.state(stock, estimate, earlier: earlier)
    isConfigured = strategy?.state != nil || strategy?.mix != nil
    mix = strategy?.mix ?? Self.mix(of: state, base: policy.mix)
    weight = Double(max(0, stock.activeAgents)) * max(0, strategy?.weight ?? 1)
  }

  /// *high* and *low* with probability 0.9, kept down to 0.7, so that a team does not change from cycle to cycle; then
  /// *learning*; else *standard*.
  static func state(_ team: TeamStock, _ estimate: ConversionEstimate?, earlier: TeamState?) -> TeamState {
    guard let estimate else { return .standard }
    if estimate.probabilityHigh >= (earlier == .high ? staying : entering) {
      return .high
    }
    if estimate.probabilityLow >= (earlier == .low ? staying : entering) {
      return .low
    }
    let isNew = team.medianTenureDays.map { $0 < learnedDays } ?? false
    return team.conversion.resolved < learnedLeads || isNew ? .learning : .standard
  }

  /// With the default base of 20/50/30: 35/45/20 for high teams, 10/55/35 for learning ones. Another base is moved in the
  /// same proportions, so that high teams get more A+ than others, and learning ones less, under every configuration.
  static func mix(of state: TeamState, base: PerClass<Double>) -> PerClass<Double> {
    let factors: PerClass<Double>
    switch state {
    case .standard, .low: return base
    case .high: factors = PerClass(aPlus: 35.0 / 20, a: 45.0 / 50, b: 20.0 / 30)
    case .learning: factors = PerClass(aPlus: 10.0 / 20, a: 55.0 / 50, b: 35.0 / 30)
    }
    let moved = base.map { leadClass, share in share * factors[leadClass] }
    return moved.sum > 0 ? moved.map { $1 / moved.sum } : base
  }
}

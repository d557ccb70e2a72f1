package import Leads

/// What groups have in common in their conversion, so that a small group is not taken at its bare percentage.
///
/// Beta-binomial empirical Bayes by the method of moments (Kleinman, "Proportions with extraneous variance", 1973).
package struct ConversionPool: Sendable, Equatable, Codable {
  package enum Basis: String, Sendable, Codable {
    /// The groups' spread tells how much one may differ from the others.
    case estimated
    /// Fewer than five groups tell nothing about their spread: `fewGroupsStrength` is assumed.
    case fewGroups = "few_groups"
    /// The groups differ no more than chance would have them: all are taken as one.
    case full
    /// No lead closed within the window.
    case noClosedLeads = "no_closed_leads"
    /// Every lead that closed was lost: no group is better than another.
    case noneWon = "none_won"
    /// Every lead that closed was won.
    case allWon = "all_won"
  }

  /// κ where fewer than five groups have closed leads.
  static let fewGroupsStrength = 50.0
  /// The least κ: an estimate of ρ near 1 would leave no prior at all, and a group of one lead at 0 or 100 %.
  static let leastStrength = 1.0

  package var basis: Basis
  /// m: won of closed over all groups; 0 without closed leads.
  package var mean: Double
  /// κ: how many leads at the mean the prior is worth; nil where there is none, or where groups are pooled fully.
  package var strength: Double?
  /// All groups together.
  package var total: Conversion

  /// `m = Σk/Σn`, `Q = Σ n (k/n − m)²`, `C = Σn − Σn²/Σn`, `ρ = [Q/(m(1−m)) − (G−1)] / [C − (G−1)]`, `κ = 1/ρ − 1`, over
  /// the G groups with closed leads. Negative counts are taken as 0.
  package init(_ groups: [Conversion]) {
    let groups = groups.map { Conversion(won: max(0, $0.won), lost: max(0, $0.lost)) }.filter { $0.resolved > 0 }
    total = Conversion(won: groups.map(\.won).reduce(0, +), lost: groups.map(\.lost).reduce(0, +))
    guard total.resolved > 0 else {
      (basis, mean) = (.noClosedLeads, 0)
      return
    }
    let resolved = Double(total.resolved)
    mean = Double(total.won) / resolved
    if total.won == 0 || total.lost == 0 {
      basis = total.won == 0 ? .noneWon : .allWon
    } else if groups.count < 5 {
      (basis, strength) = (.fewGroups, Self.fewGroupsStrength)
    } else {
      let between = Double(groups.count - 1)
      let m = mean
      let spread = groups.map { Double($0.resolved) * square(Double($0.won) / Double($0.resolved) - m) }.reduce(0, +)
      let room = resolved - groups.map { square(Double($0.resolved)) }.reduce(0, +) / resolved - between
      // Without a group of two leads there is no room, and nothing to tell the groups apart by.
      let correlation = room > 1e-9 ? (spread / (m * (1 - m)) - between) / room : 0
      if correlation > 0 {
        (basis, strength) = (.estimated, max(Self.leastStrength, 1 / correlation - 1))
      } else {
        basis = .full
      }
    }
  }

  /// Whether there is anything to adapt to.
  package var isEvidence: Bool {
    switch basis {
    case .estimated, .fewGroups, .full: true
    case .noClosedLeads, .noneWon, .allWon: false
    }
  }

  /// What is known of the conversion of one group; nil without evidence.
  package func posterior(of group: Conversion) -> BetaDistribution? {
    guard isEvidence else { return nil }
    guard let strength else {
      return BetaDistribution(alpha: Double(total.won), beta: Double(total.lost))
    }
    return BetaDistribution(
      alpha: strength * mean + Double(max(0, group.won)), beta: strength * (1 - mean) + Double(max(0, group.lost)))
  }
}

private func square(_ number: Double) -> Double { number * number }

/// The conversion of one group as it is planned with and shown: never without its counts and its interval.
package struct ConversionEstimate: Sendable, Equatable {
  /// The probability with which the conversion lies in its interval.
  package static let intervalMass = 0.8

  /// Won and lost within the window.
  package var counted: Conversion
  /// What is known of θ after pooling.
  package var posterior: BetaDistribution
  /// P(θ ≥ high threshold).
  package var probabilityHigh: Double
  /// P(θ ≤ low threshold).
  package var probabilityLow: Double

  package init(_ counted: Conversion, posterior: BetaDistribution, steering: Steering) {
    self.counted = counted
    self.posterior = posterior
    probabilityHigh = posterior.probability(atLeast: steering.highConversion)
    probabilityLow = posterior.probability(atMost: steering.lowConversion)
  }

  /// E θ.
  package var mean: Double { posterior.mean }

  /// Where θ lies with `intervalMass`.
  package var interval: ClosedRange<Double> { posterior.interval(mass: Self.intervalMass) }
}

/// JSON shows the mean and the interval beside what they are made from.
extension ConversionEstimate: Codable {
  private enum CodingKeys: String, CodingKey {
    case counted, posterior, mean, low, high
    case probabilityHigh = "probability_high"
    case probabilityLow = "probability_low"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    counted = try container.decode(Conversion.self, forKey: .counted)
    posterior = try container.decode(BetaDistribution.self, forKey: .posterior)
    probabilityHigh = try container.decode(Double.self, forKey: .probabilityHigh)
    probabilityLow = try container.decode(Double.self, forKey: .probabilityLow)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(counted, forKey: .counted)
    try container.encode(posterior, forKey: .posterior)
    try container.encode(mean, forKey: .mean)
    try container.encode(interval.lowerBound, forKey: .low)
    try container.encode(interval.upperBound, forKey: .high)
    try container.encode(probabilityHigh, forKey: .probabilityHigh)
    try container.encode(probabilityLow, forKey: .probabilityLow)
  }
}

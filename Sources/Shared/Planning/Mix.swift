package import Leads

/// In which proportions the classes are uploaded, and how teams and conversion moved them. Both move the mix, never the
/// number of leads.
package struct Mix: Sendable, Equatable, Codable {
  /// Whether the classes' conversion moved the mix, or why not.
  package enum Adaptation: String, Sendable, Codable {
    case adapted
    /// `prioritize_high_performers` is false.
    case switchedOff = "switched_off"
    /// No lead closed within the window.
    case noClosedLeads = "no_closed_leads"
    /// Every lead that closed was lost: no class is better than another.
    case noneWon = "none_won"
    /// Every lead that closed was won.
    case allWon = "all_won"
  }

  /// The configured mix.
  package var base: PerClass<Double>
  /// The teams' mixes weighted by active agents; `base` where the teams do not count.
  package var steered: PerClass<Double>
  /// What the plan uses: ≥ 0, sums to 1.
  package var weights: PerClass<Double>
  package var adaptation: Adaptation
  /// Won and lost per class within `windowDays`.
  package var conversion: PerClass<Conversion>
  package var windowDays: Int

  private enum CodingKeys: String, CodingKey {
    case base, steered, weights, adaptation, conversion
    case windowDays = "window_days"
  }

  /// How far a class's conversion moves its share: λ of the design.
  static let strength = 0.5
  /// The furthest a class's relative conversion counts, up or down.
  static let deviationMax = 0.5

  /// `w ∝ mix · (1 + λ · clip(E θ / m − 1, ±0.5))`, with `mix` the teams' mixes weighted by active agents.
  package init(policy: Policy, conversion: PerClass<Conversion>, performance: Performance) {
    base = policy.mix
    steered = policy.mix
    self.conversion = conversion
    windowDays = policy.performanceWindowDays
    adaptation = policy.prioritizeHighPerformers ? Adaptation(performance.classPool.basis) : .switchedOff
    if policy.prioritizeHighPerformers, let mix = performance.teamMix {
      steered = mix
    }
    weights = steered
    if adaptation == .adapted, let classes = performance.classes {
      let overall = performance.classPool.mean
      let moved = steered.map { leadClass, share in
        let deviation = min(Mix.deviationMax, max(-Mix.deviationMax, classes[leadClass].mean / overall - 1))
        return share * (1 + Mix.strength * deviation)
      }
      if moved.sum > 0 {
        weights = moved.map { _, weight in weight / moved.sum }
      }
    }
  }

  /// Mixes recorded before teams steered them have none but the base.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    base = try container.decode(PerClass<Double>.self, forKey: .base)
    steered = try container.decodeIfPresent(PerClass<Double>.self, forKey: .steered) ?? base
    weights = try container.decode(PerClass<Double>.self, forKey: .weights)
    adaptation = try container.decode(Adaptation.self, forKey: .adaptation)
    conversion = try container.decode(PerClass<Conversion>.self, forKey: .conversion)
    windowDays = try container.decode(Int.self, forKey: .windowDays)
  }
}

extension Mix.Adaptation {
  fileprivate init(_ basis: ConversionPool.Basis) {
    switch basis {
    case .estimated, .fewGroups, .full: self = .adapted
    case .noClosedLeads: self = .noClosedLeads
    case .noneWon: self = .noneWon
    case .allWon: self = .allWon
    }
  }
}

package import Leads

/// In which proportions the classes are uploaded, and how conversion moved them. Conversion moves the mix, never the
/// number of leads.
package struct Mix: Sendable, Equatable, Codable {
  /// Whether conversion moved the mix, or why not.
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
  /// What the plan uses: ≥ 0, sums to 1.
  package var weights: PerClass<Double>
  package var adaptation: Adaptation
  /// Won and lost per class within `windowDays`.
  package var conversion: PerClass<Conversion>
  package var windowDays: Int

  private enum CodingKeys: String, CodingKey {
    case base, weights, adaptation, conversion
    case windowDays = "window_days"
  }

  /// How far a class's conversion moves its share: λ of the design.
  static let strength = 0.5
  /// The furthest a class's relative conversion counts, up or down.
  static let deviationMax = 0.5

  /// `w ∝ mix · (1 + λ · clip(rate / m − 1, ±0.5))`, with `rate` = won / resolved of the class (m where none closed)
  /// and m the rate over all classes.
  package init(policy: Policy, conversion: PerClass<Conversion>) {
    base = policy.mix
    weights = policy.mix
    self.conversion = conversion
    windowDays = policy.performanceWindowDays

    let won = conversion.map { _, group in group.won }.sum
    let resolved = conversion.map { _, group in group.resolved }.sum
    if !policy.prioritizeHighPerformers {
      adaptation = .switchedOff
    } else if resolved <= 0 {
      adaptation = .noClosedLeads
    } else if won <= 0 {
      adaptation = .noneWon
    } else if won >= resolved {
      adaptation = .allWon
    } else {
      adaptation = .adapted
      let overall = Double(won) / Double(resolved)
      let moved = base.map { leadClass, share in
        let group = conversion[leadClass]
        let rate = group.resolved > 0 ? Double(group.won) / Double(group.resolved) : overall
        let deviation = min(Mix.deviationMax, max(-Mix.deviationMax, rate / overall - 1))
        return share * (1 + Mix.strength * deviation)
      }
      let sum = moved.sum
      if sum > 0 {
        weights = moved.map { _, weight in weight / sum }
      }
    }
  }
}

/// What is known of a share after counting: Beta(alpha, beta).
package struct BetaDistribution: Sendable, Equatable, Codable {
  /// > 0; grows with each success.
  package var alpha: Double
  /// > 0; grows with each failure.
  package var beta: Double

  package init(alpha: Double, beta: Double) {
    precondition(alpha > 0 && beta > 0, "a beta distribution has positive parameters")
    self.alpha = alpha
    self.beta = beta
  }

  package var mean: Double { alpha / (alpha + beta) }

  /// P(θ ≤ share).
  package func probability(atMost share: Double) -> Double {
    IncompleteBeta.regularised(share, a: alpha, b: beta).lower
  }

  /// P(θ ≥ share).
  package func probability(atLeast share: Double) -> Double {
    IncompleteBeta.regularised(share, a: alpha, b: beta).upper
  }

  /// The share below which θ lies with `probability` (0…1; beyond counts as the nearer end).
  ///
  /// Newton's method, kept inside a bracket that is halved where Newton would leave it.
  package func quantile(_ probability: Double) -> Double {
    if probability <= 0 {
      return 0
    }
    if probability >= 1 {
      return 1
    }
    var low = 0.0
    var high = 1.0
    var guess = mean
    for _ in 0..<200 {
      let (lower, upper) = IncompleteBeta.regularised(guess, a: alpha, b: beta)
      // The tail that is asked for has the exact digits.
      let isLow = probability < 0.5
      let excess = isLow ? lower - probability : (1 - probability) - upper
      if excess > 0 {
        high = guess
      } else {
        low = guess
      }
      let density = exponential(IncompleteBeta.logFront(guess, a: alpha, b: beta)) / (guess * (1 - guess))
      // Near 0 the logarithm of the probability is a straight line in that of the share, however small both are.
      var next =
        isLow && lower > 0
        ? guess * exponential(-naturalLogarithm(lower / probability) * lower / (guess * density))
        : guess - excess / density
      if !(next > low && next < high) {
        next = low + (high - low) / 2
      }
      let isSettled = abs(next - guess) <= 4 * Double.ulpOfOne * guess
      guess = next
      if isSettled || guess <= 0 || guess >= 1 {
        break
      }
    }
    return guess
  }

  /// The interval that holds θ with probability `mass`, with the same probability left out below and above.
  package func interval(mass: Double) -> ClosedRange<Double> {
    let low = quantile((1 - mass) / 2)
    return low...max(low, quantile((1 + mass) / 2))
  }
}

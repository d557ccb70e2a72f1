/// How many events fall into a period: Poisson, or negative binomial where they come in heaps.
package enum CountDistribution: Sendable, Equatable {
  /// `mean` ≥ 0; the variance equals it.
  case poisson(mean: Double)
  /// `mean` ≥ 0, `size` > 0: variance mean + mean² / size.
  case negativeBinomial(mean: Double, size: Double)

  /// The distribution of that mean (≥ 0; below counts as 0) and variance: negative binomial with size
  /// `mean² / (variance − mean)` where the variance is above the mean, else Poisson.
  package init(mean: Double, variance: Double) {
    let mean = max(0, mean)
    let size = variance > mean ? mean * mean / (variance - mean) : .infinity
    self = size > 0 && size.isFinite ? .negativeBinomial(mean: mean, size: size) : .poisson(mean: mean)
  }

  package var mean: Double {
    switch self {
    case .poisson(let mean), .negativeBinomial(let mean, _): mean
    }
  }

  package var variance: Double {
    switch self {
    case .poisson(let mean): mean
    case .negativeBinomial(let mean, let size): mean + mean * mean / size
    }
  }

  /// The sum over `periods` independent periods like this one (> 0; fractions allowed): both families stay what they
  /// are.
  package func over(periods: Double) -> CountDistribution {
    switch self {
    case .poisson(let mean): .poisson(mean: mean * periods)
    case .negativeBinomial(let mean, let size): .negativeBinomial(mean: mean * periods, size: size * periods)
    }
  }

  /// P(count = `count`).
  package func probability(of count: Int) -> Double {
    guard count >= 0 else { return 0 }
    let next = Double(count) + 1
    switch self {
    case .poisson(let mean):
      guard mean > 0 else { return count == 0 ? 1 : 0 }
      return exponential(IncompleteGamma.logFront(a: next, x: mean)) / mean
    case .negativeBinomial(let mean, let size):
      guard mean > 0 else { return count == 0 ? 1 : 0 }
      let front = IncompleteBeta.logFront(size / (size + mean), a: size, b: next)
      return exponential(front) / (mean / (size + mean)) / (size + Double(count))
    }
  }

  /// P(count ≤ `count`).
  package func probability(atMost count: Int) -> Double { tails(at: count).atMost }

  /// P(count > `count`), exact also where it is small.
  package func probability(above count: Int) -> Double { tails(at: count).above }

  /// The least count that is not exceeded with at least `probability` (0 ≤ `probability` < 1).
  package func quantile(_ probability: Double) -> Int {
    precondition(probability < 1, "no count is certain not to be exceeded")
    // Below it is too few, at it is enough.
    var enough = max(1, Int(min(mean, Double(Int32.max)).rounded(.up)))
    var tooFew = -1
    while !isReached(probability, at: enough) {
      tooFew = enough
      enough *= 2
    }
    while enough - tooFew > 1 {
      let middle = tooFew + (enough - tooFew) / 2
      if isReached(probability, at: middle) {
        enough = middle
      } else {
        tooFew = middle
      }
    }
    return enough
  }

  private func isReached(_ probability: Double, at count: Int) -> Bool {
    let (atMost, above) = tails(at: count)
    // The smaller tail has the exact digits.
    return atMost < above ? atMost >= probability : above <= 1 - probability
  }

  private func tails(at count: Int) -> (atMost: Double, above: Double) {
    guard count >= 0 else { return (0, 1) }
    guard mean > 0 else { return (1, 0) }
    let next = Double(count) + 1
    switch self {
    case .poisson(let mean):
      let (lower, upper) = IncompleteGamma.regularised(a: next, x: mean)
      return (upper, lower)
    case .negativeBinomial(let mean, let size):
      let (lower, upper) = IncompleteBeta.regularised(size / (size + mean), a: size, b: next)
      return (lower, upper)
    }
  }
}

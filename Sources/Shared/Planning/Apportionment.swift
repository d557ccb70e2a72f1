package import Leads

/// Divides a number of leads among the classes, losing none to rounding.
///
/// Webster's method (Sainte-Laguë): one lead at a time to the largest `weight / (2 · given + 1)`; ties A+ before A
/// before B. See Balinski and Young, "Fair Representation" (1982). A class that runs out is refilled from the others.
package enum Apportionment {
  /// Gives `min(total, Σ upper)` leads. The lower bounds are served first; where they exceed `total`, they are served
  /// by the same rule, so that none starves. No class gets less when `total` grows. Negative counts and weights are
  /// taken as 0.
  ///
  /// Takes `total` steps.
  package static func apportion(
    total: Int, weights: PerClass<Double>, lower: PerClass<Int>, upper: PerClass<Int>
  ) -> PerClass<Int> {
    let weights = wholeWeights(weights)
    let ceiling = upper.map { _, count in max(0, count) }
    let floor = lower.map { leadClass, count in min(max(0, count), ceiling[leadClass]) }
    var given = PerClass(repeating: 0)
    var left = max(0, total)
    for bound in [floor, ceiling] {
      while left > 0, let next = nextClass(given: given, weights: weights, bound: bound) {
        given[next] += 1
        left -= 1
      }
    }
    return given
  }

  /// The class with the largest quotient among those with room; nil when none has.
  private static func nextClass(given: PerClass<Int>, weights: PerClass<Int>, bound: PerClass<Int>) -> LeadClass? {
    var best: LeadClass?
    for candidate in LeadClass.allCases where given[candidate] < bound[candidate] {
      guard let leader = best else {
        best = candidate
        continue
      }
      // weight / (2 · given + 1), compared crosswise in 128 bits; only a strictly larger quotient overtakes a better
      // class.
      let own = weights[candidate].multipliedFullWidth(by: 2 * given[leader] + 1)
      let other = weights[leader].multipliedFullWidth(by: 2 * given[candidate] + 1)
      if (own.high, own.low) > (other.high, other.low) {
        best = candidate
      }
    }
    return best
  }

  /// The weights as whole billionths of their sum, so that ties are ties: in floating point 0.5 / 15 and 0.3 / 9
  /// differ.
  private static func wholeWeights(_ weights: PerClass<Double>) -> PerClass<Int> {
    let usable = weights.map { _, weight in weight.isFinite ? max(0, weight) : 0 }
    let sum = usable.sum
    guard sum > 0, sum.isFinite else { return PerClass(repeating: 0) }
    return usable.map { _, weight in Int((weight / sum * 1e9).rounded()) }
  }
}

package import Leads

/// Divides a number of leads among the classes, losing none to rounding.
///
/// Webster's method (Sainte-Laguë): one lead at a time to the largest `weight / (2 · given + 1)`; ties A+ before A
/// before B. See Balinski and Young, "Fair Representation" (1982). A class that runs out is refilled from the others.
package enum Apportionment {
  /// Gives `min(total, Σ upper)` leads. The lower bounds are served first; where they exceed `total`, they are served
  /// by the same rule, so that none starves. No class gets less when `total` grows. Negative counts and weights are
  /// taken as 0.
  package static func apportion(
    total: Int, weights: PerClass<Double>, lower: PerClass<Int>, upper: PerClass<Int>
  ) -> PerClass<Int> {
    let given = apportion(
      total: total, weights: list(weights), lower: list(lower), upper: list(upper))
    return PerClass(aPlus: given[0], a: given[1], b: given[2])
  }

  /// The same for any groups, in the order of ties. The lists are of equal length.
  static func apportion(total: Int, weights: [Double], lower: [Int], upper: [Int]) -> [Int] {
    precondition(weights.count == lower.count && weights.count == upper.count, "each group has a weight and bounds")
    let weights = wholeWeights(weights)
    let ceiling = upper.map { max(0, $0) }
    let floor = zip(lower, ceiling).map { min(max(0, $0), $1) }
    var given = [Int](repeating: 0, count: weights.count)
    var left = max(0, total)
    func give(upTo bound: [Int]) {
      while left > 0, let next = nextGroup(given: given, weights: weights, bound: bound) {
        // Where no group with room has a weight, the first one gets all that it takes.
        let count = weights[next] > 0 ? 1 : min(left, bound[next] - given[next])
        given[next] += count
        left -= count
      }
    }
    give(upTo: floor)
    if left > stepsMax {
      given = headStart(total: total, weights: weights, floor: floor, ceiling: ceiling)
      left = total - given.reduce(0, +)
    }
    give(upTo: ceiling)
    return given
  }

  /// More leads than this are not given one by one from the beginning.
  private static let stepsMax = 200

  /// The state in which a step-by-step division would be at the largest whole divisor that it passes, so that large totals
  /// take no more time than small ones. At a divisor d a group has one lead for each quotient `weight / (2k + 1)` above
  /// 10⁹ / d, within its bounds.
  private static func headStart(total: Int, weights: [Int], floor: [Int], ceiling: [Int]) -> [Int] {
    func state(at divisor: Int) -> [Int] {
      weights.indices.map { index in
        // The whole numbers k ≥ 0 with (2k + 1) · 10⁹ < weight · divisor.
        let product = weights[index] * divisor
        let count = product > 1_000_000_000 ? ((product - 1) / 1_000_000_000 + 1) / 2 : 0
        return max(floor[index], min(ceiling[index], count))
      }
    }
    // Compared without the overflow that bounds near the largest number would give.
    func isWithin(_ divisor: Int) -> Bool {
      state(at: divisor).reduce(0.0) { $0 + Double($1) } <= Double(total)
    }
    // With weights up to 10⁹ the products stay within 63 bits.
    let divisorMax = 4_000_000_000
    var (low, high) = (0, min(divisorMax, 4 * min(total, divisorMax / 4) + 16))
    while high < divisorMax, isWithin(high) {
      (low, high) = (high, min(divisorMax, 4 * high))
    }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if isWithin(middle) { low = middle } else { high = middle }
    }
    return state(at: low)
  }

  private static func list<Value>(_ values: PerClass<Value>) -> [Value] {
    LeadClass.allCases.map { values[$0] }
  }

  /// The group with the largest quotient among those with room; nil when none has.
  private static func nextGroup(given: [Int], weights: [Int], bound: [Int]) -> Int? {
    var best: Int?
    for candidate in given.indices where given[candidate] < bound[candidate] {
      guard let leader = best else {
        best = candidate
        continue
      }
      // weight / (2 · given + 1), compared crosswise in 128 bits; only a strictly larger quotient overtakes an earlier
      // group.
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
  private static func wholeWeights(_ weights: [Double]) -> [Int] {
    let usable = weights.map { $0.isFinite ? max(0, $0) : 0 }
    let sum = usable.reduce(0, +)
    guard sum > 0, sum.isFinite else { return weights.map { _ in 0 } }
    return usable.map { Int(($0 / sum * 1e9).rounded()) }
  }
}

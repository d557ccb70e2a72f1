/// The demand that adds up along slots of business time ahead, of one class or of several together.
package struct DemandOutlook: Sendable, Equatable {
  /// Leads expected from the beginning to the end of each slot, never falling.
  private var means: [Double]
  private var variances: [Double]

  /// Of one class; `slots` in order, from now on.
  package init(_ forecast: ClassForecast, slots: [DemandSlot]) {
    means = []
    variances = []
    var (mean, days) = (0.0, 0.0)
    for slot in slots {
      mean += slot.share * forecast.mean(on: slot.weekday)
      days += slot.share
      means.append(mean)
      // Within its first day a sum has the spread of one day; rounding must not open the next one.
      let begun = max(1, Int((days - 1e-9).rounded(.up)))
      variances.append(mean * forecast.dispersion * forecast.spread(overDays: begun))
    }
  }

  /// Of several classes, which do not depend on each other; over the same slots.
  package init(sumOf parts: [DemandOutlook]) {
    precondition(Set(parts.map(\.means.count)).count <= 1)
    let count = parts.first?.means.count ?? 0
    means = (0..<count).map { slot in parts.reduce(0) { $0 + $1.means[slot] } }
    variances = (0..<count).map { slot in parts.reduce(0) { $0 + $1.variances[slot] } }
  }

  /// How many slots it reaches over.
  package var count: Int { means.count }

  /// The demand from now to the end of a slot: Poisson, or negative binomial where its variance is above its mean.
  package func demand(through slot: Int) -> CountDistribution {
    CountDistribution(mean: means[slot], variance: variances[slot])
  }

  /// The demand over all slots; none when there are none.
  package var total: CountDistribution {
    count == 0 ? .poisson(mean: 0) : demand(through: count - 1)
  }

  /// The first slot by the end of which `stock` leads are used up with at least this probability; nil: not within the slots.
  package func firstSlot(using stock: Int, probability: Double) -> Int? {
    func isReached(_ slot: Int) -> Bool { demand(through: slot).probability(above: stock - 1) >= probability }
    guard stock > 0 else { return count > 0 ? 0 : nil }
    guard count > 0, isReached(count - 1) else { return nil }
    // What is used up by then never falls.
    var (low, high) = (0, count - 1)
    while low < high {
      let middle = (low + high) / 2
      if isReached(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

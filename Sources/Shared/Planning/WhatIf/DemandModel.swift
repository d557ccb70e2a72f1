package import Leads

/// A made-up demand, from which seeds draw traces.
package struct DemandModel: Sendable, Equatable, Codable {
  /// The demand of one class.
  package struct ClassDemand: Sendable, Equatable, Codable {
    /// Leads per business day in the long run.
    package var dailyMean: Double
    /// Variance by mean of a day that has demand, ≥ 1: 1 is Poisson, more is negative binomial.
    package var dispersion: Double
    /// Business days from one with demand to the next, in the mean, ≥ 1; above 1 demand is intermittent.
    package var interval: Double

    package init(dailyMean: Double, dispersion: Double = 2, interval: Double = 1) {
      precondition(dailyMean >= 0 && dispersion >= 1 && interval >= 1)
      self.dailyMean = dailyMean
      self.dispersion = dispersion
      self.interval = interval
    }

    private enum CodingKeys: String, CodingKey {
      case dailyMean = "daily_mean"
      case dispersion, interval
    }
  }

  package var classes: PerClass<ClassDemand>
  /// How the demand of a week is spread, Monday first: any scale.
  package var week: [Double]

  /// Monday to Friday 5:4:4:4:3, as much on a Saturday or Sunday that is worked as on a Friday.
  package static let usualWeek: [Double] = [5, 4, 4, 4, 3, 3, 3]

  package init(classes: PerClass<ClassDemand>, week: [Double] = DemandModel.usualWeek) {
    precondition(week.count == 7)
    self.classes = classes
    self.week = week
  }

  /// Draws the demand of these days. Each class's demand of a day falls on its steps evenly at random.
  package func trace(of days: [WorkDay], using random: inout some RandomNumberGenerator) -> DemandTrace {
    let worked = Set(days.map(\.weekday))
    let mean = worked.reduce(0) { $0 + week[$1 - 1] } / Double(max(1, worked.count))
    return DemandTrace(
      days: days.map { day in
        var steps = [PerClass<Int>](repeating: PerClass(repeating: 0), count: DemandTrace.stepsPerDay)
        for leadClass in LeadClass.allCases {
          let demand = classes[leadClass]
          guard random.fraction() * demand.interval < 1 else { continue }
          let expected = demand.dailyMean * demand.interval * (mean > 0 ? week[day.weekday - 1] / mean : 0)
          for _ in 0..<random.count(mean: expected, dispersion: demand.dispersion) {
            steps[Int(random.fraction() * Double(steps.count))][leadClass] += 1
          }
        }
        return DemandTrace.Day(workDay: day, steps: steps)
      })
  }
}

extension RandomNumberGenerator {
  /// In 0..<1; the same on every machine, which the standard library's own distributions do not promise.
  fileprivate mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A draw from the Poisson or negative binomial distribution of this mean and of variance `dispersion · mean`.
  fileprivate mutating func count(mean: Double, dispersion: Double) -> Int {
    // The sum of draws with the same dispersion has that dispersion: parts keep the probability of 0 above underflow.
    let partMax = 100.0
    var (left, count) = (mean, 0)
    while left > 0 {
      count += part(of: CountDistribution(mean: min(left, partMax), variance: min(left, partMax) * dispersion))
      left -= partMax
    }
    return count
  }

  /// By inversion, along the ratios of neighbouring probabilities.
  private mutating func part(of distribution: CountDistribution) -> Int {
    var left = fraction()
    var probability = distribution.probability(of: 0)
    var count = 0
    // Beyond this the probabilities are too small for the fraction to tell.
    let last = Int(distribution.mean + 60 * distribution.variance.squareRoot()) + 60
    while left >= probability, count < last {
      left -= probability
      let next = Double(count) + 1
      switch distribution {
      case .poisson(let mean): probability *= mean / next
      case .negativeBinomial(let mean, let size):
        probability *= (size + Double(count)) / next * (mean / (mean + size))
      }
      count += 1
    }
    return count
  }
}

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014): a seed's numbers are the
/// same on every machine.
package struct SeededDraws: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) {
    state = seed
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

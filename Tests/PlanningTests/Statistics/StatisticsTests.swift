import Planning
import Testing

@Suite("Statistics")
struct StatisticsTests {
  private let reference: ReferenceValues

  init() throws {
    reference = try ReferenceValues.read()
  }

  @Test("log Γ agrees with SciPy")
  func logGamma() {
    #expect(reference.logGamma.count == 10)
    for row in reference.logGamma {
      #expect(agree(LogGamma.value(row[0]), row[1], digits: 1e-13), "log Γ(\(row[0]))")
    }
  }

  @Test("The incomplete beta function and its complement agree with SciPy, in both tails")
  func incompleteBeta() {
    #expect(reference.incompleteBeta.count > 100)
    for row in reference.incompleteBeta {
      let (lower, upper) = IncompleteBeta.regularised(row[2], a: row[0], b: row[1])
      #expect(agree(lower, row[3]), "I(\(row[2]); \(row[0]), \(row[1])) = \(lower), not \(row[3])")
      #expect(agree(upper, row[4]), "1 − I(\(row[2]); \(row[0]), \(row[1])) = \(upper), not \(row[4])")
    }
  }

  @Test("Quantiles of the beta distribution agree with SciPy")
  func betaQuantile() {
    #expect(reference.betaQuantile.count > 50)
    for row in reference.betaQuantile {
      let quantile = BetaDistribution(alpha: row[0], beta: row[1]).quantile(row[2])
      #expect(agree(quantile, row[3]), "quantile \(row[2]) of Beta(\(row[0]), \(row[1])) = \(quantile), not \(row[3])")
    }
  }

  @Test("Poisson probabilities and quantiles agree with SciPy")
  func poisson() {
    #expect(reference.poisson.count > 50 && reference.poissonQuantile.count > 40)
    for row in reference.poisson {
      expectProbabilities(.poisson(mean: row[0]), count: row[1], expected: Array(row[2...]))
    }
    for row in reference.poissonQuantile {
      #expect(CountDistribution.poisson(mean: row[0]).quantile(row[1]) == Int(row[2]), "\(row)")
    }
  }

  @Test("Negative binomial probabilities and quantiles agree with SciPy")
  func negativeBinomial() {
    #expect(reference.negativeBinomial.count > 50 && reference.negativeBinomialQuantile.count > 40)
    for row in reference.negativeBinomial {
      expectProbabilities(
        .negativeBinomial(mean: row[0], size: row[1]), count: row[2], expected: Array(row[3...]))
    }
    for row in reference.negativeBinomialQuantile {
      let distribution = CountDistribution.negativeBinomial(mean: row[0], size: row[1])
      #expect(distribution.quantile(row[2]) == Int(row[3]), "\(row)")
    }
  }

  private func expectProbabilities(_ distribution: CountDistribution, count: Double, expected: [Double]) {
    let count = Int(count)
    let values = [
      distribution.probability(of: count), distribution.probability(atMost: count),
      distribution.probability(above: count),
    ]
    for (value, expected) in zip(values, expected) {
      #expect(agree(value, expected), "\(distribution) at \(count): \(value), not \(expected)")
    }
  }

  @Test("A share known by halves: Beta(1, 1) is even, and its middle 80 % lie between 0.1 and 0.9")
  func evenShare() {
    let even = BetaDistribution(alpha: 1, beta: 1)
    #expect(agree(even.probability(atLeast: 0.3), 0.7) && agree(even.probability(atMost: 0.3), 0.3))
    let interval = even.interval(mass: 0.8)
    #expect(agree(interval.lowerBound, 0.1) && agree(interval.upperBound, 0.9))
    #expect(even.quantile(0) == 0 && even.quantile(1) == 1)
  }

  @Test("The distribution of a mean and a variance: in heaps where the variance is larger, else Poisson")
  func fitting() {
    #expect(CountDistribution(mean: 3, variance: 6) == .negativeBinomial(mean: 3, size: 3))
    #expect(CountDistribution(mean: 3, variance: 3) == .poisson(mean: 3))
    #expect(CountDistribution(mean: 3, variance: 1) == .poisson(mean: 3))
    #expect(CountDistribution(mean: -1, variance: 5) == .poisson(mean: 0))
    #expect(CountDistribution(mean: 3, variance: 6).variance == 6)
    #expect(CountDistribution(mean: 3, variance: 6).over(periods: 4) == .negativeBinomial(mean: 12, size: 12))
  }

  @Test("Nothing expected, nothing comes")
  func nothing() {
    for none in [CountDistribution.poisson(mean: 0), .negativeBinomial(mean: 0, size: 2)] {
      #expect(none.quantile(0.999) == 0)
      #expect(none.probability(of: 0) == 1 && none.probability(of: 1) == 0)
      #expect(none.probability(atMost: 0) == 1 && none.probability(atMost: -1) == 0)
    }
  }

  @Test("Law: a quantile is reached, and the count below it is not")
  func quantileLaw() {
    let failures = broken(0..<2000) { random in
      let mean = Double(random.int(1...40_000)) / 100
      let variance = mean * Double(random.int(50...400)) / 100
      let distribution = CountDistribution(mean: mean, variance: variance)
      let probability = Double(random.int(1...999)) / 1000
      let quantile = distribution.quantile(probability)
      return distribution.probability(atMost: quantile) >= probability - 1e-12
        && distribution.probability(atMost: quantile - 1) < probability + 1e-12
    }
    #expect(failures.isEmpty)
  }
}

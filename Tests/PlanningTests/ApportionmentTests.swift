import Leads
import Planning
import Testing

@Suite("Apportionment")
struct ApportionmentTests {
  private static let mix = PerClass(aPlus: 0.2, a: 0.5, b: 0.3)
  private static let none = PerClass(repeating: 0)

  private static func divide(
    _ total: Int, weights: PerClass<Double> = mix, lower: PerClass<Int> = none,
    upper: PerClass<Int> = PerClass(repeating: 10_000)
  ) -> PerClass<Int> {
    Apportionment.apportion(total: total, weights: weights, lower: lower, upper: upper)
  }

  @Test("50 leads at 20/50/30 are 10/25/15; one lead goes to A; none to nobody")
  func shares() {
    #expect(Self.divide(50) == PerClass(aPlus: 10, a: 25, b: 15))
    #expect(Self.divide(1) == PerClass(aPlus: 0, a: 1, b: 0))
    #expect(Self.divide(0) == Self.none)
    #expect(Self.divide(-5) == Self.none)
  }

  @Test("Ties go to A+, then A, then B")
  func ties() {
    let even = PerClass(repeating: 1.0)
    #expect(Self.divide(1, weights: even) == PerClass(aPlus: 1, a: 0, b: 0))
    #expect(Self.divide(2, weights: even) == PerClass(aPlus: 1, a: 1, b: 0))
    #expect(Self.divide(4, weights: even) == PerClass(aPlus: 2, a: 1, b: 1))
  }

  @Test("0.5/15 and 0.3/9 are a tie, which A wins, whatever floating point makes of them")
  func exactTie() {
    // Webster at 5 : 3 has given 7 A and 4 B after 11 leads; the twelfth is the tie.
    let weights = PerClass(aPlus: 0, a: 0.5, b: 0.3)
    #expect(Self.divide(11, weights: weights) == PerClass(aPlus: 0, a: 7, b: 4))
    #expect(Self.divide(12, weights: weights) == PerClass(aPlus: 0, a: 8, b: 4))
  }

  @Test("Lower bounds are served first, beyond the share of their class")
  func lowerBounds() {
    #expect(Self.divide(10, lower: PerClass(aPlus: 7, a: 0, b: 0)) == PerClass(aPlus: 7, a: 2, b: 1))
  }

  @Test("Lower bounds that exceed the total are served in proportion, so that no class starves")
  func lowerBoundsExceed() {
    #expect(Self.divide(10, lower: PerClass(repeating: 50)) == PerClass(aPlus: 2, a: 5, b: 3))
  }

  @Test("A class of weight zero gets leads only when the others have no more")
  func weightZero() {
    let weights = PerClass(aPlus: 0.5, a: 0.5, b: 0)
    let upper = PerClass(aPlus: 3, a: 3, b: 9)
    #expect(Self.divide(6, weights: weights, upper: upper) == PerClass(aPlus: 3, a: 3, b: 0))
    #expect(Self.divide(8, weights: weights, upper: upper) == PerClass(aPlus: 3, a: 3, b: 2))
  }

  @Test("Weights that are no numbers, and negative counts, are taken as 0")
  func badNumbers() {
    let weights = PerClass<Double>(aPlus: .nan, a: -.infinity, b: 1)
    #expect(Self.divide(5, weights: weights) == PerClass(aPlus: 0, a: 0, b: 5))
    let upper = PerClass(aPlus: -4, a: 3, b: -1)
    #expect(Self.divide(9, lower: PerClass(repeating: -2), upper: upper) == PerClass(aPlus: 0, a: 3, b: 0))
  }

  /// A random case with bounds that are met, exceeded, or absent.
  private static func randomCase(
    _ random: inout SeededRandom
  ) -> (total: Int, weights: PerClass<Double>, lower: PerClass<Int>, upper: PerClass<Int>) {
    let upper = random.perClass(0...random.int(0...60))
    let wanted = random.perClass(0...random.int(0...40))
    return (random.int(0...150), random.mix(), wanted.map { min($1, upper[$0]) }, upper)
  }

  @Test("Law: the sum is min(total, Σ upper)")
  func sum() {
    let failures = broken { random in
      let (total, weights, lower, upper) = Self.randomCase(&random)
      return Self.divide(total, weights: weights, lower: lower, upper: upper).sum == min(total, upper.sum)
    }
    #expect(failures.isEmpty)
  }

  @Test("Law: 0 ≤ x ≤ upper; x ≥ lower when the lower bounds fit, x ≤ lower when they do not")
  func bounds() {
    let failures = broken { random in
      let (total, weights, lower, upper) = Self.randomCase(&random)
      let given = Self.divide(total, weights: weights, lower: lower, upper: upper)
      return LeadClass.allCases.allSatisfy {
        given[$0] >= 0 && given[$0] <= upper[$0]
          && (lower.sum <= total ? given[$0] >= lower[$0] : given[$0] <= lower[$0])
      }
    }
    #expect(failures.isEmpty)
  }

  @Test("Law: no class gets less when the total grows")
  func monotone() {
    let failures = broken { random in
      let (_, weights, lower, upper) = Self.randomCase(&random)
      let start = random.int(0...100)
      var before = Self.divide(start, weights: weights, lower: lower, upper: upper)
      for total in (start + 1)...(start + 20) {
        let after = Self.divide(total, weights: weights, lower: lower, upper: upper)
        guard LeadClass.allCases.allSatisfy({ after[$0] >= before[$0] }) else { return false }
        before = after
      }
      return true
    }
    #expect(failures.isEmpty)
  }

  @Test("Law: no lead given above a lower bound would have served another class better (Webster's inequality)")
  func webster() {
    let failures = broken { random in
      let (total, weights, lower, upper) = Self.randomCase(&random)
      guard lower.sum <= total else { return true }
      let given = Self.divide(total, weights: weights, lower: lower, upper: upper)
      for donor in LeadClass.allCases where given[donor] > lower[donor] {
        let kept = weights[donor] / Double(2 * given[donor] - 1)
        for taker in LeadClass.allCases where given[taker] < upper[taker] {
          guard weights[taker] / Double(2 * given[taker] + 1) <= kept + 1e-8 else { return false }
        }
      }
      return true
    }
    #expect(failures.isEmpty)
  }

  @Test("Law: without bounds each class is within one lead of its exact share")
  func quota() {
    let failures = broken { random in
      let weights = random.mix()
      let total = random.int(0...2000)
      let given = Self.divide(total, weights: weights)
      return LeadClass.allCases.allSatisfy { abs(Double(given[$0]) - Double(total) * weights[$0]) < 1 + 1e-6 }
    }
    #expect(failures.isEmpty)
  }

  @Test("Law: without ties it does not matter which class is which")
  func orderOfClasses() {
    func rotated<Value>(_ values: PerClass<Value>) -> PerClass<Value> {
      PerClass(aPlus: values.b, a: values.aPlus, b: values.a)
    }
    let failures = broken { random in
      let (total, _, lower, upper) = Self.randomCase(&random)
      // Primes: p / (2x + 1) = q / (2y + 1) needs 2x + 1 to be a multiple of p, far above these counts.
      let weights = PerClass(aPlus: 2003.0, a: 5003.0, b: 3001.0)
      return rotated(Self.divide(total, weights: weights, lower: lower, upper: upper))
        == Self.divide(total, weights: rotated(weights), lower: rotated(lower), upper: rotated(upper))
    }
    #expect(failures.isEmpty)
  }

  @Test("Law: a shortage in one class is made up by the others while they have supply, and none of them loses by it")
  func refill() {
    let failures = broken { random in
      let (total, weights, lower, upper) = Self.randomCase(&random)
      guard let short = LeadClass.allCases.randomElement(using: &random) else { return false }
      var less = upper
      less[short] = random.int(0...upper[short])
      let before = Self.divide(total, weights: weights, lower: lower, upper: upper)
      let after = Self.divide(total, weights: weights, lower: lower, upper: less)
      return after.sum == min(total, less.sum)
        && LeadClass.allCases.allSatisfy { $0 == short || after[$0] >= before[$0] }
    }
    #expect(failures.isEmpty)
  }

  @Test("Law: a head start changes nothing: a large division is that of one lead at a time")
  func headStart() {
    let failures = broken { random in
      let upper = random.perClass(0...random.int(1...800))
      let lower = upper.map { random.int(0...min(20, $1)) }
      let parts = PerClass(aPlus: random.int(1...400), a: random.int(1...400), b: 0)
      let weights = PerClass(aPlus: parts.aPlus, a: parts.a, b: 1000 - parts.sum)
      let total = random.int(250...1500)
      var given = lower
      for _ in 0..<max(0, min(total, upper.sum) - lower.sum) {
        // Only a strictly larger quotient overtakes a better class.
        var best: LeadClass?
        for candidate in LeadClass.allCases where given[candidate] < upper[candidate] {
          guard let leader = best else {
            best = candidate
            continue
          }
          if weights[candidate] * (2 * given[leader] + 1) > weights[leader] * (2 * given[candidate] + 1) {
            best = candidate
          }
        }
        guard let best else { return false }
        given[best] += 1
      }
      let shares = weights.map { Double($1) / 1000 }
      return lower.sum > total || Self.divide(total, weights: shares, lower: lower, upper: upper) == given
    }
    #expect(failures.isEmpty)
  }

  @Test("Ten million leads are divided as exactly as fifty")
  func large() {
    let given = Self.divide(
      10_000_000, weights: PerClass(aPlus: 0.2, a: 0.5, b: 0.3), upper: PerClass(repeating: 10_000_000))
    #expect(given == PerClass(aPlus: 2_000_000, a: 5_000_000, b: 3_000_000))
  }
}

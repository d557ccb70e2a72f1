/// The regularised incomplete gamma functions P(a, x) and Q(a, x) (NIST Digital Library of Mathematical Functions, 8.7.1
/// and 8.9.2).
package enum IncompleteGamma {
  /// P(a, x) and Q(a, x) = 1 − P(a, x), each exact to about 12 digits also where it is small. `a` > 0; x below 0 counts
  /// as 0.
  package static func regularised(a: Double, x: Double) -> (lower: Double, upper: Double) {
    precondition(a > 0, "the incomplete gamma function is asked for a positive parameter")
    if x <= 0 {
      return (0, 1)
    }
    let front = exponential(logFront(a: a, x: x))
    if x < a + 1 {
      let lower = min(1, front * series(a: a, x: x))
      return (lower, 1 - lower)
    }
    let upper = min(1, front / fraction(a: a, x: x))
    return (1 - upper, upper)
  }

  /// log(x^a e^−x / Γ(a)), x > 0; written around a, so that nothing large cancels.
  static func logFront(a: Double, x: Double) -> Double {
    let power = a * logarithmOfRatio(x, to: a) - (x - a)
    return power + 0.5 * naturalLogarithm(a) - LogGamma.halfLogTwoPi - LogGamma.correction(a)
  }

  /// Σ x^n / (a (a + 1) … (a + n)), for x < a + 1: every term is smaller than the one before.
  private static func series(a: Double, x: Double) -> Double {
    var term = 1 / a
    var sum = term
    var divisor = a
    while term > sum * Double.ulpOfOne {
      divisor += 1
      term *= x / divisor
      sum += term
    }
    return sum
  }

  private static func fraction(a: Double, x: Double) -> Double {
    ContinuedFraction.value(leading: x + 1 - a) { index in
      (numerator: index * (a - index), denominator: x + 1 - a + 2 * index)
    }
  }
}

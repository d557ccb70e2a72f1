/// The regularised incomplete beta function I_x(a, b) and its complement (NIST Digital Library of Mathematical Functions,
/// 8.17.22): the probability that a share, known as Beta(a, b), is at most x, or more.
package enum IncompleteBeta {
  /// I_x(a, b) and 1 − I_x(a, b), each exact to about 12 digits also where it is small. `a`, `b` > 0; x beyond 0…1
  /// counts as the nearer end.
  package static func regularised(_ x: Double, a: Double, b: Double) -> (lower: Double, upper: Double) {
    precondition(a > 0 && b > 0, "the incomplete beta function is asked for positive parameters")
    if x <= 0 {
      return (0, 1)
    }
    if x >= 1 {
      return (1, 0)
    }
    let front = exponential(logFront(x, a: a, b: b))
    // On either side of this point one of the two fractions converges fast.
    if x < (a + 1) / (a + b + 2) {
      let lower = min(1, front / (a * fraction(x, a: a, b: b)))
      return (lower, 1 - lower)
    }
    let upper = min(1, front / (b * fraction(1 - x, a: b, b: a)))
    return (1 - upper, upper)
  }

  /// log(x^a (1 − x)^b / B(a, b)), 0 < x < 1. Written around the mean a / (a + b), so that nothing large cancels.
  static func logFront(_ x: Double, a: Double, b: Double) -> Double {
    let n = a + b
    let powers = a * logarithmOfRatio(x, to: a / n) + b * logarithmOfRatio(1 - x, to: b / n)
    let scale = 0.5 * (naturalLogarithm(a / n) + naturalLogarithm(b)) - LogGamma.halfLogTwoPi
    return powers + scale + LogGamma.correction(n) - LogGamma.correction(a) - LogGamma.correction(b)
  }

  private static func fraction(_ x: Double, a: Double, b: Double) -> Double {
    ContinuedFraction.value(leading: 1) { index in
      let half = (index / 2).rounded(.down)
      let numerator =
        half * 2 == index
        ? half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        : -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
      return (numerator, 1)
    }
  }
}

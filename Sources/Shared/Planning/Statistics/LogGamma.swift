/// The gamma function's logarithm, by Stirling's series (NIST Digital Library of Mathematical Functions, 5.11.1).
package enum LogGamma {
  static let halfLogTwoPi = 0.918_938_533_204_672_7

  /// log Γ(x) for x > 0, to 14 digits or, near its zeros 1 and 2, to 1e-14.
  package static func value(_ x: Double) -> Double {
    precondition(x > 0, "log Γ is asked for a positive number")
    return (x - 0.5) * naturalLogarithm(x) - x + halfLogTwoPi + correction(x)
  }

  /// What Stirling's formula (x − ½) log x − x + ½ log 2π lacks of log Γ(x), x > 0. Sums and differences of it keep the
  /// digits that differences of log Γ itself lose when the arguments are large.
  static func correction(_ x: Double) -> Double {
    if x >= seriesFrom {
      return series(x)
    }
    // Γ(x) = Γ(x + n) / (x (x + 1) … (x + n − 1)), so that the series is asked only where it is exact.
    var shifted = x
    var product = 1.0
    while shifted < seriesFrom {
      product *= shifted
      shifted += 1
    }
    let logGamma =
      (shifted - 0.5) * naturalLogarithm(shifted) - shifted + series(shifted) - naturalLogarithm(product)
    return logGamma - (x - 0.5) * naturalLogarithm(x) + x
  }

  private static let seriesFrom = 10.0

  private static func series(_ x: Double) -> Double {
    let inverse = 1 / x
    let square = inverse * inverse
    // B(2k) / (2k (2k − 1) x^(2k − 1)), k = 7 … 1, by Horner's rule.
    let coefficients = [1.0 / 156, -691.0 / 360_360, 1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12]
    return coefficients.reduce(0) { sum, coefficient in sum * square + coefficient } * inverse
  }
}

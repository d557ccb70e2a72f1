/// Continued fractions by Lentz's method, as modified by Thompson and Barnett (1986).
enum ContinuedFraction {
  /// `leading + numerator(1) / (denominator(1) + numerator(2) / (denominator(2) + …))`, until a step changes it by
  /// less than the last digit; at most `stepsMax` steps.
  static func value(
    leading: Double, stepsMax: Int = 100_000, step: (Double) -> (numerator: Double, denominator: Double)
  ) -> Double {
    // Stands in for a zero, which the method cannot divide by.
    let tiny = 1e-300
    var value = leading == 0 ? tiny : leading
    var upper = value
    var lower = 0.0
    for index in 1...stepsMax {
      let (numerator, denominator) = step(Double(index))
      lower = denominator + numerator * lower
      lower = 1 / (abs(lower) < tiny ? tiny : lower)
      upper = denominator + numerator / upper
      upper = abs(upper) < tiny ? tiny : upper
      let factor = upper * lower
      value *= factor
      if abs(factor - 1) < 2 * Double.ulpOfOne {
        break
      }
    }
    return value
  }
}

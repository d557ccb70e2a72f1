// The one file of the planner that looks beyond it: the C library's elementary functions, pure like the rest.
import Glibc

/// The natural logarithm; NaN below 0.
func naturalLogarithm(_ x: Double) -> Double { log(x) }

/// e to the power of x.
func exponential(_ x: Double) -> Double { exp(x) }

/// log(1 + x), exact for small x too.
func logarithmOfOnePlus(_ x: Double) -> Double { log1p(x) }

/// log(value / reference), exact where the two are close too. Both > 0.
func logarithmOfRatio(_ value: Double, to reference: Double) -> Double {
  let deviation = (value - reference) / reference
  return abs(deviation) < 0.5 ? logarithmOfOnePlus(deviation) : naturalLogarithm(value / reference)
}

import Leads
import TestSupport

/// Random inputs of the planner: the same seed gives the same cases everywhere.
struct SeededRandom: RandomNumberGenerator {
  private var generator: SeededGenerator

  init(seed: Int) {
    generator = SeededGenerator(seed: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15)
  }

  mutating func next() -> UInt64 { generator.next() }

  mutating func int(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &self)
  }

  mutating func perClass(_ range: ClosedRange<Int>) -> PerClass<Int> {
    PerClass(aPlus: int(range), a: int(range), b: int(range))
  }

  /// Shares that sum to 1; now and then one of them is 0.
  mutating func mix() -> PerClass<Double> {
    let parts = PerClass(aPlus: int(0...20), a: int(0...50), b: int(1...30))
    return parts.map { _, part in Double(part) / Double(parts.sum) }
  }
}

/// Runs a law over many seeds and returns the first seeds that break it: one expectation for all, quick and readable.
func broken(_ seeds: Range<Int> = 0..<10_000, _ holds: (inout SeededRandom) -> Bool) -> [Int] {
  var failures: [Int] = []
  for seed in seeds where failures.count < 5 {
    var random = SeededRandom(seed: seed)
    if !holds(&random) {
      failures.append(seed)
    }
  }
  return failures
}

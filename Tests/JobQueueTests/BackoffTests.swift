import JobQueue
import TestSupport
import Testing
import Timekeeping

@Suite(.serialized) struct BackoffTests {
  /// Always the same number.
  private struct Constant: RandomNumberGenerator {
    let number: UInt64
    func next() -> UInt64 { number }
  }

  private let backoff = Backoff(initial: .seconds(2), max: .seconds(600))

  @Test(
    "The ceiling doubles with each failure up to its maximum",
    arguments: [
      (1, 2), (2, 4), (3, 8), (4, 16), (8, 256), (9, 512), (10, 600), (11, 600), (64, 600), (Int.max, 600), (0, 2),
    ])
  func ceiling(failures: Int, seconds: Int) {
    #expect(backoff.ceiling(afterFailures: failures) == .seconds(seconds))
  }

  @Test("The wait is the generator's share of the ceiling: nothing, half, or all of it")
  func shares() {
    // 2⁴⁰, 2⁶³ and 2⁶⁴ − 1 of 2⁶⁴.
    var (lowest, middle, highest) = (Constant(number: 1 << 40), Constant(number: 1 << 63), Constant(number: .max))
    for failures in 1...20 {
      let ceiling = backoff.ceiling(afterFailures: failures)
      #expect(backoff.wait(afterFailures: failures, using: &lowest) == .zero)
      #expect(backoff.wait(afterFailures: failures, using: &middle) == ceiling / 2)
      #expect(backoff.wait(afterFailures: failures, using: &highest) == ceiling)
    }
  }

  @Test("The wait is spread evenly over the whole range: full jitter", arguments: 0..<5)
  func jitter(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let ceiling = 16_000.0
    let waits = (0..<4000).map { _ in Double(backoff.wait(afterFailures: 4, using: &generator).milliseconds) }
    #expect(waits.allSatisfy { (0...ceiling).contains($0) })
    // The mean of 4,000 even draws strays from the middle by 73 ms on average; five times that is one in a million.
    #expect(abs(waits.reduce(0, +) / 4000 - ceiling / 2) < 5 * 73)
    #expect((0..<8).allSatisfy { eighth in waits.contains { Int($0 / 2000.0) == eighth } })
  }

  @Test("The same seed gives the same waits")
  func reproducible() {
    var (first, second) = (SeededGenerator(seed: 3), SeededGenerator(seed: 3))
    for failures in 1...10 {
      let wait = backoff.wait(afterFailures: failures, using: &first)
      #expect(wait == backoff.wait(afterFailures: failures, using: &second))
    }
  }
}

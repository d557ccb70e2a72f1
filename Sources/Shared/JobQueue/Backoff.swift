import Timekeeping

/// The wait before the next attempt: exponential with full jitter.
///
/// `wait = random(0 … min(max, initial · 2^(failures − 1)))`, from "Exponential Backoff And Jitter", AWS Architecture Blog,
/// 2015: full jitter spreads competing clients best and does the least work.
public struct Backoff: Sendable, Equatable {
  /// The longest wait after the first failure; > 0.
  public let initial: Duration
  /// The longest wait after any; ≥ `initial`.
  public let max: Duration

  /// `initial` > 0, `max` ≥ `initial`.
  public init(initial: Duration, max: Duration) {
    precondition(initial > .zero && max >= initial, "a backoff starts above zero and does not shrink")
    self.initial = initial
    self.max = max
  }

  /// The wait after the given number of failures, ≥ 1.
  public func wait(afterFailures failures: Int, using generator: inout some RandomNumberGenerator) -> Duration {
    .milliseconds(Int64.random(in: 0...ceiling(afterFailures: failures).milliseconds, using: &generator))
  }

  /// The longest that `wait` can be.
  public func ceiling(afterFailures failures: Int) -> Duration {
    let doublings = Swift.min(Swift.max(failures - 1, 0), 40)
    let (product, overflow) = initial.milliseconds.multipliedReportingOverflow(by: 1 << Int64(doublings))
    return overflow ? max : Swift.min(max, .milliseconds(product))
  }
}

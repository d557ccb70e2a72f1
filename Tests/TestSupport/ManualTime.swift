public import Timekeeping

/// A clock that moves only when told to: forward and back.
public struct ManualTime: Sendable {
  public var now: Timestamp

  /// 2026-03-02 15:00:00 UTC, a Monday, unless another moment is asked for.
  public init(at now: Timestamp = Timestamp(milliseconds: 1_772_463_600_000)) {
    self.now = now
  }

  /// Moves on by `time`, back when it is negative. Returns the new moment.
  @discardableResult
  public mutating func advance(_ time: Duration) -> Timestamp {
    now = now + time
    return now
  }
}

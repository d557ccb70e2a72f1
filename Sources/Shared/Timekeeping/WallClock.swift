#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The shell's clock: what time it is for people. It may jump; durations are measured on `ContinuousClock`.
///
/// With `LEAD_NOW` it starts at a fixed moment and runs on from there, for tests and demonstrations.
public struct WallClock: Sendable {
  private let offset: Duration
  /// Whether the clock was started at a fixed moment instead of following the machine's.
  public let isShifted: Bool

  /// The machine's own clock.
  public static let system = WallClock(offset: .zero, isShifted: false)

  private init(offset: Duration, isShifted: Bool) {
    self.offset = offset
    self.isShifted = isShifted
  }

  /// A clock that shows `start` now and runs on at the machine's pace.
  public init(startingAt start: Timestamp) {
    self.init(offset: start - WallClock.system.now(), isShifted: true)
  }

  public func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000) + offset
  }
}

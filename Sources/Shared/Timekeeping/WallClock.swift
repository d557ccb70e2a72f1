#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The shell's clock: what time it is for people, which may jump; how much time passes, which does not; and how to let it
/// pass.
///
/// With `LEAD_NOW` it starts at a fixed moment and runs on from there, for tests and demonstrations.
public struct WallClock: Sendable {
  private enum Source: Sendable {
    case machine
    case shifted(by: Duration)
    case given(@Sendable () -> Moment)
  }

  /// How time passes where it does not pass by itself.
  private struct Pace: Sendable {
    let elapsed: @Sendable () -> ContinuousClock.Instant
    let sleep: @Sendable (Duration) async throws -> Void
  }

  private let source: Source
  /// Nil: the machine's.
  private let pace: Pace?

  /// The machine's own clock.
  public static let system = WallClock(source: .machine)

  private init(source: Source, pace: Pace? = nil) {
    self.source = source
    self.pace = pace
  }

  /// A clock that shows `start` now and runs on at the machine's pace.
  public init(startingAt start: Timestamp) {
    self.init(source: .shifted(by: start - Self.machineNow()))
  }

  /// A clock that shows what it is told: for simulations, in which clocks are set.
  public init(showing moment: @escaping @Sendable () -> Moment) {
    self.init(source: .given(moment))
  }

  /// A clock that shows what it is told, and on which time passes as it is told: for simulations of days in milliseconds.
  /// `elapsed` never falls; `sleep` throws `CancellationError` when its task is cancelled.
  public init(
    showing moment: @escaping @Sendable () -> Moment, elapsed: @escaping @Sendable () -> ContinuousClock.Instant,
    sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.init(source: .given(moment), pace: Pace(elapsed: elapsed, sleep: sleep))
  }

  /// The moment by which durations are measured. It never falls, and counts a suspended machine's time too.
  public func elapsed() -> ContinuousClock.Instant { pace?.elapsed() ?? .now }

  /// Lets `time` pass. Throws `CancellationError` as soon as the task is cancelled.
  public func sleep(for time: Duration) async throws {
    guard let pace else { return try await Task.sleep(for: time) }
    try await pace.sleep(time)
  }

  /// Whether the clock was started at a fixed moment instead of following the machine's.
  public var isShifted: Bool {
    switch source {
    case .machine: false
    case .shifted, .given: true
    }
  }

  /// What it shows now, to the millisecond. It may be earlier than what it showed before.
  public func now() -> Timestamp {
    switch source {
    case .machine: Self.machineNow()
    case .shifted(let offset): Self.machineNow() + offset
    case .given(let moment): moment().wall
    }
  }

  /// Now, on both clocks.
  public func moment() -> Moment {
    switch source {
    case .machine: Moment(wall: now(), bootID: Self.bootID, sinceBoot: Self.sinceBoot())
    case .shifted: Moment(wall: now(), bootID: nil, sinceBoot: nil)
    case .given(let moment): moment()
    }
  }

  private static func machineNow() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  private static func sinceBoot() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
  }

  /// Linux names each boot by a random UUID.
  private static let bootID: String? = {
    let file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 36)
    guard read(file, &bytes, 36) == 36 else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }()
}

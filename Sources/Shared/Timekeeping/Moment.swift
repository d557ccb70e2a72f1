#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// One moment on two clocks: the wall clock, which people read and which may jump, and the time since the machine was
/// started, which never does (`CLOCK_BOOTTIME`, suspended time included) but means something within one boot only.
public struct Moment: Sendable, Equatable {
  public let wall: Timestamp
  /// Names the boot of the machine; nil where it cannot be told, or when the wall clock is shifted for a test.
  public let bootID: String?
  public let sinceBoot: Duration?

  public init(wall: Timestamp, bootID: String?, sinceBoot: Duration?) {
    self.wall = wall
    self.bootID = sinceBoot == nil ? nil : bootID
    self.sinceBoot = bootID == nil ? nil : sinceBoot
  }
}

extension WallClock {
  /// Now, on both clocks.
  public func moment() -> Moment {
    guard !isShifted, let bootID = Self.bootID else { return Moment(wall: now(), bootID: nil, sinceBoot: nil) }
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return Moment(
      wall: now(), bootID: bootID,
      sinceBoot: .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec)))
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

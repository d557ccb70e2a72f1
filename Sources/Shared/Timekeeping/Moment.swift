/// One moment on two clocks: the wall clock, which people read and which may jump, and the time since the machine was
/// started, which never does (`CLOCK_BOOTTIME`, suspended time included) but means something within one boot only.
public struct Moment: Sendable, Equatable {
  /// By the wall clock.
  public let wall: Timestamp
  /// Names the boot of the machine; nil where it cannot be told, or when the wall clock is shifted for a test.
  public let bootID: String?
  /// How long the machine is up; nil with `bootID`.
  public let sinceBoot: Duration?

  /// Without one of `bootID` and `sinceBoot` the other says nothing and is left out.
  public init(wall: Timestamp, bootID: String?, sinceBoot: Duration?) {
    self.wall = wall
    self.bootID = sinceBoot == nil ? nil : bootID
    self.sinceBoot = bootID == nil ? nil : sinceBoot
  }

  /// How long ago `earlier` was. Within one boot of the machine it is exact, however the wall clock was set; otherwise it is
  /// what the wall clock says, which may be negative.
  public func elapsed(since earlier: Moment) -> Duration {
    if let bootID, bootID == earlier.bootID, let now = sinceBoot, let then = earlier.sinceBoot { return now - then }
    return wall - earlier.wall
  }
}

/// From when until when, and on which days of the week, business is done.
public struct BusinessHours: Sendable, Equatable {
  /// Nine to five, Monday to Friday.
  public static let usual = BusinessHours(opening: 9 * 60, closing: 17 * 60)

  /// Minutes since midnight by the clock on the wall, 0–1439.
  public let opening: Int
  /// As `opening`, later than it; 1440 is midnight. Business ends when the clock first shows it.
  public let closing: Int
  /// Empty: business is never open.
  public let days: Set<Weekday>

  /// Opening must come before closing, both within one day.
  public init(
    opening: Int, closing: Int, days: Set<Weekday> = [.monday, .tuesday, .wednesday, .thursday, .friday]
  ) {
    precondition(0 <= opening && opening < closing && closing <= 1440, "business opens before it closes")
    self.opening = opening
    self.closing = closing
    self.days = days
  }
}

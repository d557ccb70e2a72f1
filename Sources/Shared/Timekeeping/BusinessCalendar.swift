public import Foundation

/// Days of the zone in which the business runs: the day of the daily limit.
public struct BusinessCalendar: Sendable {
  /// Whose midnight begins a day.
  public let zone: TimeZone
  private let calendar: Calendar

  /// `zone`: an IANA name such as `America/New_York`. Nil when this machine does not know it.
  public init?(zone name: String) {
    guard let zone = TimeZone(identifier: name) else { return nil }
    self.zone = zone
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    self.calendar = calendar
  }

  /// The day of a moment, `YYYY-MM-DD`.
  public func day(of time: Timestamp) -> String {
    let parts = calendar.dateComponents([.year, .month, .day], from: date(time))
    let (year, month, day) = (parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
  }

  private func date(_ time: Timestamp) -> Date {
    Date(timeIntervalSince1970: Double(time.milliseconds) / 1000)
  }

  private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

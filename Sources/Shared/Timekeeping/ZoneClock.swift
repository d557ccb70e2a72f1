public import Foundation

/// The clock on the wall of a time zone: what it shows, and when it first shows something.
public struct ZoneClock: Sendable {
  /// By the time zone database that Foundation brings along.
  public let zone: TimeZone

  private static let minute: Int64 = 60_000
  private static let day: Int64 = 86_400_000
  /// No zone is further from UTC (the furthest are 12 hours behind and 14 ahead), with an hour to spare.
  private static let offsetMax: Int64 = 15 * 3_600_000

  /// `name`: an IANA name such as `America/New_York`. Nil when this machine does not know it.
  public init?(zone name: String) {
    guard let zone = TimeZone(identifier: name) else { return nil }
    self.zone = zone
  }

  /// The day on which a moment falls.
  public func day(of time: Timestamp) -> CivilDay {
    let shown = time.milliseconds + offset(at: time.milliseconds)
    return CivilDay(number: Int(shown >= 0 ? shown / Self.day : (shown - Self.day + 1) / Self.day))
  }

  /// `HH:MM` as the clock shows it, 24 hours.
  public func timeOfDay(at time: Timestamp) -> String {
    let (hour, minute) = minuteOfDay(at: time).quotientAndRemainder(dividingBy: 60)
    return "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
  }

  /// Minutes since midnight as the clock shows it, 0–1439.
  public func minuteOfDay(at time: Timestamp) -> Int {
    let shown = time.milliseconds + offset(at: time.milliseconds)
    return Int((shown - Int64(day(of: time).number) * Self.day) / Self.minute)
  }

  /// The short name of the zone at that moment as people in the United States write it: `EST`, `EDT`, and `GMT+1` where they
  /// have no name.
  public func abbreviation(at time: Timestamp) -> String {
    let isDaylightSaving = zone.isDaylightSavingTime(for: Self.date(time.milliseconds))
    let name = zone.localizedName(
      for: isDaylightSaving ? .shortDaylightSaving : .shortStandard, locale: Locale(identifier: "en_US"))
    return name ?? zone.identifier
  }

  /// The first moment at which the clock shows this time of this day, or has gone past it. Of an hour that is left out in
  /// spring it is the end of the gap, of one that comes twice in autumn the first.
  ///
  /// `minutes` since midnight by the clock's face, 0–1440. It never falls when `minutes` or the day grows.
  public func firstMoment(of day: CivilDay, minutes: Int) -> Timestamp {
    let shown = Int64(day.number) * Self.day + Int64(minutes) * Self.minute
    let before = offset(at: shown - Self.offsetMax)
    let after = offset(at: shown + Self.offsetMax)
    guard before != after else { return Timestamp(milliseconds: shown - before) }
    let change = momentOfChange(from: shown - Self.offsetMax, to: shown + Self.offsetMax)
    if shown < change + before { return Timestamp(milliseconds: shown - before) }
    return Timestamp(milliseconds: max(change, shown - after))
  }

  /// When the offset changes between two moments that differ in it: by halving, to the millisecond. No zone changes twice
  /// within thirty hours.
  private func momentOfChange(from early: Int64, to late: Int64) -> Int64 {
    var (low, high) = (early, late)
    let before = offset(at: low)
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if offset(at: middle) == before { low = middle } else { high = middle }
    }
    return high
  }

  /// Milliseconds east of UTC.
  private func offset(at milliseconds: Int64) -> Int64 {
    Int64(zone.secondsFromGMT(for: Self.date(milliseconds))) * 1000
  }

  private static func date(_ milliseconds: Int64) -> Date {
    Date(timeIntervalSince1970: Double(milliseconds) / 1000)
  }
}

import Foundation

/// The clocks of one zone, in whole seconds since 1970: UTC on one side, what the clocks show on the other.
///
/// Between two changes of the clocks lies more than a day, and no change exceeds three hours; both hold for every zone since
/// zones are kept by IANA names, but for a few days on which a country moved across the date line: such a day is skipped.
struct CronClock: Sendable {
  private static let day: Int64 = 86_400
  private static let changeMax: Int64 = 3 * 3600

  private let zone: TimeZone

  init(_ zone: TimeZone) {
    self.zone = zone
  }

  /// What the clocks are ahead of UTC at a moment.
  func offset(at moment: Int64) -> Int64 {
    Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment))))
  }

  /// The first moment at which the clocks show `local` or more: of a time that comes twice the first, of one that is
  /// skipped the first after the gap.
  func firstMoment(showing local: Int64) -> Int64 {
    let (earlier, later) = (local - Self.day, local + Self.day)
    let (before, after) = (offset(at: earlier), offset(at: later))
    guard before != after else { return local - before }
    let change = change(after: earlier, until: later)
    if local < change + before { return local - before }
    return max(change, local - after)
  }

  /// The second coming of the times that come twice, in UTC, if one lies less than three hours from `moment`.
  func repetition(near moment: Int64) -> Range<Int64>? {
    let (earlier, later) = (moment - Self.changeMax, moment + Self.changeMax)
    let (before, after) = (offset(at: earlier), offset(at: later))
    guard after < before else { return nil }
    let change = change(after: earlier, until: later)
    return change..<change + before - after
  }

  /// The first moment with another offset than `start` has; there is one by `end`.
  private func change(after start: Int64, until end: Int64) -> Int64 {
    let before = offset(at: start)
    var (low, high) = (start, end)
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if offset(at: middle) == before { low = middle } else { high = middle }
    }
    return high
  }
}

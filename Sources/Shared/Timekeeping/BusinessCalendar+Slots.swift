/// A stretch of business time within one day.
public struct BusinessSlot: Sendable, Hashable {
  /// On which it lies.
  public let day: CivilDay
  /// Never empty.
  public let period: Range<Timestamp>

  /// How long it lasts.
  public var duration: Duration { period.upperBound - period.lowerBound }
}

extension BusinessCalendar {
  /// The business time ahead of `time`, cut into slots: each day from its opening on into pieces of `length`, the last of
  /// which may be shorter, as no slot goes beyond closing. The first slot returned is the one at work, cut at `time`, or the
  /// first of the next business day.
  ///
  /// At most `count` of them; fewer where business is closed for more than 400 days. `length` above zero.
  public func slots(from time: Timestamp, count: Int, of length: Duration) -> [BusinessSlot] {
    precondition(length > .zero, "a slot takes time")
    var slots: [BusinessSlot] = []
    var start = time
    while slots.count < count {
      guard let (day, period) = periods(from: start).first(where: { _ in true }) else { break }
      append(day, period, from: time, length, to: &slots, upTo: count)
      start = period.upperBound
    }
    return slots
  }

  private func append(
    _ day: CivilDay, _ period: Range<Timestamp>, from time: Timestamp, _ length: Duration,
    to slots: inout [BusinessSlot], upTo count: Int
  ) {
    var start = period.lowerBound
    while start < period.upperBound, slots.count < count {
      let end = min(start + length, period.upperBound)
      if end > time { slots.append(BusinessSlot(day: day, period: max(start, time)..<end)) }
      start = end
    }
  }

  /// How much business time lies between two moments; zero when `end` is not later.
  public func businessTime(from start: Timestamp, to end: Timestamp) -> Duration {
    guard start < end else { return .zero }
    let days = clock.day(of: start).number - 1...clock.day(of: end).number + 1
    return days.lazy.compactMap { period(of: CivilDay(number: $0)) }.reduce(.zero) { sum, period in
      let common = period.clamped(to: start..<end)
      return sum + (common.upperBound - common.lowerBound)
    }
  }

  /// The moment at which so much business time has passed since `time`: the closing of a day rather than the next opening.
  /// Nil when business is closed for more than 400 days before. `span` zero or more; for zero it is `time` itself.
  public func moment(after span: Duration, ofBusinessSince time: Timestamp) -> Timestamp? {
    var (left, start) = (span, time)
    while left > .zero {
      guard let (_, period) = periods(from: start).first(where: { _ in true }) else { return nil }
      start = max(start, period.lowerBound)
      let available = period.upperBound - start
      if left <= available { return start + left }
      left -= available
      start = period.upperBound
    }
    return start
  }
}

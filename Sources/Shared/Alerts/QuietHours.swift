package import Timekeeping

/// The hours of a day in which only severe alerts are told. The end is no part of them; an end before the beginning is one of
/// the next day.
package struct QuietHours: Sendable, Equatable {
  /// Minutes since midnight by the clock of the business, 0–1439.
  package let start: Int
  package let end: Int

  /// `start` and `end` differ.
  package init(start: Int, end: Int) {
    precondition(start != end && (0..<1440).contains(start) && (0..<1440).contains(end), "quiet hours begin and end")
    self.start = start
    self.end = end
  }

  /// Whether the clock shows a time within them.
  package func contains(_ time: Timestamp, by clock: ZoneClock) -> Bool {
    let shown = clock.minuteOfDay(at: time)
    return start < end ? (start..<end).contains(shown) : shown >= start || shown < end
  }
}

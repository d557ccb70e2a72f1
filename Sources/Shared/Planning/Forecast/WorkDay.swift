package import Timekeeping

/// A day on which business is done, from opening to closing.
package struct WorkDay: Sendable, Equatable, Codable {
  /// `YYYY-MM-DD` in the configured zone.
  package var day: String
  /// 1 Monday … 7 Sunday (ISO 8601).
  package var weekday: Int
  package var opening: Timestamp
  /// After `opening`.
  package var closing: Timestamp

  package init(day: String, weekday: Int, opening: Timestamp, closing: Timestamp) {
    precondition((1...7).contains(weekday) && opening < closing)
    self.day = day
    self.weekday = weekday
    self.opening = opening
    self.closing = closing
  }

  /// How long business is open on it.
  package var length: Duration { closing - opening }
}

/// A piece of the business time ahead.
package struct DemandSlot: Sendable, Equatable {
  package var start: Timestamp
  /// 1 Monday … 7 Sunday.
  package var weekday: Int
  /// How much of its day's business time it is, above 0 and at most 1.
  package var share: Double

  package init(start: Timestamp, weekday: Int, share: Double) {
    self.start = start
    self.weekday = weekday
    self.share = share
  }
}

extension [WorkDay] {
  /// The business time from `now` on, in slots of `length` that begin at each opening; the first and the last of a day may
  /// be shorter. In order, at most as many days as there are.
  package func slots(of length: Duration, from now: Timestamp) -> [DemandSlot] {
    precondition(length > .zero)
    return flatMap { day -> [DemandSlot] in
      guard now < day.closing else { return [] }
      var slots: [DemandSlot] = []
      var start = day.opening
      while start < day.closing {
        let end = Swift.min(start + length, day.closing)
        if now < end {
          let begin = Swift.max(start, now)
          slots.append(
            DemandSlot(start: begin, weekday: day.weekday, share: (end - begin) / day.length))
        }
        start = end
      }
      return slots
    }
  }

  /// The first so much business time from `now` on: one piece a day.
  package func window(of length: Duration, from now: Timestamp) -> [DemandSlot] {
    var left = length
    var pieces: [DemandSlot] = []
    for day in self where now < day.closing && left > .zero {
      let start = Swift.max(day.opening, now)
      let piece = Swift.min(day.closing - start, left)
      pieces.append(DemandSlot(start: start, weekday: day.weekday, share: piece / day.length))
      left -= piece
    }
    return pieces
  }
}

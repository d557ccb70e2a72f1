package import Leads

/// How many leads of one class agents took on one business day.
package struct DailyUptake: Sendable, Equatable, Codable {
  package var day: String
  /// 1 Monday … 7 Sunday.
  package var weekday: Int
  /// Leads, ≥ 0; nil: unknown, because no reading separates this day from its neighbours.
  package var count: Int?
  /// Whether the stock was used up at the end of the day: agents might have taken more.
  package var isCensored: Bool

  package init(day: String, weekday: Int, count: Int?, isCensored: Bool = false) {
    self.day = day
    self.weekday = weekday
    self.count = count
    self.isCensored = isCensored
  }

  private enum CodingKeys: String, CodingKey {
    case day, weekday, count
    case isCensored = "is_censored"
  }
}

/// What the store knows about the end of one business day.
package struct DayEnd: Sendable, Equatable {
  package var day: String
  /// 1 Monday … 7 Sunday.
  package var weekday: Int
  /// Available leads by the last accepted reading since the business day before; nil: there was none.
  package var available: PerClass<Int>?
  /// Leads we created in the CRM since the last day that has a reading.
  package var arrivals: PerClass<Int>

  package init(day: String, weekday: Int, available: PerClass<Int>?, arrivals: PerClass<Int>) {
    self.day = day
    self.weekday = weekday
    self.available = available
    self.arrivals = arrivals
  }
}

extension DailyUptake {
  /// `d_t = A_{t−1} + arrivals_t − A_t`, floored at 0, of each class. `days`: business days in order without a gap. Days whose
  /// reading or whose predecessor's reading is missing are unknown; the list begins after the first reading.
  package static func series(_ days: [DayEnd]) -> PerClass<[DailyUptake]> {
    guard let first = days.firstIndex(where: { $0.available != nil }) else { return PerClass(repeating: []) }
    return PerClass(repeating: 0).map { leadClass, _ in
      days.indices.dropFirst(first + 1).map { index in
        let day = days[index]
        guard let now = day.available, let before = days[index - 1].available else {
          return DailyUptake(day: day.day, weekday: day.weekday, count: nil)
        }
        let taken = before[leadClass] + day.arrivals[leadClass] - now[leadClass]
        return DailyUptake(
          day: day.day, weekday: day.weekday, count: max(0, taken), isCensored: now[leadClass] == 0)
      }
    }
  }
}

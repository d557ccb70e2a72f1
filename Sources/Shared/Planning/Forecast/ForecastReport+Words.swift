package import Timekeeping

extension ForecastReport.Times {
  /// `Tuesday 14:00 EST (80 %: Tue 11:00 – Wed 10:00)`; nil when it is further away than the forecast reaches.
  package func words(by calendar: BusinessCalendar, seenFrom now: Timestamp) -> String? {
    guard let median else { return nil }
    let from = earliest.map { calendar.shortWords(for: $0, seenFrom: now) } ?? "later"
    let to = latest.map { calendar.shortWords(for: $0, seenFrom: now) } ?? "later"
    return "\(calendar.words(for: median, seenFrom: now)) (80 %: \(from) – \(to))"
  }
}

package import Timekeeping

extension BusinessCalendar {
  /// The business days from `time` on, the one at work first, at most `count` of them; fewer where business is closed for
  /// more than 400 days.
  package func workDays(from time: Timestamp, count: Int) -> [WorkDay] {
    collect(count: count, from: clock.day(of: time), step: 1) { $0.closing > time }
  }

  /// The last `count` business days that are over at `time`, in order; fewer where business was closed for more than 400
  /// days.
  package func workDays(until time: Timestamp, count: Int) -> [WorkDay] {
    collect(count: count, from: clock.day(of: time), step: -1) { $0.closing <= time }.reversed()
  }

  private func collect(
    count: Int, from first: CivilDay, step: Int, where isWanted: (WorkDay) -> Bool
  ) -> [WorkDay] {
    let closedDaysMax = 400
    var (found, day, closed) = ([WorkDay](), first, 0)
    while found.count < count, closed <= closedDaysMax {
      if let workDay = workDay(day), isWanted(workDay) {
        found.append(workDay)
        closed = 0
      } else {
        closed += 1
      }
      day = day.advanced(by: step)
    }
    return found
  }

  private func workDay(_ day: CivilDay) -> WorkDay? {
    guard let period = period(of: day), let place = Weekday.allCases.firstIndex(of: day.weekday) else { return nil }
    return WorkDay(day: "\(day)", weekday: place + 1, opening: period.lowerBound, closing: period.upperBound)
  }
}

import Leads
import Planning
import Timekeeping

/// Business days, Monday to Friday from nine to five, without a zone: the first one is a Monday.
func workDays(_ count: Int) -> [WorkDay] {
  (0..<count).map { index in
    let opening = Timestamp(milliseconds: Int64((index / 5 * 7 + index % 5) * 24 + 9) * 3_600_000)
    return WorkDay(
      day: "day \(index)", weekday: index % 5 + 1, opening: opening, closing: opening + .seconds(8 * 3600))
  }
}

/// So many leads on each business day from a Monday on.
func uptake(_ counts: [Int?]) -> [DailyUptake] {
  zip(workDays(counts.count), counts).map { DailyUptake(day: $0.day, weekday: $0.weekday, count: $1) }
}

extension DemandModel {
  /// The model of the goals: weekly season 5:4:4:4:3, A+ intermittent with a mean interval of 1.5 days, variance twice the
  /// mean.
  static let goals = DemandModel(
    classes: PerClass(
      aPlus: ClassDemand(dailyMean: 4, dispersion: 2, interval: 1.5), a: ClassDemand(dailyMean: 10, dispersion: 2),
      b: ClassDemand(dailyMean: 6, dispersion: 2)),
    week: [5, 4, 4, 4, 3, 0, 0])
}

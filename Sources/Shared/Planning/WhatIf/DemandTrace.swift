package import Leads

/// What agents ask for along business days, step by step: the same demand for every configuration that is tried on it.
package struct DemandTrace: Sendable, Equatable {
  package struct Day: Sendable, Equatable {
    package var workDay: WorkDay
    /// Leads asked for in each of the equal steps from opening to closing.
    package var steps: [PerClass<Int>]

    package init(workDay: WorkDay, steps: [PerClass<Int>]) {
      self.workDay = workDay
      self.steps = steps
    }

    package var total: PerClass<Int> {
      steps.reduce(into: PerClass(repeating: 0)) { sum, step in
        for leadClass in LeadClass.allCases { sum[leadClass] += step[leadClass] }
      }
    }
  }

  /// In order.
  package var days: [Day]

  package init(days: [Day]) {
    self.days = days
  }

  /// How many steps a day has: five minutes each of an eight-hour day.
  package static let stepsPerDay = 96

  /// The recorded uptake, spread evenly over each day. A day of which nothing is known is left out, and so is one that has
  /// no working hours any more.
  package init(recorded uptake: PerClass<[DailyUptake]>, days: [WorkDay]) {
    let byDay = uptake.map { _, series in
      Dictionary(series.map { ($0.day, $0.count) }, uniquingKeysWith: { first, _ in first })
    }
    self.days = days.compactMap { workDay in
      let counts = byDay.map { _, series in series[workDay.day] ?? nil }
      guard let aPlus = counts.aPlus, let a = counts.a, let b = counts.b else { return nil }
      let totals = PerClass(aPlus: aPlus, a: a, b: b)
      let steps = (0..<DemandTrace.stepsPerDay).map { step in
        totals.map { _, count in
          (step + 1) * count / DemandTrace.stepsPerDay - step * count / DemandTrace.stepsPerDay
        }
      }
      return Day(workDay: workDay, steps: steps)
    }
  }
}

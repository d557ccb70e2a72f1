import Leads
import Planning
import Testing
import Timekeeping

/// What forecasting is for, measured: on the demand of `DemandModel.goals`, which the forecasts do not know.
@Suite("The goals of forecasting")
struct ForecastGoalTests {
  private struct Sums {
    var hoursBelow = 0.0
    var uploads = 0
    var leads = 0

    mutating func add(_ outcome: WhatIfOutcome) {
      hoursBelow += outcome.hoursBelowMinimum
      uploads += outcome.uploads
      leads += outcome.leadsUploaded
    }
  }

  @Test("Over 50 simulated years hours below minimum fall by at least 80 %, at no more than 10 % more uploads")
  func hoursBelowMinimum() {
    let year = workDays(260)
    let start = WhatIfStart(
      available: PerClass(aPlus: 30, a: 75, b: 45), activeAgents: 3, supply: PerClass(repeating: 100_000))
    let thresholds = WhatIfRules(policy: Policy(), checkInterval: .seconds(1800))
    var forecasting = thresholds
    forecasting.policy.forecasting = Policy.Forecasting()
    var (without, with) = (Sums(), Sums())
    for seed in 1...50 as ClosedRange<UInt64> {
      var random = SeededDraws(seed: seed)
      let trace = DemandModel.goals.trace(of: year, using: &random)
      without.add(WhatIf.run(trace, rules: thresholds, from: start))
      with.add(WhatIf.run(trace, rules: forecasting, from: start))
    }
    #expect(without.hoursBelow > 50, "the thresholds alone leave something to improve")
    #expect(with.hoursBelow <= 0.2 * without.hoursBelow, "\(with.hoursBelow) of \(without.hoursBelow) hours")
    #expect(Double(with.uploads) <= 1.1 * Double(without.uploads), "\(with.uploads) of \(without.uploads) runs")
    #expect(Double(with.leads) <= 1.1 * Double(without.leads), "\(with.leads) of \(without.leads) leads")
  }

  @Test("The 80 % band of a run-out holds the truth in 75–90 % of 500 trials", arguments: LeadClass.allCases)
  func band(leadClass: LeadClass) {
    let (past, trials) = (60, 500)
    var held = 0
    for trial in 0..<trials {
      var random = SeededDraws(seed: UInt64(10_000 + trial))
      let days = workDays(past + 60)
      let trace = DemandModel.goals.trace(of: days, using: &random)
      let history = trace.days[..<past].map {
        DailyUptake(day: $0.workDay.day, weekday: $0.workDay.weekday, count: $0.total[leadClass])
      }
      guard let forecast = ClassForecast(learning: history) else {
        Issue.record("60 days are enough")
        return
      }
      // From two and a half days' demand to seven and a half.
      let stock = Int(DemandModel.goals.classes[leadClass].dailyMean * (2.5 + 5 * Double(trial % 10) / 9))
      let ahead = Array(days[past...])
      let slots = ahead.slots(of: .seconds(1800), from: ahead[0].opening)
      let runOut = RunOut(stock: stock, outlook: DemandOutlook(forecast, slots: slots))
      let truth = Self.slot(using: stock, leadClass, of: trace.days[past...])
      if truth >= runOut.earliest ?? .max, truth <= runOut.latest ?? .max { held += 1 }
    }
    let share = Double(held) / Double(trials)
    #expect((0.75...0.9).contains(share), "\(leadClass.rawValue): \(share)")
  }

  /// The half hour in which the last of `stock` leads was in fact asked for.
  private static func slot(using stock: Int, _ leadClass: LeadClass, of days: ArraySlice<DemandTrace.Day>) -> Int {
    var left = stock
    for (index, step) in days.lazy.flatMap(\.steps).enumerated() {
      left -= step[leadClass]
      if left <= 0 { return index * 16 / DemandTrace.stepsPerDay }
    }
    return .max
  }
}

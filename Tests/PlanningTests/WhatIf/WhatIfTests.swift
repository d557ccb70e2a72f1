import Leads
import Planning
import Testing
import Timekeeping

@Suite("What-if")
struct WhatIfTests {
  private static let start = WhatIfStart(
    available: PerClass(aPlus: 30, a: 75, b: 45), activeAgents: 3, supply: PerClass(repeating: 100_000))

  private func trace(_ seed: UInt64, days: Int = 65) -> DemandTrace {
    var random = SeededDraws(seed: seed)
    return DemandModel.goals.trace(of: workDays(days), using: &random)
  }

  private func rules(_ change: (inout Policy) -> Void = { _ in }) -> WhatIfRules {
    var policy = Policy()
    change(&policy)
    return WhatIfRules(policy: policy, checkInterval: .seconds(1800))
  }

  @Test("No lead appears or vanishes: start and uploads are what was taken and what is left")
  func books() {
    for seed in 1...20 as ClosedRange<UInt64> {
      let trace = trace(seed)
      let outcome = WhatIf.run(trace, rules: rules(), from: Self.start)
      let asked = trace.days.reduce(into: PerClass(repeating: 0)) { sum, day in
        for leadClass in LeadClass.allCases { sum[leadClass] += day.total[leadClass] }
      }
      for leadClass in LeadClass.allCases {
        let ofClass = outcome.classes[leadClass]
        #expect(ofClass.taken + ofClass.unmet == asked[leadClass])
        #expect(ofClass.taken <= Self.start.available[leadClass] + ofClass.uploaded)
      }
      #expect(outcome.days.reduce(0) { $0 + $1.uploaded } == outcome.leadsUploaded)
      #expect(abs(outcome.businessHours - 65 * 8) < 1e-6)
    }
  }

  @Test("Equal seeds give equal outcomes, another seed another one")
  func deterministic() {
    let outcome = WhatIf.run(trace(7), rules: rules(), from: Self.start)
    #expect(WhatIf.run(trace(7), rules: rules(), from: Self.start) == outcome)
    #expect(WhatIf.run(trace(8), rules: rules(), from: Self.start) != outcome)
  }

  @Test("The daily limit holds here too, in business hours and over nights and weekends")
  func limits() {
    var tight = rules {
      $0.maxDailyUploads = 12
      $0.minUploadBatch = 1
    }
    // Thirteen weeks.
    let always = WhatIf.run(trace(3), rules: tight, from: Self.start)
    #expect(always.leadsUploaded <= 13 * 7 * 12)
    #expect((always.held["daily_limit"] ?? 0) > 0)
    tight.respectsBusinessHours = true
    let open = WhatIf.run(trace(3), rules: tight, from: Self.start)
    #expect(open.days.allSatisfy { $0.uploaded <= 12 })
    #expect(open.leadsUploaded < always.leadsUploaded)
    #expect(open.stockOuts > 0)
  }

  @Test("Without supply stock runs out once a class, and the day is named")
  func noSupply() {
    var start = Self.start
    start.supply = PerClass(repeating: 0)
    let outcome = WhatIf.run(trace(3), rules: rules(), from: start)
    #expect(outcome.uploads == 0)
    #expect(outcome.classes.map { $1.stockOuts } == PerClass(repeating: 1))
    #expect(outcome.sourcesUsedUpOn != nil)
    #expect(outcome.classes.map { $1.taken } == start.available)
  }

  @Test("Held to business hours it uploads in them alone")
  func businessHours() {
    var always = rules()
    always.respectsBusinessHours = false
    var open = rules()
    open.respectsBusinessHours = true
    // Six times the minimums missing at closing on the first day: a night's work, or the next day's.
    let quiet = DemandTrace(
      days: workDays(2).map {
        DemandTrace.Day(workDay: $0, steps: [PerClass(repeating: 0), PerClass(aPlus: 40, a: 0, b: 0)])
      })
    let start = WhatIfStart(
      available: PerClass(aPlus: 40, a: 75, b: 45), activeAgents: 3, supply: PerClass(repeating: 1000))
    let night = WhatIf.run(quiet, rules: always, from: start)
    let day = WhatIf.run(quiet, rules: open, from: start)
    #expect(night.days[0].uploaded > 0)
    #expect(day.days[0].uploaded == 0)
    #expect(day.days[1].uploaded > 0)
  }

  @Test("Recorded days are replayed with what was taken on them; unknown days are left out")
  func recorded() {
    let days = workDays(4)
    let series = uptake([10, nil, 0, 7])
    let trace = DemandTrace(recorded: PerClass(repeating: series), days: days)
    #expect(trace.days.map(\.workDay) == [days[0], days[2], days[3]])
    #expect(trace.days.map { $0.total.a } == [10, 0, 7])
    #expect(trace.days[0].steps.count == DemandTrace.stepsPerDay)
    #expect(trace.days[0].steps.allSatisfy { $0.a <= 1 })
  }

  @Test("Drawn demand has the mean, the season, the intervals and the variance of its model")
  func model() {
    let days = workDays(20_000)
    var random = SeededDraws(seed: 11)
    let totals = DemandModel.goals.trace(of: days, using: &random).days.map(\.total)
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    #expect(abs(mean(totals.map { Double($0.a) }) - 10) < 0.1)
    #expect(abs(mean(totals.map { Double($0.aPlus) }) - 4) < 0.1)
    let mondays = stride(from: 0, to: totals.count, by: 5).map { Double(totals[$0].a) }
    #expect(abs(mean(mondays) - 12.5) < 0.3)
    let middle = mean(mondays)
    #expect(abs(mean(mondays.map { ($0 - middle) * ($0 - middle) }) / middle - 2) < 0.2)
    // Idle: a third of the days, and of the others those without demand by chance: 2⁻⁶ to 2⁻⁴·⁵, one in 52.
    let idle = Double(totals.count { $0.aPlus == 0 }) / Double(totals.count)
    #expect(abs(idle - (1.0 / 3 + 2.0 / 3 / 52)) < 0.012)
  }
}

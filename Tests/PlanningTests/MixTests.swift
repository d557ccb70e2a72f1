import Leads
import Planning
import Testing

@Suite("Mix")
struct MixTests {
  private func conversion(_ aPlus: (Int, Int), _ a: (Int, Int), _ b: (Int, Int)) -> PerClass<Conversion> {
    PerClass(
      aPlus: Conversion(won: aPlus.0, lost: aPlus.1), a: Conversion(won: a.0, lost: a.1),
      b: Conversion(won: b.0, lost: b.1))
  }

  private func isNear(_ weights: PerClass<Double>, _ expected: PerClass<Double>) -> Bool {
    LeadClass.allCases.allSatisfy { abs(weights[$0] - expected[$0]) < 1e-12 }
  }

  private func mix(_ policy: Policy, _ conversion: PerClass<Conversion>) -> Mix {
    let performance = Performance(
      policy: policy, stock: .example(total: 0, conversion: conversion), earlier: [:])
    return Mix(policy: policy, conversion: conversion, performance: performance)
  }

  /// A+ 6 of 20, A 4 of 20, B 0 of 10: m = 0.2, so with 50 leads of prior (6 + 10) / 70, (4 + 10) / 70, (0 + 10) / 60,
  /// which is 8/7, 1 and 5/6 of m: factors 15/14, 1 and 11/12, and shares 3/14 : 1/2 : 11/40.
  private var good: PerClass<Conversion> { conversion((6, 14), (4, 16), (0, 10)) }

  @Test("High converters get more, after shrinking: 6 of 20, 4 of 20 and 0 of 10 move 20/50/30 to 21.7/50.5/27.8")
  func adapted() {
    let mix = mix(Policy(), good)
    let sum = 3.0 / 14 + 0.5 + 11.0 / 40
    #expect(mix.adaptation == .adapted)
    #expect(isNear(mix.weights, PerClass(aPlus: 3.0 / 14 / sum, a: 0.5 / sum, b: 11.0 / 40 / sum)))
    let explanation = Planner.plan(.example(Policy.totalOnly, .example(total: 40, conversion: good))).explanation
    #expect(
      explanation.contains(
        "Mix: A+ 21.7 %, A 50.5 %, B 27.8 %, moved by conversion from A+ 20.0 %, A 50.0 %, B 30.0 %"))
    #expect(explanation.contains { $0.hasPrefix("  A+: 6 of 20 won in 30 days, taken for 22.9 % (80 %: ") })
  }

  @Test("The deviation counts for half of itself, and for no more than a quarter: 450 of 500 against 500 of 1000")
  func bounds() {
    // m = 0.5; A+ is taken for (450 + 25) / 550 = 0.8636, 73 % above m: the bound of 50 % adds a quarter. A likewise.
    let mix = mix(Policy(), conversion((450, 50), (50, 450), (0, 0)))
    #expect(isNear(mix.weights, PerClass(aPlus: 0.25 / 0.925, a: 0.375 / 0.925, b: 0.3 / 0.925)))
  }

  @Test("A class without closed leads counts as average")
  func classWithoutClosed() {
    // m = 0.2; A+ (3 + 10) / 60 = 0.2167, factor 1 + 1/24; A (1 + 10) / 60, factor 1 − 1/24.
    let mix = mix(Policy(), conversion((3, 7), (1, 9), (0, 0)))
    let (aPlus, a) = (0.2 * 25 / 24, 0.5 * 23 / 24)
    let sum = aPlus + a + 0.3
    #expect(isNear(mix.weights, PerClass(aPlus: aPlus / sum, a: a / sum, b: 0.3 / sum)))
  }

  @Test("Without evidence, or switched off, the configured mix holds and the plan says why")
  func notAdapted() {
    var off = Policy()
    off.prioritizeHighPerformers = false
    let cases: [(Policy, PerClass<Conversion>, Mix.Adaptation, String)] = [
      (off, good, .switchedOff, "business_rules.prioritize_high_performers is off"),
      (Policy(), conversion((0, 0), (0, 0), (0, 0)), .noClosedLeads, "no lead closed in the last 30 days"),
      (Policy(), conversion((0, 4), (0, 1), (0, 0)), .noneWon, "no lead won in the last 30 days"),
      (Policy(), conversion((4, 0), (0, 0), (1, 0)), .allWon, "every closed lead won in the last 30 days"),
    ]
    for (policy, conversion, adaptation, words) in cases {
      let mix = mix(policy, conversion)
      #expect(mix.adaptation == adaptation)
      #expect(mix.weights == PerClass(aPlus: 0.2, a: 0.5, b: 0.3))
      let plan = Planner.plan(.example(policy, .example(total: 10, conversion: conversion)))
      #expect(plan.explanation.contains { $0.hasPrefix("Mix: ") && $0.hasSuffix("not moved by conversion: \(words)") })
    }
  }

  @Test("Law: weights are never negative, sum to 1, and stay between half and twice their share")
  func law() {
    let failures = broken { random in
      var policy = Policy()
      policy.mix = random.mix()
      let won = random.perClass(0...30)
      let lost = random.perClass(0...30)
      let mix = mix(policy, won.map { leadClass, count in Conversion(won: count, lost: lost[leadClass]) })
      // The factors lie in 0.75...1.25, so after renormalising in 0.6...1.67.
      return abs(mix.weights.sum - 1) < 1e-9
        && LeadClass.allCases.allSatisfy {
          mix.weights[$0] >= mix.base[$0] * 0.599 && mix.weights[$0] <= mix.base[$0] * 1.668
        }
    }
    #expect(failures.isEmpty)
  }

  @Test("Law: conversion never moves the number of leads")
  func onlyTheMix() {
    let failures = broken { random in
      let won = random.perClass(0...30)
      let conversion = won.map { _, count in Conversion(won: count, lost: 30 - count) }
      let stock = Stock.example(total: random.int(0...60))
      var moved = stock
      moved.conversion = conversion
      let supply = random.perClass(0...200)
      return Planner.plan(.example(Policy(), stock, supply: supply)).runSize
        == Planner.plan(.example(Policy(), moved, supply: supply)).runSize
    }
    #expect(failures.isEmpty)
  }
}

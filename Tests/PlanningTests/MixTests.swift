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

  /// A+ 6 of 20, A 4 of 20, B 0 of 10: m = 0.2, so factors 1.25, 1 and 0.75, and shares 0.25 : 0.5 : 0.225.
  private var good: PerClass<Conversion> { conversion((6, 14), (4, 16), (0, 10)) }

  @Test("High converters get more: 6 of 20, 4 of 20 and 0 of 10 move 39 leads to 10/20/9")
  func adapted() {
    let mix = Mix(policy: Policy(), conversion: good)
    #expect(mix.adaptation == .adapted)
    #expect(isNear(mix.weights, PerClass(aPlus: 0.25 / 0.975, a: 0.5 / 0.975, b: 0.225 / 0.975)))
    var policy = Policy.totalOnly
    policy.maxUploadPerRun = 39
    let plan = Planner.plan(.example(policy, .example(total: 40, conversion: good)))
    #expect(plan.targets == PerClass(aPlus: 10, a: 20, b: 9))
    #expect(plan.explanation.contains("  won of closed in the last 30 days: A+ 6 of 20, A 4 of 20, B 0 of 10"))
    #expect(
      plan.explanation.contains(
        "Mix: A+ 25.6 %, A 51.3 %, B 23.1 %, moved by conversion from A+ 20.0 %, A 50.0 %, B 30.0 %"))
  }

  @Test("The deviation counts for half of itself inside the bounds: 24 % against 20 % adds a tenth")
  func insideBounds() {
    // A+ 6 of 25 (0.24), A 4 of 25 (0.16), m = 0.2: factors 1.1 and 0.9.
    let mix = Mix(policy: Policy(), conversion: conversion((6, 19), (4, 21), (0, 0)))
    #expect(isNear(mix.weights, PerClass(aPlus: 0.22 / 0.97, a: 0.45 / 0.97, b: 0.3 / 0.97)))
  }

  @Test("A class without closed leads counts as average")
  func classWithoutClosed() {
    let mix = Mix(policy: Policy(), conversion: conversion((3, 7), (1, 9), (0, 0)))
    #expect(isNear(mix.weights, PerClass(aPlus: 0.25 / 0.925, a: 0.375 / 0.925, b: 0.3 / 0.925)))
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
      let mix = Mix(policy: policy, conversion: conversion)
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
      let mix = Mix(
        policy: policy, conversion: won.map { leadClass, count in Conversion(won: count, lost: lost[leadClass]) })
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

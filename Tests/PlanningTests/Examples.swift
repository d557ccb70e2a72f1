import Leads
import Planning
import Timekeeping

extension Policy {
  /// The demo values of R18.
  static var demo: Policy {
    var policy = Policy()
    policy.minTotal = 120
    policy.targetTotal = 200
    policy.minPerClass = PerClass(aPlus: 15, a: 40, b: 30)
    policy.maxUploadPerRun = 50
    policy.minUploadBatch = 10
    policy.maxDailyUploads = 200
    policy.cooldownMilliseconds = 360_000
    return policy
  }

  /// The defaults of R11–R16, with class minimums that are never the trigger.
  static var totalOnly: Policy {
    var policy = Policy()
    policy.minPerClass = PerClass(repeating: 0)
    return policy
  }
}

extension Stock {
  /// A consistent reading; what is not in a class of ours is on desks.
  static func example(
    total: Int, classes: PerClass<Int> = PerClass(repeating: 0), closed: Int = 0, agents: Int = 3,
    conversion: PerClass<Conversion> = PerClass(repeating: Conversion(won: 0, lost: 0))
  ) -> Stock {
    Stock(
      total: total, available: classes.sum, availablePerClass: classes, availableOther: 0, closed: closed,
      activeAgents: agents, deskLoad: total - classes.sum, conversion: conversion, newestLeadID: Int64(total + closed),
      takenAt: Timestamp(milliseconds: 1_700_000_000_000))
  }
}

extension PlanningInput {
  static func example(
    _ policy: Policy, _ stock: Stock, inFlight: PerClass<Int> = PerClass(repeating: 0),
    supply: PerClass<Int> = PerClass(repeating: 1000), usage: Usage = Usage(), supplyProblem: String? = nil
  ) -> PlanningInput {
    PlanningInput(
      policy: policy, stock: stock, inFlight: inFlight, supply: supply, usage: usage, supplyProblem: supplyProblem)
  }

  /// The golden case of requirements.md: 101 unassigned leads that meet the class minimums, none closed, three agents.
  static var golden: PlanningInput {
    .example(
      .demo, .example(total: 101, classes: PerClass(aPlus: 20, a: 50, b: 31)),
      supply: PerClass(aPlus: 20, a: 50, b: 30))
  }
}

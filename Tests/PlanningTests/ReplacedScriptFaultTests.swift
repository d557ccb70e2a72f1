import Leads
import Planning
import Testing
import Timekeeping

/// The faults of the replaced script that are a matter of planning.
@Suite("Faults of the replaced script")
struct ReplacedScriptFaultTests {
  @Test("D4: a need of 145 under a cap of 100 selects 100")
  func perRunCap() {
    let stock = Stock.example(total: 5, classes: PerClass(aPlus: 1, a: 2, b: 2))
    let plan = Planner.plan(.example(Policy(), stock))
    #expect(plan.need.total == 145)
    #expect(plan.runSize == 100)
    #expect(plan.targets == PerClass(aPlus: 20, a: 50, b: 30))
  }

  @Test("D5: at 499 of 500 at most one lead goes out", arguments: [(499, 0), (0, 499), (490, 9)])
  func dailyRemainder(created: Int, reserved: Int) {
    let usage = PlanningInput.Usage(createdToday: created, reservedToday: reserved)
    let classShort = Stock.example(total: 40, classes: PerClass(aPlus: 0, a: 30, b: 10))
    let plan = Planner.plan(.example(Policy(), classShort, usage: usage))
    #expect(plan.runSize == 1)
    #expect(plan.targets.sum == 1)
    #expect(plan.binding == .daily)

    let held = Planner.plan(.example(.totalOnly, classShort, usage: usage))
    #expect(held.message == "Upload blocked: only 1 of 500 left today, smallest batch is 25")
    #expect(held.runSize == 0)
  }

  @Test("D5: over the limit by created and reserved together is the limit reached, never a negative remainder")
  func overTheLimit() {
    let usage = PlanningInput.Usage(createdToday: 300, reservedToday: 400)
    let plan = Planner.plan(.example(Policy(), .example(total: 5), usage: usage))
    #expect(plan.message == "Daily upload limit reached")
    #expect(plan.caps.first { $0.name == .daily }?.value == 0)
  }

  @Test("D7: the total is of workable leads, the classes of the pool: full desks hide no empty pool")
  func poolAndDesks() {
    let stock = Stock.example(total: 500, classes: PerClass(aPlus: 0, a: 30, b: 20), closed: 9000)
    let plan = Planner.plan(.example(Policy(), stock))
    #expect(plan.reasons == ["A+ leads (0) below minimum (10)"])
    #expect(plan.targets == PerClass(aPlus: 30, a: 0, b: 0))
    let closed = Stock.example(total: 49, classes: PerClass(aPlus: 10, a: 20, b: 19), closed: 9000)
    #expect(Planner.plan(.example(.totalOnly, closed)).reasons == ["Total leads (49) below minimum (50)"])
  }

  @Test("D8: a target below the current total gives no negative count anywhere")
  func targetBelowTotal() {
    let enough = Planner.plan(.example(Policy(), .example(total: 900, classes: PerClass(aPlus: 200, a: 400, b: 300))))
    #expect(enough.decision == .sufficient)
    #expect(enough.targets == PerClass(repeating: 0))

    let stock = Stock.example(total: 900, classes: PerClass(aPlus: 2, a: 500, b: 398))
    var input = PlanningInput.example(Policy(), stock)
    input.stock.activeAgents = 30
    let plan = Planner.plan(input)
    #expect(plan.need.perClass == PerClass(aPlus: 28, a: 0, b: 0))
    #expect(plan.targets == PerClass(aPlus: 28, a: 0, b: 0))
    #expect(plan.caps.allSatisfy { $0.value >= 0 })
  }

  @Test("D9: 33 leads stay 33, as 7/16/10")
  func noTruncation() {
    var policy = Policy.totalOnly
    policy.maxUploadPerRun = 33
    #expect(Planner.plan(.example(policy, .example(total: 40))).targets == PerClass(aPlus: 7, a: 16, b: 10))
  }

  @Test("D9: with only 2 A+ in the sources the other 31 are A and B, as 19/12")
  func refill() {
    var policy = Policy.totalOnly
    policy.maxUploadPerRun = 33
    let plan = Planner.plan(.example(policy, .example(total: 40), supply: PerClass(aPlus: 2, a: 50, b: 30)))
    #expect(plan.targets == PerClass(aPlus: 2, a: 19, b: 12))
    #expect(plan.refill == PerClass(aPlus: -5, a: 3, b: 2))
  }

  @Test("D9: performance adds nothing on top of the target")
  func noBonus() {
    let conversion = PerClass(
      aPlus: Conversion(won: 9, lost: 1), a: Conversion(won: 1, lost: 9), b: Conversion(won: 1, lost: 9))
    let plan = Planner.plan(.example(.totalOnly, .example(total: 49, conversion: conversion)))
    #expect(plan.need.total == 101)
    #expect(plan.targets.sum == 100)
    #expect(plan.targets.aPlus > 20)
  }

  @Test("D10: a clock set back never makes the wait longer than the cooldown", arguments: [-1, -86_400_000, Int64.min])
  func clockSetBack(elapsed: Int64) {
    let usage = PlanningInput.Usage(sinceLastUploadMilliseconds: elapsed)
    #expect(
      Planner.plan(.example(.totalOnly, .example(total: 40), usage: usage)).message
        == "Upload blocked: Must wait 60 minutes")
  }

  @Test("D10: the day is what the ledger says, whatever the wall clock of the reading")
  func dayFromTheLedger() {
    // One minute before and after midnight UTC: the same business day in New York.
    for takenAt: Int64 in [1_700_006_340_000, 1_700_006_460_000] {
      var input = PlanningInput.example(.totalOnly, .example(total: 40), usage: .init(createdToday: 500))
      input.stock.takenAt = Timestamp(milliseconds: takenAt)
      #expect(Planner.plan(input).decision == .blocked(.dailyLimit))
      input.usage.createdToday = 0
      #expect(Planner.plan(input).decision == .upload)
    }
  }
}

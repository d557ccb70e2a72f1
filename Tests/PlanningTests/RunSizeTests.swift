import Leads
import Planning
import Testing

@Suite("Run size")
struct RunSizeTests {
  /// Total 40 of at least 50, target 150: 110 needed, no class short.
  private func input(_ change: (inout PlanningInput) -> Void) -> PlanningInput {
    var input = PlanningInput.example(.totalOnly, .example(total: 40, classes: PerClass(aPlus: 0, a: 40, b: 0)))
    change(&input)
    return input
  }

  @Test("The least cap sets the size and is named with its key")
  func binding() {
    let cases: [(PlanningInput, Int, Cap.Name, String)] = [
      (
        input { $0.policy.maxUploadPerRun = 400 }, 110, .need, "lead_inventory_thresholds.target_total_leads"
      ),
      (input { _ in }, 100, .perRun, "upload_controls.max_upload_per_run"),
      (
        input { $0.usage = .init(createdToday: 300, reservedToday: 140) }, 60, .daily,
        "upload_controls.max_daily_uploads"
      ),
      (
        input { $0.policy.maxPoolLeadsPerAgent = 30 }, 50, .agentsRoom, "business_rules.max_pool_leads_per_agent"
      ),
      (
        input { $0.supply = PerClass(aPlus: 10, a: 20, b: 11) }, 41, .supply, "source_management.source_files"
      ),
    ]
    for (input, size, name, key) in cases {
      let plan = Planner.plan(input)
      #expect(plan.runSize == size)
      #expect(plan.binding == name)
      #expect(plan.caps.first { $0.name == name }?.configurationKey == key)
      #expect(plan.explanation.contains { $0.hasPrefix("Binding") && $0.hasSuffix(", \(key)") })
      let last = key.split(separator: ".").last ?? ""
      #expect(plan.explanation.filter { $0.hasSuffix("← \(last)") }.count == 1)
    }
  }

  @Test("Agents' room counts leads in flight and in other classes, and not the leads on desks")
  func agentsRoom() {
    let plan = Planner.plan(
      input {
        $0.policy.maxPoolLeadsPerAgent = 30
        $0.stock.availablePerClass.a = 20
        $0.stock.available = 25
        $0.stock.availableOther = 5
        $0.inFlight.b = 4
      })
    #expect(plan.caps.first { $0.name == .agentsRoom }?.value == 61)
  }

  @Test("Without avoid_overloading_agents the pool is no cap")
  func agentsMayBeOverloaded() {
    let plan = Planner.plan(
      input {
        $0.policy.maxPoolLeadsPerAgent = 1
        $0.policy.avoidOverloadingAgents = false
      })
    #expect(plan.runSize == 100)
    #expect(!plan.caps.contains { $0.name == .agentsRoom })
  }

  @Test("A small need is raised to the smallest batch: 21 A+ and then, by the mix, 3 A and 1 B")
  func raised() {
    let stock = Stock.example(total: 120, classes: PerClass(aPlus: 9, a: 30, b: 20))
    let plan = Planner.plan(.example(Policy(), stock))
    #expect(plan.need.total == 21)
    #expect(plan.runSize == 25)
    #expect(plan.targets == PerClass(aPlus: 21, a: 3, b: 1))
    #expect(plan.isRaisedToSmallestBatch)
    #expect(
      plan.explanation.contains { $0.hasPrefix("  smallest ") && $0.hasSuffix("25  21  3  1 ← min_upload_batch") })
    #expect(plan.explanation.filter { $0.contains("←") }.count == 1)
  }

  @Test("A cap that allows exactly the smallest batch lets the need be raised to it; one lead less does not")
  func raisedToTheCap() {
    let stock = Stock.example(total: 120, classes: PerClass(aPlus: 9, a: 30, b: 20))
    let exact = Planner.plan(.example(Policy(), stock, usage: .init(createdToday: 475)))
    #expect(exact.targets == PerClass(aPlus: 21, a: 3, b: 1))
    let less = Planner.plan(.example(Policy(), stock, usage: .init(createdToday: 476)))
    #expect(less.targets == PerClass(aPlus: 21, a: 0, b: 0))
  }

  @Test("Where a cap forbids the smallest batch, a class below its minimum still gets what is allowed")
  func smallButNeeded() {
    let stock = Stock.example(total: 120, classes: PerClass(aPlus: 9, a: 30, b: 20))
    let plan = Planner.plan(.example(Policy(), stock, usage: .init(createdToday: 495)))
    #expect(plan.runSize == 5)
    #expect(plan.targets == PerClass(aPlus: 5, a: 0, b: 0))
    #expect(!plan.isRaisedToSmallestBatch)
    #expect(plan.binding == .daily)
  }

  @Test("A batch too small is held, and the message names the cap that is in the way")
  func held() {
    let cases: [(PlanningInput, String)] = [
      (input { $0.usage.createdToday = 495 }, "only 5 of 500 left today"),
      (input { $0.policy.maxPoolLeadsPerAgent = 14 }, "agents have room for only 2 leads"),
      (input { $0.supply = PerClass(aPlus: 0, a: 1, b: 0) }, "only 1 new lead available"),
      (input { $0.policy.maxUploadPerRun = 0 }, "only 0 leads per run allowed"),
    ]
    for (input, words) in cases {
      let plan = Planner.plan(input)
      #expect(plan.message == "Upload blocked: \(words), smallest batch is 25")
      #expect(plan.runSize == 0)
      #expect(plan.targets == PerClass(repeating: 0))
    }
  }

  @Test("Exactly the smallest batch goes out")
  func exactlySmallest() {
    #expect(Planner.plan(input { $0.usage.createdToday = 475 }).runSize == 25)
  }

  @Test("A class no source can supply is filled in from the others up to the target, and not beyond")
  func refillEndsAtTarget() {
    var input = PlanningInput.example(
      Policy(), .example(total: 120, classes: PerClass(aPlus: 3, a: 30, b: 20)),
      supply: PerClass(aPlus: 0, a: 500, b: 500))
    input.policy.minUploadBatch = 1
    let plan = Planner.plan(input)
    // 27 A+ are missing; Webster at 5 : 3 gives 27 as 17/10.
    #expect(plan.targets == PerClass(aPlus: 0, a: 17, b: 10))
    #expect(plan.refill == PerClass(aPlus: -27, a: 17, b: 10))
    #expect(plan.explanation.contains("Refill: the sources lack 27 A+; in their place 17 A, 10 B"))

    input.stock.total = 140
    #expect(Planner.plan(input).runSize == 10)
    #expect(Planner.plan(input).binding == .refill)

    input.stock.total = 150
    #expect(Planner.plan(input).decision == .blocked(.noSupply(problem: nil)))
    #expect(Planner.plan(input).binding == .refill)
  }

  @Test("Its own class is supplied also above the target")
  func ownClassAboveTarget() {
    let stock = Stock.example(total: 400, classes: PerClass(aPlus: 3, a: 30, b: 20))
    let plan = Planner.plan(.example(Policy(), stock, supply: PerClass(aPlus: 26, a: 500, b: 500)))
    #expect(plan.targets == PerClass(aPlus: 26, a: 0, b: 0))
  }

  @Test("Absurdly large limits do not overflow")
  func largeLimits() {
    let plan = Planner.plan(
      input {
        $0.policy.maxPoolLeadsPerAgent = .max
        $0.policy.maxDailyUploads = .max
      })
    #expect(plan.runSize == 100)
  }
}

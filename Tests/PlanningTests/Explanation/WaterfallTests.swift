import Leads
import Planning
import Testing

@Suite("Waterfall")
struct WaterfallTests {
  private func totals(_ plan: Plan) -> [String] {
    plan.waterfall.steps.map { "\($0.name.rawValue) \($0.total)" }
  }

  @Test("A daily remainder that leaves too little binds every class, with its key")
  func daily() {
    var input = PlanningInput.golden
    input.usage = .init(createdToday: 180)
    let plan = Planner.plan(input)
    #expect(
      totals(plan) == [
        "need 99", "mix 99", "performance 99", "agents_room 99", "per_run 50", "daily 20", "supply 20",
      ])
    #expect(plan.waterfall.steps.filter(\.isBinding).map(\.name) == [.daily])
    #expect(plan.waterfall.binding.a.step == .daily)
    #expect(plan.waterfall.binding.a.configurationKey == "upload_controls.max_daily_uploads")
    #expect(
      plan.sentence
        == "20 leads are uploaded: total leads (101) below minimum (120); 99 are needed, and no more are left of "
        + "today's 200.")
  }

  @Test("A class that the sources lack is bound by them, the others by the cap")
  func perClass() {
    var input = PlanningInput.golden
    input.supply.aPlus = 3
    let plan = Planner.plan(input)
    let binding = plan.waterfall.binding
    #expect(binding.aPlus.step == .supply && binding.a.step == .perRun && binding.b.step == .perRun)
    #expect(plan.explanation.contains("Binding for A+: sources, source_management.source_files"))
    #expect(plan.explanation.contains("Binding for A, B: per-run cap, upload_controls.max_upload_per_run"))
  }

  @Test("A class that gets all it needs is bound by its need, under the key of its minimum")
  func need() {
    var input = PlanningInput.golden
    input.stock = .example(total: 101, classes: PerClass(aPlus: 20, a: 50, b: 29))
    input.supply.b = 100
    let plan = Planner.plan(input)
    #expect(plan.targets.b == 31)
    #expect(plan.waterfall.binding.b.step == .need)
    #expect(plan.explanation.contains("Binding for B: need, lead_inventory_thresholds.min_priority_leads"))
    #expect(plan.explanation.contains("Binding for A+, A: per-run cap, upload_controls.max_upload_per_run"))
  }

  @Test("A hold ends the waterfall at nothing, and the sentence says why")
  func held() {
    var input = PlanningInput.golden
    input.usage = .init(sinceLastUploadMilliseconds: 1000)
    let plan = Planner.plan(input)
    #expect(totals(plan).last == "held 0")
    #expect(
      plan.sentence
        == "Nothing is uploaded now, although 99 leads are needed (total leads (101) below minimum (120)): must wait 6 "
        + "minutes.")
  }

  @Test("Nothing needed: one sentence and no table")
  func sufficient() {
    var input = PlanningInput.golden
    input.stock = .example(total: 146, classes: PerClass(aPlus: 25, a: 75, b: 46))
    let plan = Planner.plan(input)
    #expect(plan.sentence == "Nothing is uploaded: 146 workable leads, and no class is below its minimum.")
    #expect(!plan.explanation.contains("From need to run:"))
  }

  @Test("Law: the waterfall ends at the plan's targets, each step sums to its total, and only the smallest batch adds")
  func law() {
    let failures = broken(0..<10_000) { random in
      let plan = Planner.plan(PlanLawsTests.randomInput(&random))
      guard plan.need.total > 0 else { return plan.waterfall.steps.allSatisfy { $0.total == 0 } }
      let steps = plan.waterfall.steps
      let falls = zip(steps, steps.dropFirst()).allSatisfy { before, after in
        after.total <= before.total || (after.name == .smallestBatch && plan.isRaisedToSmallestBatch)
      }
      let sums = steps.dropFirst().allSatisfy { $0.perClass.sum == $0.total }
      return steps.last?.perClass == plan.targets && falls && sums && steps.filter(\.isBinding).count == 1
    }
    #expect(failures.isEmpty)
  }

  @Test("Law: no line of the table is wider than 80 characters for counts of up to five digits")
  func width() {
    let failures = broken(0..<500) { random in
      var input = PlanLawsTests.randomInput(&random)
      input.policy.targetTotal = 90_000
      input.policy.maxUploadPerRun = 80_000
      input.supply = random.perClass(0...99_999)
      let lines = Planner.plan(input).explanation
      guard let start = lines.firstIndex(of: "From need to run:") else { return true }
      let table = lines[start...].prefix { $0.hasPrefix("  ") || $0.hasPrefix("From") || $0.hasPrefix("Binding") }
      return table.count > 8 && table.allSatisfy { $0.count <= 80 }
    }
    #expect(failures.isEmpty)
  }
}

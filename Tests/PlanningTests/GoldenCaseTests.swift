import Leads
import Planning
import Testing

@Suite("Golden case of the requirements")
struct GoldenCaseTests {
  @Test("101 leads under a minimum of 120 plan 50 as 10/25/15, in the exact words")
  func firstCycle() {
    let plan = Planner.plan(.golden)
    #expect(plan.decision == .upload)
    #expect(plan.strategyLine == "Upload strategy: ['Total leads (101) below minimum (120)']")
    #expect(plan.targetsLine == "Targets: {'A+': 10, 'A': 25, 'B': 15}")
    #expect(plan.need.total == 99)
    #expect(plan.need.perClass == PerClass(repeating: 0))
    #expect(plan.runSize == 50)
    #expect(plan.message == "Upload planned: 50 leads")
  }

  @Test("Its explanation names need, every cap with its key, the binding one and the mix")
  func explanation() {
    #expect(
      Planner.plan(.golden).explanation == [
        "Stock: 101 workable leads; available A+ 20, A 50, B 31",
        "Need: 99 leads; for classes A+ 0, A 0, B 0",
        "  Total leads (101) below minimum (120)",
        "Caps:",
        "  need: 99 (lead_inventory_thresholds.target_total_leads)",
        "  needed classes, and others up to the target: 99 (lead_inventory_thresholds.target_total_leads)",
        "  per run: 50 (upload_controls.max_upload_per_run) ← binding",
        "  left today: 200 (upload_controls.max_daily_uploads)",
        "  agents' room: 199 (business_rules.max_pool_leads_per_agent)",
        "  new leads in the sources: 100 (source_management.source_files)",
        "Mix: A+ 20.0 %, A 50.0 %, B 30.0 %, not moved by conversion: no lead closed in the last 30 days",
        "Decision: Upload planned: 50 leads",
        "Targets: {'A+': 10, 'A': 25, 'B': 15}",
      ])
  }

  @Test("Again at once, with 146 leads: sufficient, also within the cooldown")
  func secondCycle() {
    var input = PlanningInput.golden
    input.stock = .example(total: 146, classes: PerClass(aPlus: 25, a: 75, b: 46))
    input.usage = .init(createdToday: 45, sinceLastUploadMilliseconds: 1000)
    let plan = Planner.plan(input)
    #expect(plan.decision == .sufficient)
    #expect(plan.message == "Lead levels sufficient, no upload needed")
    #expect(plan.reasons.isEmpty)
    #expect(plan.targets == PerClass(repeating: 0))
    #expect(plan.binding == nil)
  }

  @Test("After 40 leads closed, one second after the upload: must wait 6 minutes, rounded up")
  func thirdCycle() {
    var input = PlanningInput.golden
    input.stock = .example(total: 106, classes: PerClass(aPlus: 20, a: 50, b: 36), closed: 40)
    input.usage = .init(createdToday: 45, sinceLastUploadMilliseconds: 1000)
    let plan = Planner.plan(input)
    #expect(plan.decision == .blocked(.cooldown(minutes: 6)))
    #expect(plan.message == "Upload blocked: Must wait 6 minutes")
    #expect(plan.strategyLine == "Upload strategy: ['Total leads (106) below minimum (120)']")
    #expect(plan.runSize == 0)
    #expect(plan.targetsLine == "Targets: {'A+': 0, 'A': 0, 'B': 0}")
  }
}

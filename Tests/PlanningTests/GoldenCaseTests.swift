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
        "50 leads are uploaded: total leads (101) below minimum (120); 99 are needed, and one run sends at most 50.",
        "Stock: 101 workable leads; available A+ 20, A 50, B 31",
        "Need: 99 leads; for classes A+ 0, A 0, B 0",
        "  Total leads (101) below minimum (120)",
        "From need to run:",
        "  step          limit  total  A+   A   B",
        "  need              –     99   0   0   0   target_total_leads",
        "  mix               –     99  20  49  30   priority_mix",
        "  performance       –     99  20  49  30   prioritize_high_performers",
        "  agents' room    199     99  20  49  30   max_pool_leads_per_agent",
        "  per-run cap      50     50  10  25  15 ← max_upload_per_run",
        "  left today      200     50  10  25  15   max_daily_uploads",
        "  sources         100     50  10  25  15   source_files",
        "Binding: per-run cap, upload_controls.max_upload_per_run",
        "Mix: A+ 20.0 %, A 50.0 %, B 30.0 %, not moved by conversion: no lead closed in the last 30 days",
        "Teams: not known; they are read from the CRM's database (LEAD_CRM_DATABASE_URL)",
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

import Leads
import Planning
import Testing

/// One input that fails every check; each test mends what comes before the check it is about.
@Suite("Order of the checks")
struct OrderOfChecksTests {
  /// Short of its total, daily limit used up, upload under way, in cooldown, no agents, nothing to send.
  private func worst(mended count: Int) -> PlanningInput {
    var input = PlanningInput.example(
      .totalOnly, .example(total: 40, classes: PerClass(aPlus: 0, a: 0, b: 40), agents: 0),
      supply: PerClass(repeating: 0),
      usage: .init(createdToday: 400, reservedToday: 100, sinceLastUploadMilliseconds: 60_000, unfinishedBatches: 2))
    let mends: [(inout PlanningInput) -> Void] = [
      { $0.usage.createdToday = 395 },
      { $0.usage.unfinishedBatches = 0 },
      { $0.usage.sinceLastUploadMilliseconds = 3_600_000 },
      {
        $0.stock.activeAgents = 1
        $0.policy.maxPoolLeadsPerAgent = 40
      },
      { $0.policy.maxPoolLeadsPerAgent = 100 },
      { $0.supply.a = 1000 },
      { $0.policy.minUploadBatch = 5 },
    ]
    for mend in mends.prefix(count) {
      mend(&input)
    }
    return input
  }

  @Test("No need comes before everything else")
  func need() {
    var input = worst(mended: 0)
    input.stock.total = 50
    #expect(Planner.plan(input).message == "Lead levels sufficient, no upload needed")
  }

  @Test(
    "Each check speaks once those before it are met",
    arguments: [
      (0, Decision.blocked(.dailyLimit), "Daily upload limit reached"),
      (
        1, .blocked(.uploadUnderWay(batches: 2)),
        "Upload blocked: an earlier upload is under way (2 unfinished batches)"
      ),
      (2, .blocked(.cooldown(minutes: 59)), "Upload blocked: Must wait 59 minutes"),
      (3, .blocked(.noActiveAgents), "Upload blocked: no active agents in the CRM"),
      (4, .blocked(.agentsFull), "Upload blocked: the agents' pool is full (40 leads for each of 1 active agents)"),
      (5, .blocked(.noSupply(problem: nil)), "No new leads available for upload"),
      (
        6, .blocked(.smallestBatch(allowed: 5, cap: .daily, smallest: 25)),
        "Upload blocked: only 5 of 500 left today, smallest batch is 25"
      ),
      (7, .upload, "Upload planned: 5 leads"),
    ])
  func order(mended: Int, decision: Decision, message: String) {
    let plan = Planner.plan(worst(mended: mended))
    #expect(plan.decision == decision)
    #expect(plan.message == message)
    #expect(plan.runSize == (decision == .upload ? 5 : 0))
    #expect(plan.reasons == ["Total leads (40) below minimum (50)"])
  }

  @Test(
    "The cooldown is over exactly when its last millisecond has passed; the wait is rounded up",
    arguments: [
      (0, 60), (1, 60), (59_999, 60), (60_000, 59), (3_540_000, 1), (3_599_999, 1), (3_600_000, 0), (9_999_999, 0),
    ])
  func cooldown(elapsed: Int64, minutes: Int) {
    let input = PlanningInput.example(
      .totalOnly, .example(total: 40), usage: .init(sinceLastUploadMilliseconds: elapsed))
    #expect(Planner.plan(input).decision == (minutes == 0 ? .upload : .blocked(.cooldown(minutes: minutes))))
  }

  @Test("No active agent holds the upload even when agents may be overloaded")
  func noAgents() {
    var policy = Policy.totalOnly
    policy.avoidOverloadingAgents = false
    #expect(Planner.plan(.example(policy, .example(total: 40, agents: 0))).decision == .blocked(.noActiveAgents))
  }

  @Test("Sources that cannot be read and nothing else to send: the message of R42 with the reason")
  func brokenSource() {
    let problem = "leads.json: no such file"
    var input = PlanningInput.example(
      .totalOnly, .example(total: 40), supply: PerClass(repeating: 0), supplyProblem: problem)
    #expect(Planner.plan(input).decision == .blocked(.noSupply(problem: problem)))
    #expect(Planner.plan(input).message == "No new leads available for upload: leads.json: no such file")
    input.supply.a = 200
    #expect(Planner.plan(input).decision == .upload)
    #expect(Planner.plan(input).explanation.contains("Sources: leads.json: no such file"))
  }
}

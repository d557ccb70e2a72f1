import Leads
import Planning
import Testing
import Timekeeping

/// One input that fails every check; each test mends what comes before the check it is about.
@Suite("Order of the checks")
struct OrderOfChecksTests {
  /// Short of its total, daily limit used up, upload under way, in cooldown, closed, no agents, nothing to send.
  private func worst(mended count: Int) -> PlanningInput {
    var input = PlanningInput.example(
      .totalOnly, .example(total: 40, classes: PerClass(aPlus: 0, a: 0, b: 40), agents: 0),
      supply: PerClass(repeating: 0),
      usage: .init(createdToday: 400, reservedToday: 100, sinceLastUploadMilliseconds: 60_000, unfinishedBatches: 2))
    input.closure = Self.evening
    let mends: [(inout PlanningInput) -> Void] = [
      { $0.usage.createdToday = 395 },
      { $0.usage.unfinishedBatches = 0 },
      { $0.usage.sinceLastUploadMilliseconds = 3_600_000 },
      { $0.closure = nil },
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

  private static let evening = Closure(
    cause: .outsideHours, nextOpening: Timestamp(milliseconds: 1_700_000_000_000),
    nextOpeningWords: "Monday 09:00 EST")

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
        "Upload blocked: an earlier upload is under way (2 unfinished batches); it goes on Monday 09:00 EST"
      ),
      (2, .blocked(.cooldown(minutes: 59)), "Upload blocked: Must wait 59 minutes"),
      (
        3, .blocked(.outsideBusinessHours),
        "Upload blocked: outside business hours, next opening Monday 09:00 EST"
      ),
      (4, .blocked(.noActiveAgents), "Upload blocked: no active agents in the CRM"),
      (5, .blocked(.agentsFull), "Upload blocked: the agents' pool is full (40 leads for each of 1 active agents)"),
      (6, .blocked(.noSupply(problem: nil)), "No new leads available for upload"),
      (
        7, .blocked(.smallestBatch(allowed: 5, cap: .daily, smallest: 25)),
        "Upload blocked: only 5 of 500 left today, smallest batch is 25"
      ),
      (8, .upload, "Upload planned: 5 leads"),
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

  @Test(
    "A hold says when it ends or is looked at again",
    arguments: [
      (4, 10_800_000, "Upload blocked: no active agents in the CRM; next check in 30 min"),
      (
        5, 10_800_000,
        "Upload blocked: the agents' pool is full (40 leads for each of 1 active agents); next check in 30 min"
      ),
      (6, 10_800_000, "No new leads available for upload; sources are read again in 30 min"),
    ])
  func next(mended: Int, untilReset: Int64, message: String) {
    var input = worst(mended: mended)
    input.untilNextCheckMilliseconds = 1_800_000
    #expect(Planner.plan(input).message == message)
    // A single run is not followed by another of itself; the schedule is what the configuration says.
    input.untilNextCheckMilliseconds = nil
    input.scheduledIntervalMilliseconds = 1_800_000
    let single = message.replacing(
      "in 30 min", with: "at the next run (every 30 min in continuous mode)")
    #expect(Planner.plan(input).message == single)
  }

  @Test(
    "The daily limit says when it resets, rounded up, and where business is closed when it opens",
    arguments: [
      (10_800_000, "Daily upload limit reached; resets at midnight (in 3 h), next opening Monday 09:00 EST"),
      (10_800_001, "Daily upload limit reached; resets at midnight (in 4 h), next opening Monday 09:00 EST"),
      (1_500_000, "Daily upload limit reached; resets at midnight (in 25 min), next opening Monday 09:00 EST"),
      (1, "Daily upload limit reached; resets at midnight (in 1 s), next opening Monday 09:00 EST"),
    ])
  func reset(milliseconds: Int64, message: String) {
    var input = worst(mended: 0)
    input.usage.untilResetMilliseconds = milliseconds
    #expect(Planner.plan(input).message == message)
    input.closure = nil
    #expect(Planner.plan(input).message == String(message.prefix { $0 != "," }))
  }

  @Test("A holiday is named, one without a name is not, and who never opens is told so")
  func holidays() {
    var input = worst(mended: 3)
    input.closure = Closure(cause: .holiday, holiday: "Christmas Day", nextOpeningWords: "Monday 09:00 EST")
    #expect(Planner.plan(input).message == "Upload blocked: holiday (Christmas Day), next opening Monday 09:00 EST")
    input.closure = Closure(cause: .holiday, holiday: "holiday", nextOpeningWords: "Monday 09:00 EST")
    #expect(Planner.plan(input).message == "Upload blocked: holiday, next opening Monday 09:00 EST")
    input.closure = Closure(cause: .weekend)
    #expect(
      Planner.plan(input).message == "Upload blocked: outside business hours, with no opening in the next 400 days")
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

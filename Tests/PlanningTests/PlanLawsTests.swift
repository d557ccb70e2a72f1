import Foundation
import Leads
import Planning
import Testing

@Suite("Laws of plans")
struct PlanLawsTests {
  static func randomInput(_ random: inout SeededRandom) -> PlanningInput {
    var policy = Policy()
    policy.minTotal = random.int(0...200)
    policy.targetTotal = policy.minTotal + random.int(0...300)
    policy.minPerClass = random.perClass(0...60)
    policy.maxUploadPerRun = random.int(0...200)
    policy.maxDailyUploads = random.int(0...600)
    policy.minUploadBatch = random.int(0...40)
    policy.mix = random.mix()
    policy.avoidOverloadingAgents = random.int(0...3) > 0
    policy.prioritizeHighPerformers = random.int(0...3) > 0
    policy.maxPoolLeadsPerAgent = random.int(0...150)
    let classes = random.perClass(0...80)
    let won = random.perClass(0...9)
    let lost = random.perClass(0...9)
    let stock = Stock.example(
      total: classes.sum + random.int(0...150), classes: classes, agents: random.int(0...6),
      conversion: won.map { Conversion(won: $1, lost: lost[$0]) })
    return .example(
      policy, stock, inFlight: random.perClass(0...random.int(0...30)),
      supply: random.perClass(0...random.int(0...120)),
      usage: .init(
        createdToday: random.int(0...400), reservedToday: random.int(0...100),
        sinceLastUploadMilliseconds: random.int(0...1) == 0 ? nil : Int64(random.int(0...8_000_000)),
        unfinishedBatches: random.int(0...5) == 0 ? 1 : 0))
  }

  @Test("An upload is never above any cap, never above supply, never negative, and exactly its run size")
  func caps() {
    var uploads = 0
    let failures = broken { random in
      let input = Self.randomInput(&random)
      let plan = Planner.plan(input)
      let isUpload = plan.decision == .upload
      uploads += isUpload ? 1 : 0
      let left = input.policy.maxDailyUploads - input.usage.createdToday - input.usage.reservedToday
      let room =
        input.stock.activeAgents * input.policy.maxPoolLeadsPerAgent - input.stock.available - input.inFlight.sum
      return plan.targets.sum == plan.runSize && isUpload == (plan.runSize > 0)
        && plan.runSize <= input.policy.maxUploadPerRun && plan.runSize <= max(0, left)
        && (!input.policy.avoidOverloadingAgents || plan.runSize <= max(0, room))
        && LeadClass.allCases.allSatisfy { plan.targets[$0] >= 0 && plan.targets[$0] <= input.supply[$0] }
        && plan.caps.allSatisfy { $0.value >= 0 }
    }
    #expect(failures.isEmpty)
    #expect(uploads > 1000)
  }

  @Test("An upload never exceeds the need but to reach the smallest batch, and is below it only for a class in need")
  func need() {
    let failures = broken { random in
      let input = Self.randomInput(&random)
      let plan = Planner.plan(input)
      guard plan.decision == .upload else { return true }
      return plan.runSize <= max(plan.need.total, input.policy.minUploadBatch)
        && (plan.runSize >= input.policy.minUploadBatch || plan.need.perClass.sum > 0)
        && plan.isRaisedToSmallestBatch == (plan.runSize > (plan.caps.map(\.value).min() ?? 0))
    }
    #expect(failures.isEmpty)
  }

  @Test("Class needs come first: each gets what the sources have when the run is large enough")
  func classNeeds() {
    let failures = broken { random in
      let input = Self.randomInput(&random)
      let plan = Planner.plan(input)
      let lower = plan.need.perClass.map { min($1, input.supply[$0]) }
      guard plan.decision == .upload, lower.sum <= plan.runSize else { return true }
      return LeadClass.allCases.allSatisfy { plan.targets[$0] >= lower[$0] } && plan.refill.sum == 0
    }
    #expect(failures.isEmpty)
  }

  @Test("Cycle after cycle the stock settles: uploads that all arrive end in quiet, never in an endless refill")
  func settles() {
    let failures = broken(0..<2000) { random in
      var input = Self.randomInput(&random)
      input.usage = .init()
      input.policy.maxDailyUploads = .max
      // Each uploading cycle sends at least one lead, and the need is finite.
      for _ in 0..<2000 {
        let plan = Planner.plan(input)
        guard plan.decision == .upload else { return true }
        // A and B never run out, A+ does.
        input.supply.aPlus -= plan.targets.aPlus
        input.stock.total += plan.runSize
        input.stock.available += plan.runSize
        input.stock.availablePerClass = input.stock.availablePerClass.map { $1 + plan.targets[$0] }
      }
      return false
    }
    #expect(failures.isEmpty)
  }

  @Test("A cap that is raised never makes a run smaller")
  func monotone() {
    let failures = broken { random in
      let input = Self.randomInput(&random)
      var wider = input
      switch random.int(0...3) {
      case 0: wider.policy.maxUploadPerRun += random.int(1...50)
      case 1: wider.policy.maxDailyUploads += random.int(1...200)
      case 2: wider.policy.maxPoolLeadsPerAgent += random.int(1...50)
      default: wider.usage.createdToday = 0
      }
      return Planner.plan(wider).runSize >= Planner.plan(input).runSize
    }
    #expect(failures.isEmpty)
  }

  @Test("Equal inputs give equal bytes, and the stored JSON reads back as the same plan")
  func bytes() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    for seed in 0..<10_000 {
      var first = SeededRandom(seed: seed)
      var second = SeededRandom(seed: seed)
      let plan = Planner.plan(Self.randomInput(&first))
      let again = Planner.plan(Self.randomInput(&second))
      guard plan == again else {
        Issue.record("seed \(seed): the same input gives another plan")
        continue
      }
      if seed < 1000 {
        let stored = try encoder.encode(plan)
        #expect(try encoder.encode(again) == stored)
        #expect(try JSONDecoder().decode(Plan.self, from: stored) == plan)
      }
    }
  }

  @Test(
    "The JSON of a decision keeps its names",
    arguments: [
      (Decision.upload, #"{"outcome":"upload"}"#),
      (.sufficient, #"{"outcome":"sufficient"}"#),
      (.blocked(.cooldown(minutes: 6)), #"{"block":{"cooldown":{"minutes":6}},"outcome":"blocked"}"#),
      (.blocked(.dailyLimit), #"{"block":{"daily_limit":{}},"outcome":"blocked"}"#),
      (.blocked(.uploadUnderWay(batches: 2)), #"{"block":{"upload_under_way":{"batches":2}},"outcome":"blocked"}"#),
      (.blocked(.outsideBusinessHours), #"{"block":{"outside_business_hours":{}},"outcome":"blocked"}"#),
      (.blocked(.noActiveAgents), #"{"block":{"no_active_agents":{}},"outcome":"blocked"}"#),
      (.blocked(.agentsFull), #"{"block":{"agents_full":{}},"outcome":"blocked"}"#),
      (.blocked(.noSupply(problem: "x")), #"{"block":{"no_supply":{"problem":"x"}},"outcome":"blocked"}"#),
      (
        .blocked(.smallestBatch(allowed: 5, cap: .daily, smallest: 25)),
        #"{"block":{"smallest_batch":{"allowed":5,"cap":"daily","smallest":25}},"outcome":"blocked"}"#
      ),
    ])
  func decisionNames(decision: Decision, json: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let data = try encoder.encode(decision)
    #expect(String(decoding: data, as: UTF8.self) == json)
    #expect(try JSONDecoder().decode(Decision.self, from: data) == decision)
  }

  @Test("The JSON of a plan keeps its names")
  func planNames() throws {
    let data = try JSONEncoder().encode(Planner.plan(.golden))
    let fields = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(
      Set(fields.keys) == [
        "input", "decision", "reasons", "need", "mix", "caps", "binding", "is_raised_to_smallest_batch", "run_size",
        "targets", "refill", "performance",
      ])
    #expect(fields["run_size"] as? Int == 50)
    #expect(fields["targets"] as? [String: Int] == ["A+": 10, "A": 25, "B": 15])
    #expect(fields["binding"] as? String == "per_run")
  }
}

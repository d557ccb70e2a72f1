import Foundation
import Leads
import Planning
import Testing

@Suite("Teams")
struct TeamTests {
  private func team(
    _ key: String, won: Int, of resolved: Int, agents: Int = 2, tenure: Double? = 400
  ) -> TeamStock {
    TeamStock(
      key: key, activeAgents: agents, deskLoad: 20 * agents, conversion: Conversion(won: won, lost: resolved - won),
      medianTenureDays: tenure)
  }

  private func stock(_ teams: [TeamStock]?) -> Stock {
    var stock = Stock.example(total: 10)
    stock.teams = teams
    return stock
  }

  private func plan(
    _ teams: [TeamStock]?, policy: Policy = .totalOnly, earlier: [String: TeamState]? = nil
  ) -> Plan {
    var input = PlanningInput.example(policy, stock(teams))
    input.teamStates = earlier
    return Planner.plan(input)
  }

  private func states(_ plan: Plan) -> [TeamState] { (plan.performance?.teams ?? []).map(\.state) }

  @Test("A team that surely converts 15 % is high, one that surely stays under 5 % low, a small or new one learning")
  func states() {
    let plan = plan([
      team("high", won: 120, of: 400), team("low", won: 2, of: 400), team("new", won: 20, of: 200, tenure: 12),
      team("small", won: 2, of: 20), team("usual", won: 40, of: 400),
    ])
    #expect(states(plan) == [.high, .low, .learning, .learning, .standard])
    #expect(plan.performance?.teamStates["usual"] == .standard)
  }

  @Test("29 closed leads are still learning, 30 are not; 29 days of tenure are new, 30 are not")
  func learningBounds() {
    let others = [team("x", won: 20, of: 200), team("y", won: 20, of: 200)]
    #expect(states(plan([team("a", won: 3, of: 29)] + others))[0] == .learning)
    #expect(states(plan([team("a", won: 3, of: 30)] + others))[0] == .standard)
    #expect(states(plan([team("a", won: 3, of: 30, tenure: 29.9)] + others))[0] == .learning)
    #expect(states(plan([team("a", won: 3, of: 30, tenure: 30)] + others))[0] == .standard)
  }

  @Test("A team stays high until the probability falls below 0.7: neither state flickers")
  func hysteresis() throws {
    // 27 of 150, pooled towards 67 of 550: the probability of 15 % or more lies between 0.7 and 0.9.
    let teams = [team("a", won: 27, of: 150), team("b", won: 40, of: 400)]
    let fresh = plan(teams)
    let probability = try #require(fresh.performance?.teams?[0].estimate?.probabilityHigh)
    #expect(probability > 0.7 && probability < 0.9)
    #expect(states(fresh)[0] == .standard)
    #expect(states(plan(teams, earlier: ["a": .high]))[0] == .high)
    #expect(states(plan([team("a", won: 20, of: 150), teams[1]], earlier: ["a": .high]))[0] == .standard)
  }

  @Test("High teams get 35/45/20, learning ones 10/55/35, low and standard ones the configured mix")
  func mixes() {
    let plan = plan([
      team("high", won: 120, of: 400), team("low", won: 2, of: 400), team("small", won: 2, of: 20),
      team("usual", won: 40, of: 400),
    ])
    let expected = [
      PerClass(aPlus: 0.35, a: 0.45, b: 0.2), PerClass(aPlus: 0.2, a: 0.5, b: 0.3),
      PerClass(aPlus: 0.1, a: 0.55, b: 0.35), PerClass(aPlus: 0.2, a: 0.5, b: 0.3),
    ]
    for (team, mix) in zip(plan.performance?.teams ?? [], expected) {
      #expect(LeadClass.allCases.allSatisfy { abs(team.mix[$0] - mix[$0]) < 1e-12 }, "\(team.stock.key)")
    }
  }

  @Test("The teams' mixes are weighted by active agents: three high and one standard agent make 31.25/46.25/22.5")
  func weights() {
    let plan = plan([team("a", won: 120, of: 400, agents: 3), team("b", won: 40, of: 400, agents: 1)])
    let expected = PerClass(aPlus: 0.3125, a: 0.4625, b: 0.225)
    #expect(LeadClass.allCases.allSatisfy { abs(plan.mix.steered[$0] - expected[$0]) < 1e-12 })
    // 100 leads: 31.25, 46.25 and 22.5.
    #expect(plan.targets == PerClass(aPlus: 31, a: 46, b: 23))
  }

  @Test("A configured strategy overrides the numbers: state, mix, and weight; a team that the CRM lacks is named")
  func strategies() {
    var policy = Policy.totalOnly
    var learning = TeamStrategy()
    learning.state = .learning
    var own = TeamStrategy()
    own.mix = PerClass(aPlus: 1, a: 0, b: 0)
    own.weight = 3
    policy.steering.teams = ["a": learning, "b": own, "gone": TeamStrategy()]
    let plan = plan([team("a", won: 120, of: 400), team("b", won: 40, of: 400)], policy: policy)
    #expect(states(plan) == [.learning, .standard])
    // 2 agents of 10/55/35 and 2 · 3 of 100/0/0.
    let expected = PerClass(aPlus: 0.775, a: 0.1375, b: 0.0875)
    #expect(LeadClass.allCases.allSatisfy { abs(plan.mix.steered[$0] - expected[$0]) < 1e-12 })
    #expect(plan.explanation.contains("  gone: in business_rules.teams, but no team of the CRM"))
  }

  @Test("Thresholds move the states")
  func thresholds() {
    let teams = [team("a", won: 40, of: 400), team("b", won: 40, of: 400)]
    var policy = Policy.totalOnly
    policy.steering.highConversion = 0.07
    #expect(states(plan(teams, policy: policy)) == [.high, .high])
    policy.steering.highConversion = 0.5
    policy.steering.lowConversion = 0.14
    #expect(states(plan(teams, policy: policy)) == [.low, .low])
  }

  @Test("prioritize_high_performers off: the configured mix, whatever the teams do")
  func switchedOff() {
    var policy = Policy.totalOnly
    policy.prioritizeHighPerformers = false
    let plan = plan([team("a", won: 120, of: 400)], policy: policy)
    #expect(plan.mix.steered == policy.mix && plan.mix.weights == policy.mix)
  }

  @Test("Without closed leads no team is judged, and the configured mix holds")
  func noEvidence() {
    let plan = plan([team("a", won: 0, of: 0, tenure: 1), team("b", won: 0, of: 0)])
    #expect(plan.mix.weights == Policy().mix)
    #expect(plan.explanation.contains { $0.hasPrefix("Teams: 2; not judged: no lead closed") })
  }

  @Test("Where the CRM does not tell of teams, the plan says so and carries their states on")
  func unknown() {
    let plan = plan(nil, earlier: ["a": .high])
    #expect(plan.performance?.teams == nil && plan.performance?.teamStates == ["a": .high])
    #expect(plan.mix.weights == Policy().mix)
    #expect(plan.explanation.contains { $0.hasPrefix("Teams: not known") })
  }

  @Test("A team is shown with counts, interval, agents and desks")
  func shown() throws {
    let teams = [team("jones", won: 120, of: 400, agents: 1), team("smith", won: 40, of: 400)]
    let plan = plan(teams, earlier: ["jones": .low])
    let line = try #require(plan.explanation.first { $0.hasPrefix("  jones: ") })
    #expect(line.hasPrefix("  jones: high, before low; 120 of 400 won in 30 days, taken for "))
    #expect(line.contains(" % (80 %: "))
    #expect(line.hasSuffix("1 active agent, 20 leads on desks; median tenure 400 days"))
  }

  @Test("A class that surely converts high has its minimum raised by what performance adds to its share")
  func thirdTrigger() {
    // m = 220/1000; A+ (120 + 11) / 250 = 0.524: factor 1.25; A and B below m.
    var input = PlanningInput.example(
      Policy(), .example(total: 90, classes: PerClass(aPlus: 11, a: 40, b: 30)))
    input.stock.conversion = PerClass(
      aPlus: Conversion(won: 120, lost: 80), a: Conversion(won: 60, lost: 340), b: Conversion(won: 40, lost: 360))
    let plan = Planner.plan(input)
    let share = plan.mix.weights.aPlus / 0.2
    #expect(share > 1.25 && share < 1.5)
    #expect(plan.need.raisedMinimums?.aPlus == Int((10 * share).rounded()))
    #expect(plan.need.raisedMinimums?.a == 30 && plan.need.raisedMinimums?.b == 20)
    #expect(plan.reasons == ["A+ leads (11) below minimum (14, raised from 10 for its high conversion)"])
    #expect(plan.decision == .upload)
    input.policy.prioritizeHighPerformers = false
    #expect(Planner.plan(input).decision == .sufficient)
  }

  @Test("Law: a minimum is never lowered, and raised by half at most")
  func minimumsLaw() {
    let failures = broken(0..<10_000) { random in
      let input = PlanLawsTests.randomInput(&random)
      let raised = Planner.plan(input).need.raisedMinimums ?? input.policy.minPerClass
      return LeadClass.allCases.allSatisfy {
        let usual = input.policy.minPerClass[$0]
        return raised[$0] >= usual && Double(raised[$0]) <= Double(usual) * 1.5 + 0.5
      }
    }
    #expect(failures.isEmpty)
  }

  @Test("A policy, a stock and a plan recorded before there were teams are still read")
  func oldRecords() throws {
    let data = try JSONEncoder().encode(Planner.plan(.golden))
    var fields = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    var input = try #require(fields["input"] as? [String: Any])
    var policy = try #require(input["policy"] as? [String: Any])
    var mix = try #require(fields["mix"] as? [String: Any])
    #expect(policy.removeValue(forKey: "steering") != nil && mix.removeValue(forKey: "steered") != nil)
    #expect(fields.removeValue(forKey: "performance") != nil)
    input["policy"] = policy
    fields["input"] = input
    fields["mix"] = mix
    let old = try JSONDecoder().decode(Plan.self, from: JSONSerialization.data(withJSONObject: fields))
    #expect(old.performance == nil && old.input == PlanningInput.golden && old.input.stock.teams == nil)
    #expect(old.explanation.contains("Binding: per-run cap, upload_controls.max_upload_per_run"))
  }
}

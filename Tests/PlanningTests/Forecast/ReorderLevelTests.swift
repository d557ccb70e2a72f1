import Leads
import Planning
import Testing
import Timekeeping

@Suite("Reorder levels")
struct ReorderLevelTests {
  private let days = workDays(5)

  /// Poisson with so many leads a day.
  private func forecast(_ perDay: Double) throws -> ClassForecast {
    var forecast = try #require(ClassForecast(learning: uptake([Int?](repeating: 10, count: 20))))
    forecast.model = Smoothing(method: .simple, alpha: 0, level: perDay)
    forecast.daysOfLevel = .infinity
    return forecast
  }

  private var policy: Policy {
    var policy = Policy()
    policy.forecasting = Policy.Forecasting()
    return policy
  }

  private func level(_ perDay: Double, _ policy: Policy) throws -> ReorderLevel {
    let forecasts = PerClass<ClassForecast?>(aPlus: try forecast(perDay), a: nil, b: nil)
    let levels = try #require(policy.reorderLevels(forecasts, days: days, now: days[0].opening))
    #expect(levels.a == nil && levels.b == nil)
    return try #require(levels.aPlus)
  }

  // Checks every half hour and an hour of cooldown: 1.5 of 8 business hours. Poisson(16 · 1.5 / 8 = 3): P(≤ 5) = 0.916,
  // P(≤ 6) = 0.966, so that 6 last with 95 %.
  @Test("The minimum and what may be taken until an upload can land: by hand")
  func byHand() throws {
    let level = try self.level(16, policy)
    #expect(level.coverMilliseconds == 5_400_000)
    #expect(level.demand == 6)
    #expect(level.level == 10 + 6)
    // The share of the target is 30; 16 + 5 · 16 is more.
    #expect(level.upTo == 96)
    #expect(try self.level(1, policy).upTo == 30)
  }

  @Test("A higher service level and a longer cooldown reorder earlier")
  func direction() throws {
    var surer = policy
    surer.forecasting?.serviceLevel = 0.999
    #expect(try level(16, surer).level > (try level(16, policy).level))
    var slower = policy
    slower.cooldownMilliseconds = 4 * 3_600_000
    #expect(try level(16, slower).level > (try level(16, policy).level))
  }

  // A day and a half of wall time holds at most one and a half times eight hours: a day's worth and the rest, up to eight.
  @Test("Of a long interval only business time counts")
  func longInterval() throws {
    var rules = Policy.Forecasting()
    rules.checkIntervalMilliseconds = 36 * 3_600_000
    #expect(ReorderLevel.cover(policy: Policy(), rules: rules, days: days) == .seconds(16 * 3600 + 3600))
  }

  @Test("Below its reorder level a class is short, at it is not, and the plan says why")
  func planning() throws {
    let level = try self.level(16, policy)
    let reorder = PerClass<ReorderLevel?>(aPlus: level, a: nil, b: nil)
    func plan(_ aPlus: Int) -> Plan {
      var input = PlanningInput.example(
        policy, .example(total: 500, classes: PerClass(aPlus: aPlus, a: 60, b: 40)))
      input.reorder = reorder
      return Planner.plan(input)
    }
    #expect(plan(16).decision == .sufficient)
    let short = plan(15)
    #expect(short.decision == .upload)
    #expect(short.need.perClass == PerClass(aPlus: 96 - 15, a: 0, b: 0))
    #expect(
      short.reasons == [
        "A+ leads (15) below reorder level (16): the minimum of 10, and 6 that may be taken before an upload can land"
      ])
    #expect(plan(9).reasons == ["A+ leads (9) below minimum (10)"])
    #expect(
      short.explanation.contains(
        "  A+: reorder at 16 (minimum 10 and demand 6), raise to 96; 16 a day expected"))
    #expect(short.explanation.contains("  A: history too short, minimum alone"))
  }

  @Test("With forecasting off nothing changes, and earlier plans are still read")
  func off() throws {
    let forecasts = PerClass<ClassForecast?>(repeating: try forecast(16))
    #expect(Policy().reorderLevels(forecasts, days: days, now: days[0].opening) == nil)
    #expect(Planner.plan(.golden).explanation.contains { $0.hasPrefix("Forecast") } == false)
  }

  @Test("A reorder level never makes a need smaller")
  func law() {
    let failures = broken { random in
      var policy = Policy()
      policy.minPerClass = random.perClass(0...40)
      let stock = Stock.example(total: random.int(0...300), classes: random.perClass(0...100))
      let level = random.int(0...60)
      let order = ReorderLevel(
        level: level, upTo: level + random.int(1...80), demand: 0, coverMilliseconds: 0, serviceLevel: 0.95,
        dailyMean: 1)
      let without = Need(policy: policy, stock: stock, inFlight: PerClass(repeating: 0))
      let with = Need(
        policy: policy, stock: stock, inFlight: PerClass(repeating: 0), reorder: PerClass(repeating: order))
      return LeadClass.allCases.allSatisfy { with.perClass[$0] >= without.perClass[$0] } && with.total >= without.total
    }
    #expect(failures == [])
  }
}

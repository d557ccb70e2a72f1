import Leads
import Planning
import QueueBench
import Timekeeping

/// Plans a second, on one core.
struct PlannerBench {
  private static let rounds = 7
  private static let plansPerRound = 20_000

  func run() -> [Measure] {
    var rates: [Double] = []
    var selected = 0
    for _ in 0..<Self.rounds {
      let clock = ContinuousClock()
      let took = clock.measure {
        for number in 0..<Self.plansPerRound { selected += Planner.plan(Self.input(number)).targets.sum }
      }
      rates.append(Double(Self.plansPerRound) / took.inSeconds)
    }
    // Plans that select nothing would be measured for nothing.
    precondition(selected > 0, "the input calls for uploads")
    return [
      Measure(
        "planner", "planner, one plan of a full reading", .plansPerSecond,
        ours: Statistics.median(of: rates) ?? 0, rounds: Self.rounds)
    ]
  }

  /// A CRM of some agents that is short of leads, another each time, so that nothing can be kept from plan to plan.
  private static func input(_ number: Int) -> PlanningInput {
    let available = PerClass(aPlus: 4 + number % 7, a: 20 + number % 11, b: 12 + number % 5)
    let deskLoad = 60 + number % 30
    let stock = Stock(
      total: available.sum + deskLoad, available: available.sum, availablePerClass: available, availableOther: 0,
      closed: 400, activeAgents: 12, deskLoad: deskLoad,
      conversion: PerClass(
        aPlus: Conversion(won: 40, lost: 30), a: Conversion(won: 60, lost: 90), b: Conversion(won: 30, lost: 120)),
      newestLeadID: 100_000, takenAt: Timestamp(milliseconds: 1_772_463_600_000))
    var policy = Policy()
    policy.minTotal = 500
    policy.targetTotal = 900
    return PlanningInput(
      policy: policy, stock: stock, inFlight: PerClass(aPlus: 1, a: 2, b: 0),
      supply: PerClass(aPlus: 300, a: 2000, b: 5000),
      usage: .init(createdToday: 120, reservedToday: 20, sinceLastUploadMilliseconds: 7_200_000))
  }
}

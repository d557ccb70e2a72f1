import Leads
import Planning
import Testing

@Suite("Segments and territories")
struct SpreadTests {
  private func plan(_ targets: PerClass<Int>, _ steering: Steering, regions: [RegionStock]? = nil) -> Plan {
    var plan = Planner.plan(.golden)
    plan.input.policy.steering = steering
    plan.input.stock.regions = regions
    plan.targets = targets
    plan.runSize = targets.sum
    return plan
  }

  private func cell(_ leadClass: LeadClass, _ region: String, _ segment: String = "") -> SupplyCell {
    SupplyCell(leadClass: leadClass, region: region, segment: segment)
  }

  private func segment(_ share: Double) -> Segment { Segment(filter: [.category: ["x"]], share: share) }

  private var balanced: Steering {
    var steering = Steering()
    steering.geography.isBalanced = true
    return steering
  }

  @Test("Without segments and balance there is no spread")
  func none() {
    #expect(Spread(plan: plan(PerClass(aPlus: 1, a: 0, b: 0), Steering()), supply: [cell(.aPlus, "TX"): 9]) == nil)
  }

  @Test("Segments get their shares of each class: 40 % and 10 % of 20 A are 8 and 2")
  func shares() throws {
    var steering = Steering()
    steering.segments = ["dental": segment(0.4), "eye": segment(0.1)]
    let supply = [cell(.a, "TX", "dental"): 50, cell(.a, "TX", "eye"): 50, cell(.a, "OK"): 50]
    let spread = try #require(Spread(plan: plan(PerClass(aPlus: 0, a: 20, b: 0), steering), supply: supply))
    #expect(spread.segments.map(\.name) == ["", "dental", "eye"])
    #expect(spread.segments.map(\.given) == [10, 8, 2])
    #expect(spread.portions.map(\.count) == [10, 8, 2] && spread.portions.allSatisfy { $0.regions == nil })
  }

  @Test("A segment that runs short is refilled by the others; one that is no longer configured counts as none")
  func refill() throws {
    var steering = Steering()
    steering.segments = ["dental": segment(0.5)]
    let supply = [cell(.a, "TX", "dental"): 3, cell(.a, "TX", "gone"): 50]
    let spread = try #require(Spread(plan: plan(PerClass(aPlus: 0, a: 20, b: 0), steering), supply: supply))
    #expect(spread.segments.map(\.given) == [17, 3])
  }

  @Test("The territory that is furthest behind its weight is filled first: pools of 10, 4 and 0 all get to 8")
  func fairness() throws {
    let regions = [("NM", 10), ("OK", 4), ("TX", 0)].map { RegionStock(code: $0.0, available: $0.1, uptake: 5) }
    let supply = [cell(.a, "NM"): 50, cell(.a, "OK"): 50, cell(.a, "TX"): 50]
    let spread = try #require(
      Spread(plan: plan(PerClass(aPlus: 0, a: 12, b: 0), balanced, regions: regions), supply: supply))
    #expect(spread.weightBasis == .uptake)
    #expect(spread.territories.map(\.given) == [0, 4, 8])
  }

  @Test("Territories join states, and weigh by the active agents of their teams: 1 to 3")
  func territories() throws {
    var steering = balanced
    steering.geography.territories = ["South": ["TX", "OK"], "West": ["CA"]]
    for (key, territory) in [("a", "South"), ("b", "West")] {
      var strategy = TeamStrategy()
      strategy.territory = territory
      steering.teams[key] = strategy
    }
    var plan = plan(PerClass(aPlus: 0, a: 40, b: 0), steering)
    plan.input.stock.teams = [("a", 1), ("b", 3)].map {
      TeamStock(key: $0.0, activeAgents: $0.1, deskLoad: 0, conversion: Conversion(won: 0, lost: 0))
    }
    let supply = [cell(.a, "TX"): 50, cell(.a, "OK"): 50, cell(.a, "CA"): 50, cell(.a, "NY"): 50]
    let spread = try #require(Spread(plan: plan, supply: supply))
    #expect(spread.weightBasis == .agents)
    #expect(spread.territories.map(\.name) == ["", "South", "West"])
    #expect(spread.territories.map(\.given) == [0, 10, 30])
    #expect(spread.portions.map(\.regions) == [["OK", "TX"], ["CA"]])
  }

  /// 30 % of every upload for Hawaii, the rest for Texas.
  private var islands: Steering {
    var steering = balanced
    steering.geography.territories = ["Islands": ["HI"], "South": ["TX"]]
    steering.geography.minShare = ["Islands": 0.3]
    return steering
  }

  @Test(
    "A territory out of supply is listed with its share, and one sentence says who gets it and when it is served again")
  func outOfSupply() throws {
    var plan = plan(PerClass(aPlus: 0, a: 20, b: 0), islands)
    plan.decision = .upload
    plan.input.untilNextCheckMilliseconds = 1_800_000
    plan.spread = Spread(plan: plan, supply: [cell(.a, "TX"): 50])
    let parts = try #require(plan.spread).territories
    #expect(parts.map(\.name) == ["Islands", "South"])
    #expect(parts.map(\.supply) == [0, 50] && parts.map(\.given) == [0, 20] && parts.map(\.leastShare) == [0.3, nil])
    #expect(
      plan.headlines.dropFirst() == [
        "Territory Islands (HI) gets no leads: the sources have none left for it. The others get its share meanwhile: "
          + "South 20 of 20 leads. It is served again as soon as a source holds leads of it; sources are read again in 30 min."
      ])
    #expect(
      plan.explanation.contains(
        "  Islands: 0 given to 0 in the pool, weight 1, share 30.0 % at least, 0 in the sources: out of supply"))
  }

  @Test(
    "A territory with less than its share says how much is lacking; with enough, or with no leads anywhere, nothing is said"
  )
  func short() throws {
    var plan = plan(PerClass(aPlus: 0, a: 20, b: 0), islands)
    plan.decision = .upload
    plan.spread = Spread(plan: plan, supply: [cell(.a, "TX"): 50, cell(.a, "HI"): 4])
    #expect(
      plan.shortages == [
        "Territory Islands (HI) gets 4 of the 6 leads of its share: the sources have no more for it. The others get its share "
          + "meanwhile: South 16 of 20 leads. It is served again in full as soon as a source holds more of it; sources are read "
          + "again at the next run."
      ])
    plan.spread = Spread(plan: plan, supply: [cell(.a, "TX"): 50, cell(.a, "HI"): 10])
    #expect(plan.shortages.isEmpty)
    plan.targets = PerClass(repeating: 0)
    plan.spread = Spread(plan: plan, supply: [:])
    #expect(try #require(plan.spread).territories.map(\.name) == ["Islands", "South"])
    #expect(plan.shortages.isEmpty)
  }

  @Test("A state with a least share counts as a territory of its own where none is named")
  func stateOutOfSupply() throws {
    var steering = balanced
    steering.geography.minShare = ["HI": 0.3]
    var plan = plan(PerClass(repeating: 0), steering)
    plan.decision = .sufficient
    plan.spread = Spread(plan: plan, supply: [cell(.a, "TX"): 50])
    #expect(try #require(plan.spread).territories.map(\.name) == ["HI", "TX"])
    #expect(
      plan.shortages == [
        "Territory HI gets no leads: the sources have none left for it. The others get its share of the next upload. It is "
          + "served again as soon as a source holds leads of it; sources are read again at the next run."
      ])
  }

  @Test("Least and largest shares hold while others have supply, and give way when none has")
  func bounds() throws {
    var steering = balanced
    steering.geography.minShare = ["NM": 0.5]
    steering.geography.maxShare = ["TX": 0.1]
    let regions = [("NM", 100, 1), ("TX", 0, 9)].map { RegionStock(code: $0.0, available: $0.1, uptake: $0.2) }
    var supply = [cell(.a, "NM"): 50, cell(.a, "OK"): 2, cell(.a, "TX"): 50]
    let plan = plan(PerClass(aPlus: 0, a: 20, b: 0), steering, regions: regions)
    #expect(try #require(Spread(plan: plan, supply: supply)).territories.map(\.given) == [18, 0, 2])
    supply[cell(.a, "NM")] = 11
    #expect(try #require(Spread(plan: plan, supply: supply)).territories.map(\.given) == [11, 2, 7])
  }

  @Test("A balance that costs more score than allowed is undone, and the plan says so")
  func scoreGuard() throws {
    var plan = plan(PerClass(aPlus: 0, a: 2, b: 0), balanced)
    var spread = try #require(Spread(plan: plan, supply: [cell(.a, "NM"): 5, cell(.a, "TX"): 5]))
    let isUndoneAtLimit = spread.judge(balanced: 80, best: 85, geography: plan.input.policy.steering.geography)
    let isUndoneAbove = spread.judge(balanced: 80, best: 85.1, geography: plan.input.policy.steering.geography)
    #expect(!isUndoneAtLimit && isUndoneAbove)
    #expect(spread.inScoreOrder.map(\.count) == [2] && spread.inScoreOrder.map(\.regions) == [nil])
    plan.spread = spread
    #expect(plan.explanation.contains { $0.contains("mean score 80.0 balanced, 85.1 by score alone: more than") })
  }

  @Test("Law: the portions of a class sum to its target, within the supply of each segment and territory")
  func law() {
    let failures = broken(0..<10_000) { random in
      var steering = Steering()
      steering.geography.isBalanced = random.int(0...2) > 0
      if random.int(0...1) == 0 { steering.geography.territories = ["S": ["TX", "OK"], "W": ["CA"]] }
      if random.int(0...1) == 0 { steering.geography.maxShare = ["TX": 0.2, "S": 0.3] }
      if random.int(0...1) == 0 { steering.segments = ["p": segment(0.3), "q": segment(0.2)] }
      var supply: [SupplyCell: Int] = [:]
      for leadClass in LeadClass.allCases {
        for state in ["", "CA", "OK", "TX"] {
          for name in ["", "p", "q"] { supply[cell(leadClass, state, name)] = random.int(0...12) }
        }
      }
      let has = PerClass(repeating: 0).map { leadClass, _ in
        supply.filter { $0.key.leadClass == leadClass }.values.reduce(0, +)
      }
      let targets = has.map { random.int(0...$1) }
      let regions = ["CA", "OK", "TX"].map {
        RegionStock(code: $0, available: random.int(0...30), uptake: random.int(0...9))
      }
      guard let spread = Spread(plan: plan(targets, steering, regions: regions), supply: supply) else {
        return !steering.geography.isBalanced && steering.segments.isEmpty
      }
      let sums = LeadClass.allCases.allSatisfy { leadClass in
        spread.portions.filter { $0.leadClass == leadClass }.map(\.count).reduce(0, +) == targets[leadClass]
      }
      let isWithin = spread.portions.allSatisfy { portion in
        let room = supply.filter { entry in
          entry.key.leadClass == portion.leadClass && (portion.segment.map { $0 == entry.key.segment } ?? true)
            && (portion.regions.map { $0.contains(entry.key.region) } ?? true)
        }
        return portion.count > 0 && portion.count <= room.values.reduce(0, +)
      }
      return sums && isWithin
    }
    #expect(failures.isEmpty)
  }

  @Test(
    "A filter asks for all its fields, one text each, whatever the case; * stands for anything",
    arguments: [
      ("DENTAL", "TX", true), ("Pediatric Dental Care", "TX", true), ("Dental", "OK", false), ("Eye", "TX", false),
    ])
  func filters(category: String, state: String, isInside: Bool) {
    let dental = Segment(filter: [.category: ["*dental*"], .state: ["tx", "ca"]], share: 0.5)
    let value: (Segment.Field) -> String? = { $0 == .category ? category : $0 == .state ? state : nil }
    #expect(dental.holds(value) == isInside)
    #expect(Segment.name(among: ["d": dental], of: value) == (isInside ? "d" : ""))
    #expect(!Segment(filter: [.city: ["*"]], share: 0.5).holds(value))
    #expect(!Segment(filter: [:], share: 0.5).holds(value))
  }
}

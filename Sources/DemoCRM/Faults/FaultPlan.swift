/// Decides, bulk request by bulk request, which fault strikes. Equal rules and seed give equal decisions.
struct FaultPlan: Sendable {
  private let rules: [FaultRule]
  private var random: SeededRandom
  /// How many bulk requests were numbered so far.
  private(set) var requests = 0

  init(rules: [FaultRule], seed: UInt64) {
    self.rules = rules
    random = SeededRandom(seed: seed, stream: "faults")
  }

  /// Numbers the next bulk request. Rules that name it come before those by chance; within each, the first given wins.
  /// Every rule by chance draws at every request, so that no rule shifts the draws of another.
  mutating func next() -> Fault? {
    requests += 1
    var named: Fault?
    var drawn: Fault?
    for rule in rules {
      switch rule.trigger {
      case .requests(let ranges):
        if named == nil, ranges.contains(where: { $0.contains(requests) }) { named = rule.fault }
      case .probability(let probability):
        let draw = random.fraction()
        if drawn == nil, draw < probability { drawn = rule.fault }
      }
    }
    return named ?? drawn
  }
}

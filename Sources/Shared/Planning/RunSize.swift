import Leads

/// One bound on the size of a run.
package struct Cap: Sendable, Equatable, Codable {
  package enum Name: String, Sendable, Codable, CaseIterable {
    /// What the stock lacks.
    case need
    /// Other classes fill in for one without supply, but only up to the target: else a class that no source can supply
    /// would have the others uploaded for ever.
    case refill
    case perRun = "per_run"
    /// What is left of the daily limit.
    case daily
    /// What the active agents' pool still takes.
    case agentsRoom = "agents_room"
    case supply
  }

  package var name: Name
  /// The configuration key that sets it.
  package var configurationKey: String
  /// Leads, ≥ 0.
  package var value: Int

  private enum CodingKeys: String, CodingKey {
    case name
    case configurationKey = "configuration_key"
    case value
  }

  /// Whether it may never be passed; need and refill give way to the smallest batch.
  package var isHard: Bool {
    switch name {
    case .need, .refill: false
    case .perRun, .daily, .agentsRoom, .supply: true
    }
  }
}

/// How many leads one run may upload, by the least of the caps and the smallest batch.
package struct RunSize: Sendable, Equatable, Codable {
  /// In the order of `Cap.Name`; no `agents_room` when `avoid_overloading_agents` is off.
  package var caps: [Cap]
  /// The cap that decided. With a hold for the smallest batch: the hard cap that left too little.
  package var binding: Cap
  /// Whether the run was raised above need or refill to `min_upload_batch`.
  package var isRaised: Bool
  /// Leads; 0 when a cap is used up or the run is held for the smallest batch.
  package var size: Int

  private enum CodingKeys: String, CodingKey {
    case caps, binding
    case isRaised = "is_raised"
    case size
  }

  package init(input: PlanningInput, need: Need) {
    caps = RunSize.caps(input: input, need: need)
    let least = RunSize.least(of: caps)
    let smallest = input.policy.minUploadBatch
    binding = least
    size = least.value
    isRaised = false
    if least.value > 0, least.value < smallest {
      let hardest = RunSize.least(of: caps.filter(\.isHard))
      if hardest.value >= smallest {
        size = smallest
        isRaised = true
      } else if !need.isAnyClassShort {
        size = 0
        binding = hardest
      }
    }
  }

  /// The value of one cap; nil when that cap does not apply.
  package func cap(_ name: Cap.Name) -> Int? {
    caps.first { $0.name == name }?.value
  }

  private static func caps(input: PlanningInput, need: Need) -> [Cap] {
    let policy = input.policy
    let supply = input.supply.map { _, count in max(0, count) }
    let ownClass = supply.map { leadClass, count in min(count, need.perClass[leadClass]) }.sum
    let used = max(0, input.usage.createdToday) + max(0, input.usage.reservedToday)
    var caps = [
      Cap(
        name: .need,
        configurationKey: need.isTotalShort ? PolicyKey.targetTotal : PolicyKey.minPerClass,
        value: need.total),
      Cap(
        name: .refill, configurationKey: PolicyKey.targetTotal,
        value: max(0, policy.targetTotal - need.stockTotal, ownClass)),
      Cap(name: .perRun, configurationKey: PolicyKey.maxUploadPerRun, value: max(0, policy.maxUploadPerRun)),
      Cap(
        name: .daily, configurationKey: PolicyKey.maxDailyUploads, value: max(0, policy.maxDailyUploads - used)),
    ]
    if policy.avoidOverloadingAgents {
      let pool = input.stock.available + need.stockPerClass.sum - input.stock.availablePerClass.sum
      let (product, overflows) = input.stock.activeAgents.multipliedReportingOverflow(by: policy.maxPoolLeadsPerAgent)
      let capacity = overflows ? Int.max : product
      caps.append(
        Cap(
          name: .agentsRoom, configurationKey: PolicyKey.maxPoolLeadsPerAgent, value: max(0, capacity - pool)))
    }
    caps.append(Cap(name: .supply, configurationKey: PolicyKey.sourceFiles, value: supply.sum))
    return caps
  }

  /// The first of the smallest caps.
  private static func least(of caps: [Cap]) -> Cap {
    caps.dropFirst().reduce(caps[0]) { least, cap in cap.value < least.value ? cap : least }
  }
}

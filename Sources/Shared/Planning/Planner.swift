import Leads

/// Decides what one cycle uploads. Pure: no I/O, no clock, no randomness; equal inputs give equal plans.
package enum Planner {
  /// Plans one cycle. `input.stock` must be an accepted reading. The order of the checks decides the message: need,
  /// daily limit, upload under way, cooldown, business hours, agents, supply, smallest batch.
  package static func plan(_ input: PlanningInput) -> Plan {
    let performance = Performance(policy: input.policy, stock: input.stock, earlier: input.teamStates ?? [:])
    let mix = Mix(policy: input.policy, conversion: input.stock.conversion, performance: performance)
    let need = Need(
      policy: input.policy, stock: input.stock, inFlight: input.inFlight,
      minimums: performance.minimums(policy: input.policy, mix: mix), reorder: input.reorder)
    let runSize = RunSize(input: input, need: need)
    let decision = decide(input: input, need: need, runSize: runSize)
    let size = decision == .upload ? runSize.size : 0
    let unlimited = PerClass(repeating: size)
    let wanted = Apportionment.apportion(total: size, weights: mix.weights, lower: need.perClass, upper: unlimited)
    // `Apportionment` never gives more than `upper`, so the lower bounds are min(class need, supply).
    let targets = Apportionment.apportion(
      total: size, weights: mix.weights, lower: need.perClass, upper: input.supply)
    return Plan(
      input: input, decision: decision, reasons: need.reasons(policy: input.policy, reorder: input.reorder), need: need,
      mix: mix,
      caps: runSize.caps, binding: binding(decision, runSize: runSize),
      isRaisedToSmallestBatch: decision == .upload && runSize.isRaised, runSize: size, targets: targets,
      refill: targets.map { leadClass, count in count - wanted[leadClass] }, performance: performance)
  }

  private static func decide(input: PlanningInput, need: Need, runSize: RunSize) -> Decision {
    if need.total == 0 {
      return .sufficient
    }
    if runSize.cap(.daily) == 0 {
      return .blocked(.dailyLimit)
    }
    if input.usage.unfinishedBatches > 0 {
      return .blocked(.uploadUnderWay(batches: input.usage.unfinishedBatches))
    }
    if let minutes = cooldownMinutes(input) {
      return .blocked(.cooldown(minutes: minutes))
    }
    if input.closure != nil {
      return .blocked(.outsideBusinessHours)
    }
    if input.stock.activeAgents <= 0 {
      return .blocked(.noActiveAgents)
    }
    if runSize.cap(.agentsRoom) == 0 {
      return .blocked(.agentsFull)
    }
    if runSize.cap(.supply) == 0 || runSize.cap(.refill) == 0 {
      return .blocked(.noSupply(problem: input.supplyProblem))
    }
    if runSize.size == 0 {
      return .blocked(
        .smallestBatch(
          allowed: runSize.binding.value, cap: runSize.binding.name, smallest: input.policy.minUploadBatch))
    }
    return .upload
  }

  /// Whole minutes left of the cooldown, rounded up; nil when it is over. A clock set back makes the wait at most one
  /// full cooldown, never longer.
  private static func cooldownMinutes(_ input: PlanningInput) -> Int? {
    guard let elapsed = input.usage.sinceLastUploadMilliseconds else { return nil }
    let left = input.policy.cooldownMilliseconds - max(0, elapsed)
    guard left > 0 else { return nil }
    let minute: Int64 = 60_000
    return Int(left / minute) + (left % minute > 0 ? 1 : 0)
  }

  /// The cap that decided the size of this run or held it back; nil where none did.
  private static func binding(_ decision: Decision, runSize: RunSize) -> Cap.Name? {
    switch decision {
    case .upload, .blocked(.smallestBatch): runSize.binding.name
    case .blocked(.dailyLimit): .daily
    case .blocked(.agentsFull): .agentsRoom
    case .blocked(.noSupply): runSize.cap(.supply) == 0 ? .supply : .refill
    case .sufficient, .blocked(.uploadUnderWay), .blocked(.cooldown), .blocked(.outsideBusinessHours),
      .blocked(.noActiveAgents):
      nil
    }
  }
}

/// What a cycle does.
package enum Decision: Sendable, Equatable {
  /// Upload the plan's targets.
  case upload
  /// Nothing is needed.
  case sufficient
  /// Something is needed, but a rule holds it back.
  case blocked(Block)
}

/// The first check that holds an upload back, in the order of the checks.
package enum Block: Sendable, Equatable, Codable {
  /// `max_daily_uploads` is used up by what was created today or is still reserved.
  case dailyLimit
  /// Batches of an earlier plan are not finished.
  case uploadUnderWay(batches: Int)
  /// Whole minutes left of the cooldown, rounded up, ≥ 1.
  case cooldown(minutes: Int)
  /// Business is closed; the plan's `input.closure` says why and until when.
  case outsideBusinessHours
  case noActiveAgents
  /// The agents' pool takes no more leads.
  case agentsFull
  /// No lead of use is left in the sources. `problem`: a source that is missing or unreadable.
  case noSupply(problem: String?)
  /// `cap` allows only `allowed` leads, fewer than `smallest`, and no class is below its minimum.
  case smallestBatch(allowed: Int, cap: Cap.Name, smallest: Int)

  private enum CodingKeys: String, CodingKey {
    case dailyLimit = "daily_limit"
    case uploadUnderWay = "upload_under_way"
    case cooldown
    case outsideBusinessHours = "outside_business_hours"
    case noActiveAgents = "no_active_agents"
    case agentsFull = "agents_full"
    case noSupply = "no_supply"
    case smallestBatch = "smallest_batch"
  }
}

/// JSON: `{"outcome": "upload"}`, or `{"outcome": "blocked", "block": {"cooldown": {"minutes": 6}}}`.
extension Decision: Codable {
  private enum CodingKeys: String, CodingKey {
    case outcome, block
  }

  private enum Outcome: String, Codable {
    case upload, sufficient, blocked
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decode(Outcome.self, forKey: .outcome) {
    case .upload: self = .upload
    case .sufficient: self = .sufficient
    case .blocked: self = .blocked(try container.decode(Block.self, forKey: .block))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .upload: try container.encode(Outcome.upload, forKey: .outcome)
    case .sufficient: try container.encode(Outcome.sufficient, forKey: .outcome)
    case .blocked(let block):
      try container.encode(Outcome.blocked, forKey: .outcome)
      try container.encode(block, forKey: .block)
    }
  }
}

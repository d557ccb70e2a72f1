/// One team in a reading of the CRM: the agents of one manager.
public struct TeamStock: Sendable, Equatable, Codable {
  /// The manager's user name, else the number of the user; empty for agents without a manager.
  public var key: String
  /// Agents with `is_active`.
  public var activeAgents: Int
  /// Assigned leads neither closed nor recycled, over all agents of the team.
  public var deskLoad: Int
  /// Over all classes, by the agent a lead was assigned to when it closed.
  public var conversion: Conversion
  /// Median age of the active agents' accounts, days; nil without active agents, or where the CRM does not tell.
  public var medianTenureDays: Double?

  public init(
    key: String, activeAgents: Int, deskLoad: Int, conversion: Conversion, medianTenureDays: Double? = nil
  ) {
    self.key = key
    self.activeAgents = activeAgents
    self.deskLoad = deskLoad
    self.conversion = conversion
    self.medianTenureDays = medianTenureDays
  }

  private enum CodingKeys: String, CodingKey {
    case key
    case activeAgents = "active_agents"
    case deskLoad = "desk_load"
    case conversion
    case medianTenureDays = "median_tenure_days"
  }
}

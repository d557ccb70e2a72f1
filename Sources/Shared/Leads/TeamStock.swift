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

/// The leads of one state in a reading of the CRM.
public struct RegionStock: Sendable, Equatable, Codable {
  /// Two capital letters; empty where the CRM holds no such code.
  public var state: String
  /// Leads in the CRM's own pool, of our classes.
  public var available: Int
  /// What agents took up: leads on desks, and those closed within the performance window.
  public var uptake: Int

  public init(state: String, available: Int, uptake: Int) {
    self.state = state
    self.available = available
    self.uptake = uptake
  }

  /// The code of a state as it is compared: trimmed, two letters, capitals; empty for anything else.
  public static func code(_ text: String?) -> String {
    let letters = (text ?? "").filter { !$0.isWhitespace }.uppercased()
    return letters.utf8.count == 2 && letters.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
      ? letters : ""
  }
}

public import Timekeeping

/// Won and lost leads of one group among those that closed within the performance window; open leads are not counted.
public struct Conversion: Sendable, Equatable, Codable {
  public var won: Int
  public var lost: Int

  public init(won: Int, lost: Int) {
    self.won = won
    self.lost = lost
  }

  public var resolved: Int { won + lost }
}

/// One reading of the CRM, by the definitions of docs/ARCHITECTURE.md ("What is counted").
public struct Stock: Sendable, Equatable, Codable {
  /// Workable leads: neither closed nor exhausted. Compared with `min_total_leads`.
  public var total: Int
  /// The CRM's own pool: unassigned or recycled, not closed, not exhausted.
  public var available: Int
  /// `available` per class; the CRM's `B+` counts as B.
  public var availablePerClass: PerClass<Int>
  /// `available` in no class of ours (C, null, anything else): reported, never planned.
  public var availableOther: Int
  /// Leads closed (won or lost) ever; explains a total that falls.
  public var closed: Int
  /// Agents with `is_active`.
  public var activeAgents: Int
  /// Assigned leads neither closed nor recycled, over all agents.
  public var deskLoad: Int
  public var conversion: PerClass<Conversion>
  /// The highest lead id in the CRM when it was read; rows above it were created afterwards. Zero for an empty CRM.
  public var newestLeadID: Int64
  /// When the reading began, by our clock: leads we create after it are not in it.
  public var takenAt: Timestamp
  /// The agents by the manager they work for, ordered by `TeamStock.key`; nil where the CRM does not tell.
  public var teams: [TeamStock]?
  /// The leads by region, ordered by `RegionStock.code`; nil where the CRM does not tell.
  public var regions: [RegionStock]?

  public init(
    total: Int, available: Int, availablePerClass: PerClass<Int>, availableOther: Int, closed: Int,
    activeAgents: Int, deskLoad: Int, conversion: PerClass<Conversion>, newestLeadID: Int64, takenAt: Timestamp,
    teams: [TeamStock]? = nil, regions: [RegionStock]? = nil
  ) {
    self.total = total
    self.available = available
    self.availablePerClass = availablePerClass
    self.availableOther = availableOther
    self.closed = closed
    self.activeAgents = activeAgents
    self.deskLoad = deskLoad
    self.conversion = conversion
    self.newestLeadID = newestLeadID
    self.takenAt = takenAt
    self.teams = teams
    self.regions = regions
  }
}

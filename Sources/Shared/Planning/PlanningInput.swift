package import Leads
package import Timekeeping

/// Everything a plan depends on, and nothing else: equal inputs give equal plans.
package struct PlanningInput: Sendable, Equatable, Codable {
  package var policy: Policy
  /// The latest *accepted* reading of the CRM (`PlausibilityCheck`).
  package var stock: Stock
  /// Our leads the reading may not hold yet: in flight, with an unknown outcome, or created after the reading began.
  package var inFlight: PerClass<Int>
  /// Leads of the catalog that may be uploaded now.
  package var supply: PerClass<Int>
  package var usage: Usage
  /// Why a source is missing or unreadable, free of lead data; nil when all sources are well.
  package var supplyProblem: String?
  /// The teams' states in the last plan (`Performance.teamStates`), by the team's key; nil: none yet.
  package var teamStates: [String: TeamState]?
  /// Why business is closed, where business hours are respected; nil when it is open or hours do not count.
  package var closure: Closure?
  /// When the next cycle looks again, from now; nil where none is due by itself.
  package var untilNextCheckMilliseconds: Int64?
  /// The configured time between cycles, where none is due by itself; nil: not known.
  package var scheduledIntervalMilliseconds: Int64?
  /// From which stock on a class counts as short by the predicted demand; nil: `planning.forecast` is off. Nil for a class
  /// whose history is too short.
  package var reorder: PerClass<ReorderLevel?>?

  package init(
    policy: Policy, stock: Stock, inFlight: PerClass<Int>, supply: PerClass<Int>, usage: Usage,
    supplyProblem: String? = nil, teamStates: [String: TeamState]? = nil, closure: Closure? = nil,
    untilNextCheckMilliseconds: Int64? = nil, scheduledIntervalMilliseconds: Int64? = nil,
    reorder: PerClass<ReorderLevel?>? = nil
  ) {
    self.policy = policy
    self.stock = stock
    self.inFlight = inFlight
    self.supply = supply
    self.usage = usage
    self.supplyProblem = supplyProblem
    self.teamStates = teamStates
    self.closure = closure
    self.untilNextCheckMilliseconds = untilNextCheckMilliseconds
    self.scheduledIntervalMilliseconds = scheduledIntervalMilliseconds
    self.reorder = reorder
  }

  private enum CodingKeys: String, CodingKey {
    case policy, stock
    case inFlight = "in_flight"
    case supply, usage
    case supplyProblem = "supply_problem"
    case teamStates = "team_states"
    case closure
    case untilNextCheckMilliseconds = "until_next_check_ms"
    case scheduledIntervalMilliseconds = "scheduled_interval_ms"
    case reorder
  }

  /// What the ledger says about uploads so far.
  package struct Usage: Sendable, Equatable, Codable {
    /// Leads created today, by the day of the configured zone.
    package var createdToday: Int
    /// Leads that count against today until their outcome is known.
    package var reservedToday: Int
    /// Since the last request that created a row, or may have; nil: never. Negative when the clock was set back.
    package var sinceLastUploadMilliseconds: Int64?
    /// Upload batches of earlier plans that are not finished.
    package var unfinishedBatches: Int
    /// Until the midnight that begins the next day's limit; nil: not known.
    package var untilResetMilliseconds: Int64?

    package init(
      createdToday: Int = 0, reservedToday: Int = 0, sinceLastUploadMilliseconds: Int64? = nil,
      unfinishedBatches: Int = 0, untilResetMilliseconds: Int64? = nil
    ) {
      self.createdToday = createdToday
      self.reservedToday = reservedToday
      self.sinceLastUploadMilliseconds = sinceLastUploadMilliseconds
      self.unfinishedBatches = unfinishedBatches
      self.untilResetMilliseconds = untilResetMilliseconds
    }

    private enum CodingKeys: String, CodingKey {
      case createdToday = "created_today"
      case reservedToday = "reserved_today"
      case sinceLastUploadMilliseconds = "since_last_upload_ms"
      case unfinishedBatches = "unfinished_batches"
      case untilResetMilliseconds = "until_reset_ms"
    }
  }
}

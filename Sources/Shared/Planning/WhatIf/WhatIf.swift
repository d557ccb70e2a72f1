package import Leads
import Timekeeping

/// What a configuration decides by, as far as what-if follows it.
package struct WhatIfRules: Sendable, Equatable {
  package var policy: Policy
  /// `monitoring.check_interval_minutes`.
  package var checkInterval: Duration
  /// Whether uploads wait for opening (`business_rules.respect_business_hours`).
  package var respectsBusinessHours: Bool

  /// `checkInterval` above zero.
  package init(policy: Policy, checkInterval: Duration, respectsBusinessHours: Bool = false) {
    precondition(checkInterval > .zero)
    self.policy = policy
    self.checkInterval = checkInterval
    self.respectsBusinessHours = respectsBusinessHours
  }
}

/// Where a what-if begins.
package struct WhatIfStart: Sendable, Equatable {
  /// Available leads in the CRM.
  package var available: PerClass<Int>
  /// Workable leads on desks, which stay as many.
  package var deskLoad: Int
  package var activeAgents: Int
  /// New leads in the sources.
  package var supply: PerClass<Int>
  /// Which stays as it is.
  package var conversion: PerClass<Conversion>
  /// The uptake before the first day, from which forecasts learn.
  package var history: PerClass<[DailyUptake]>

  package init(
    available: PerClass<Int>, deskLoad: Int = 0, activeAgents: Int, supply: PerClass<Int>,
    conversion: PerClass<Conversion> = PerClass(repeating: Conversion(won: 0, lost: 0)),
    history: PerClass<[DailyUptake]> = PerClass(repeating: [])
  ) {
    self.available = available
    self.deskLoad = deskLoad
    self.activeAgents = activeAgents
    self.supply = supply
    self.conversion = conversion
    self.history = history
  }
}

/// Lives through a trace of demand under a configuration, with the planner that decides in earnest. Pure: equal inputs give
/// equal outcomes.
///
/// Simplified: an upload lands at once and whole, demand arises in business hours only, and what agents ask for in vain is
/// lost.
package struct WhatIf {
  private let rules: WhatIfRules
  private let workDays: [WorkDay]
  private var start: WhatIfStart
  private var outcome = WhatIfOutcome()
  private var forecasts: PerClass<ClassForecast?> = PerClass(repeating: nil)

  private var stock: PerClass<Int>
  private var createdToday = 0
  private var lastUpload: Timestamp?
  private var nextCheck: Timestamp
  /// Classes that agents ask for in vain at present.
  private var isOut = PerClass(repeating: false)
  private var poolSum = 0.0
  private var stepCount = 0

  /// How many business days ahead reorder levels look.
  private static let daysAhead = 5
  private static let daysBetweenFits = 5
  private static let dayMilliseconds: Int64 = 86_400_000

  package static func run(_ trace: DemandTrace, rules: WhatIfRules, from start: WhatIfStart) -> WhatIfOutcome {
    var world = WhatIf(trace, rules: rules, from: start)
    for index in trace.days.indices {
      world.live(trace.days[index], index: index)
    }
    return world.finish()
  }

  private init(_ trace: DemandTrace, rules: WhatIfRules, from start: WhatIfStart) {
    self.rules = rules
    self.start = start
    workDays = trace.days.map(\.workDay)
    stock = start.available
    nextCheck = trace.days.first?.workDay.opening ?? Timestamp(milliseconds: 0)
    learn()
  }

  // MARK: A day

  private mutating func live(_ day: DemandTrace.Day, index: Int) {
    let length = day.workDay.length.milliseconds
    let hours = Double(length) / 3_600_000 / Double(day.steps.count)
    outcome.days.append(WhatIfOutcome.Day(day: day.workDay.day, lowest: stock, uploaded: 0))
    var taken = PerClass(repeating: 0)
    var isCensored = PerClass(repeating: false)
    nextCheck = max(nextCheck, day.workDay.opening)
    for (step, demand) in day.steps.enumerated() {
      let now = Timestamp(
        milliseconds: day.workDay.opening.milliseconds + length * Int64(step) / Int64(day.steps.count))
      if now >= nextCheck {
        _ = check(at: now, dayIndex: index)
        nextCheck = now + rules.checkInterval
      }
      serve(demand, taken: &taken, isCensored: &isCensored)
      account(hours: hours)
    }
    for leadClass in LeadClass.allCases {
      outcome.classes[leadClass].taken += taken[leadClass]
      start.history[leadClass].append(
        DailyUptake(
          day: day.workDay.day, weekday: day.workDay.weekday, count: taken[leadClass],
          isCensored: isCensored[leadClass]))
    }
    learn()
    closedTime(after: index)
  }

  private mutating func serve(
    _ demand: PerClass<Int>, taken: inout PerClass<Int>, isCensored: inout PerClass<Bool>
  ) {
    for leadClass in LeadClass.allCases where demand[leadClass] > 0 {
      let served = min(demand[leadClass], stock[leadClass])
      stock[leadClass] -= served
      taken[leadClass] += served
      let unmet = demand[leadClass] - served
      guard unmet > 0 else { continue }
      isCensored[leadClass] = true
      outcome.classes[leadClass].unmet += unmet
      if !isOut[leadClass] { outcome.classes[leadClass].stockOuts += 1 }
      isOut[leadClass] = true
    }
  }

  private mutating func account(hours: Double) {
    var isAnyBelow = false
    for leadClass in LeadClass.allCases {
      let count = stock[leadClass]
      if count < rules.policy.minPerClass[leadClass] {
        outcome.classes[leadClass].hoursBelowMinimum += hours
        isAnyBelow = true
      }
      if count == 0 { outcome.classes[leadClass].hoursAtZero += hours }
      let last = outcome.days.count - 1
      outcome.days[last].lowest[leadClass] = min(outcome.days[last].lowest[leadClass], count)
    }
    if isAnyBelow { outcome.hoursBelowAnyMinimum += hours }
    outcome.businessHours += hours
    let pool = Double(stock.sum) / Double(max(1, start.activeAgents))
    poolSum += pool
    stepCount += 1
    outcome.poolPerAgentMax = max(outcome.poolPerAgentMax, pool)
  }

  // MARK: Checks

  /// Plans at a moment, and carries the plan out.
  private mutating func check(at now: Timestamp, dayIndex: Int) -> Decision {
    let days = Array(workDays[dayIndex..<min(workDays.count, dayIndex + Self.daysAhead)])
    let reading = Stock(
      total: stock.sum + start.deskLoad, available: stock.sum, availablePerClass: stock, availableOther: 0, closed: 0,
      activeAgents: start.activeAgents, deskLoad: start.deskLoad, conversion: start.conversion, newestLeadID: 0,
      takenAt: now)
    let nothing = PerClass(repeating: 0)
    let reorder = rules.policy.reorderLevels(forecasts, days: days, now: now)
    // The planner's own first question, asked before it puts a whole plan together: nearly every check ends here.
    guard Need(policy: rules.policy, stock: reading, inFlight: nothing, reorder: reorder).total > 0 else {
      return .sufficient
    }
    let usage = PlanningInput.Usage(
      createdToday: createdToday, sinceLastUploadMilliseconds: lastUpload.map { (now - $0).milliseconds })
    let plan = Planner.plan(
      PlanningInput(
        policy: rules.policy, stock: reading, inFlight: nothing, supply: start.supply, usage: usage, reorder: reorder))
    switch plan.decision {
    case .sufficient: break
    case .blocked(let block): note(block)
    case .upload: land(plan, at: now)
    }
    return plan.decision
  }

  private mutating func land(_ plan: Plan, at now: Timestamp) {
    for leadClass in LeadClass.allCases {
      let count = plan.targets[leadClass]
      stock[leadClass] += count
      start.supply[leadClass] -= count
      outcome.classes[leadClass].uploaded += count
      if count > 0 { isOut[leadClass] = false }
    }
    outcome.uploads += 1
    outcome.days[outcome.days.count - 1].uploaded += plan.runSize
    createdToday += plan.runSize
    lastUpload = now
  }

  private mutating func note(_ block: Block) {
    let name: String
    switch block {
    case .dailyLimit: name = "daily_limit"
    case .uploadUnderWay: name = "upload_under_way"
    case .cooldown: name = "cooldown"
    case .outsideBusinessHours: name = "outside_business_hours"
    case .noActiveAgents: name = "no_active_agents"
    case .agentsFull: name = "agents_full"
    case .noSupply:
      name = "no_supply"
      if outcome.sourcesUsedUpOn == nil { outcome.sourcesUsedUpOn = outcome.days.last?.day }
    case .smallestBatch: name = "smallest_batch"
    }
    outcome.held[name, default: 0] += 1
  }

  /// From closing to the next opening nothing is taken, so that only a cooldown that ends or a new day's limit changes what
  /// a check decides: it goes from one to the next of these.
  private mutating func closedTime(after index: Int) {
    let closing = workDays[index].closing
    guard index + 1 < workDays.count else { return }
    let opening = workDays[index + 1].opening
    // The day of the limit ends at midnight, seven hours after the usual closing.
    let midnight = closing + min(.seconds(7 * 3600), .milliseconds((opening - closing).milliseconds / 2))
    func midnights(until time: Timestamp) -> Int64 {
      time < midnight ? 0 : 1 + (time - midnight).milliseconds / Self.dayMilliseconds
    }
    var passed: Int64 = 0
    var now = rules.respectsBusinessHours ? opening : max(nextCheck, closing)
    while now < opening {
      if midnights(until: now) > passed {
        passed = midnights(until: now)
        createdToday = 0
      }
      switch check(at: now, dayIndex: index + 1) {
      case .upload: now = now + max(rules.checkInterval, .milliseconds(rules.policy.cooldownMilliseconds))
      case .blocked(.cooldown(let minutes)): now = now + max(rules.checkInterval, .seconds(60 * minutes))
      case .blocked(.dailyLimit):
        let nextDay = midnight + .milliseconds(passed * Self.dayMilliseconds)
        now = max(nextDay, now + rules.checkInterval)
      default: now = opening
      }
    }
    if midnights(until: opening) > passed { createdToday = 0 }
    // Checks go on through the night: when the first one of the day comes follows from the interval.
    let interval = rules.checkInterval.milliseconds
    let ahead = max(0, (opening - nextCheck).milliseconds)
    nextCheck = nextCheck + .milliseconds((ahead + interval - 1) / interval * interval)
  }

  // MARK: Learning and closing

  /// Fits once a week, and in between takes each day in.
  private mutating func learn() {
    guard rules.policy.forecasting != nil else { return }
    let isFitted = outcome.days.count % Self.daysBetweenFits != 0
    forecasts = start.history.map { leadClass, series in
      guard isFitted, var forecast = forecasts[leadClass], let day = series.last else {
        return ClassForecast(learning: series)
      }
      forecast.observe(day)
      return forecast
    }
  }

  private consuming func finish() -> WhatIfOutcome {
    outcome.poolPerAgentMean = stepCount > 0 ? poolSum / Double(stepCount) : 0
    return outcome
  }
}

import Alerts
import Database
import JobQueue
import LeadStore
import Leads
import Planning
import Timekeeping

/// How things stand, at a glance.
struct OverviewPage: Sendable {
  struct RangeChoice: Sendable {
    var label: String
    var path: String
    var isCurrent: Bool
  }

  struct Notice: Sendable {
    var text: String
    var level: String
    var path: String
    var linkText: String
  }

  struct Row: Sendable {
    var stamp: PageTime.Stamp
    var count: String
  }

  /// One chart with what is said of it.
  struct Panel: Sendable {
    var id: String
    var name: String
    var value: String
    var badge: Badge
    var minimum: String
    var target: String
    var note: String?
    var forecast: String
    var chart: String
    var rows: [Row]
  }

  struct Quota: Sendable {
    var day: String
    var limit: String
    var used: String
    var reserved: String
    var unknown: String
    var left: String
    var bar: String
  }

  struct Work: Sendable {
    var badge: Badge
    var title: String
    var cycleID: Int64?
    var text: String
    var stamp: PageTime.Stamp?
    var progress: String?
  }

  var sentence: String
  var level: String
  var notices: [Notice]
  var ranges: [RangeChoice]
  var panels: [Panel]
  var readAt: PageTime.Stamp?
  var quota: Quota
  var cooldown: Badge
  var cooldownText: String
  var work: Work
  var next: PageTime.Stamp?
  var nextText: String
  var workers: Badge
  var workersText: String
  var queueText: String

  init(
    _ reading: OverviewReading, history: [StockPoint], forecast: ForecastReport?, range: ChartRange,
    rules: DashboardOffice.Rules, time: PageTime
  ) {
    let policy = rules.policy
    let sentence = OverviewSentence(reading, policy: policy, time: time)
    self.sentence = sentence.text
    level = sentence.level.rawValue
    notices = Self.notices(reading, time: time)
    ranges = ChartRange.allCases.map {
      RangeChoice(label: $0.label, path: "/?range=\($0.rawValue)", isCurrent: $0 == range)
    }
    readAt = reading.reading.map { time.stamp($0.beganAt) }
    panels = PanelMaker(history: history, forecast: forecast, range: range, policy: policy, time: time).panels(reading)
    quota = Self.quota(reading, policy: policy)
    (cooldown, cooldownText) = Self.cooldown(reading, policy: policy, time: time)
    work = Self.work(reading, time: time)
    next = reading.nextCycle.map(time.stamp)
    nextText =
      reading.nextCycle.map { $0 > time.now ? "in \(($0 - time.now).words)" : "due now" }
      ?? "No schedule: lead-scheduler --mode continuous keeps one."
    let alive = reading.aliveWorkers(at: time.now)
    workers = Badge(alive == 0 ? "none alive" : "\(alive) alive", alive == 0 ? .warn : .good)
    workersText = reading.count(.leased).counted("job") + " running"
    queueText =
      "\(reading.count(.available).grouped) ready · \(reading.count(.waiting).grouped) waiting · "
      + "\(reading.count(.dead).grouped) dead"
  }

  private static func notices(_ reading: OverviewReading, time: PageTime) -> [Notice] {
    var notices: [Notice] = []
    func add(_ level: Level, _ text: String, _ path: String, _ linkText: String) {
      notices.append(Notice(text: text, level: level.rawValue, path: path, linkText: linkText))
    }
    if reading.heldReadings > 0 {
      add(
        .bad, "The CRM's latest reading was held as implausible; nothing is uploaded meanwhile.", "/cycles",
        "Look at the cycles")
    }
    if let last = reading.lastCycle, last.state == .failed {
      add(.bad, "The last cycle failed: \(last.message ?? "no reason given")", "/cycles/\(last.id)", "Cycle \(last.id)")
    }
    let dead = reading.count(.dead)
    if dead > 0 {
      add(
        .bad, "\(dead.counted("job")) gave up and \(dead == 1 ? "needs" : "need") a person.", "/queue?state=dead",
        "Dead letters")
    }
    for pause in reading.pauses {
      add(
        .warn, "The \(pause.scope.rawValue) \(pause.name) is paused by \(pause.pausedBy): \(pause.reason)", "/queue",
        "Queue")
    }
    if reading.unresolved > 0 {
      add(
        .warn, "\(reading.unresolved.counted("lead")) in doubt: the CRM is asked before anything is sent again.",
        "/cycles", "Cycles")
    }
    // The others are told above, as they are now.
    let told: Set<AlertEvent> = [.readingHeld, .cycleFailed, .deadLetter]
    for alert in reading.alerts where !told.contains(alert.key.event) {
      add(alert.key.event == .stockLow ? .warn : .bad, alert.text, "/cycles", "Cycles")
    }
    for source in reading.sources where source.state == .missing || source.state == .unreadable {
      add(.warn, "The source \(source.path) is \(source.state.rawValue).", "/sources", "Sources")
    }
    return notices
  }

  private static func quota(_ reading: OverviewReading, policy: Policy) -> Quota {
    let today = reading.today
    let unknown = min(reading.unresolved, today.reserved)
    let left = max(0, policy.maxDailyUploads - today.used)
    return Quota(
      day: today.day, limit: policy.maxDailyUploads.grouped, used: today.created.grouped,
      reserved: (today.reserved - unknown).grouped, unknown: unknown.grouped, left: left.grouped,
      bar: ShareBar(
        parts: [("used", today.created), ("reserved", today.reserved - unknown), ("unknown", unknown)],
        whole: policy.maxDailyUploads
      ).svg)
  }

  private static func cooldown(
    _ reading: OverviewReading, policy: Policy, time: PageTime
  ) -> (Badge, String) {
    guard let elapsed = reading.sinceLastUpload else { return (Badge("open", .good), "Nothing was uploaded yet.") }
    let left = .milliseconds(policy.cooldownMilliseconds) - elapsed
    let since = "Last upload \(elapsed.words) ago."
    guard left > .zero else { return (Badge("open", .good), since) }
    return (
      Badge("\(left.words) left", .calm), "\(since) The next may leave at \(time.stamp(time.now + left).text)."
    )
  }

  private static func work(_ reading: OverviewReading, time: PageTime) -> Work {
    let progress = reading.openPlan.map { plan in
      (
        text: "\(plan.settled.grouped) of \(plan.selected.counted("lead")) settled",
        bar: ShareBar(
          parts: [("used", plan.settled)], whole: plan.selected
        ).svg
      )
    }
    if let cycle = reading.openCycle {
      return Work(
        badge: Badge("running", .warn), title: "Cycle at work", cycleID: cycle.id,
        text: progress?.text ?? "Reading the CRM and the sources, then planning.", stamp: time.stamp(cycle.startedAt),
        progress: progress?.bar)
    }
    guard let last = reading.lastCycle else {
      return Work(badge: Badge("none yet", .calm), title: "Cycle", text: "lead-scheduler runs them.")
    }
    return Work(
      badge: Badge(last.state.rawValue, last.state.level), title: "Last cycle", cycleID: last.id,
      text: progress.map { "Its upload goes on: \($0.text)." } ?? last.message ?? "", stamp: time.stamp(last.startedAt),
      progress: progress?.bar)
  }
}

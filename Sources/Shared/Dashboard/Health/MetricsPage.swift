import JobQueue
import LeadStore
import Leads
import Planning
import Telemetry
import Timekeeping

/// What `/metrics` tells. Costs the same for every store: the overview's reading, and what the census found last.
struct MetricsPage: Sendable {
  /// Of so many of the latest cycles results are counted.
  static let cyclesMax = 100

  var metrics: MetricsText

  init(
    _ reading: OverviewReading, outcomes: [CycleState: Int], oldest: [(queue: String, since: Timestamp)],
    found: Census.Found, streams: Int, version: String, rules: DashboardOffice.Rules, now: Timestamp
  ) {
    var metrics = MetricsText()
    metrics.add(
      "lead_queue_build_info", .gauge, "Always 1; the version of the program.",
      [(labels: [("version", version)], value: 1)])
    Self.stock(reading, rules.policy, found.forecast, now, &metrics)
    Self.queue(reading, oldest, found, now, &metrics)
    Self.limits(reading, rules.policy, &metrics)
    metrics.add(
      "lead_queue_recent_cycles", .gauge, "How the last \(Self.cyclesMax) cycles ended, by result.",
      CycleState.allCases.map { (labels: [("result", $0.rawValue)], value: Double(outcomes[$0] ?? 0)) })
    metrics.add(
      "lead_queue_next_cycle_seconds", .gauge, "Seconds until the next cycle; negative: it is late.",
      reading.nextCycle.map { ($0 - now).inSeconds })
    metrics.add(
      "lead_queue_dashboard_streams", .gauge, "Browsers that follow a page of the dashboard.", Double(streams))
    self.metrics = metrics
  }

  private static func perClass(_ value: (LeadClass) -> Double) -> [(
    labels: [(name: String, value: String)], value: Double
  )] {
    LeadClass.allCases.map { (labels: [("class", $0.rawValue)], value: value($0)) }
  }

  private static func stock(
    _ reading: OverviewReading, _ policy: Policy, _ forecast: ForecastReport?, _ now: Timestamp,
    _ metrics: inout MetricsText
  ) {
    if let stock = reading.stock {
      metrics.add(
        "lead_queue_stock_leads", .gauge, "Available leads of the CRM, ours in flight included.",
        perClass { Double(stock[$0]) })
    }
    metrics.add(
      "lead_queue_stock_minimum_leads", .gauge, "The least stock, by configuration.",
      perClass { Double(policy.minPerClass[$0]) })
    metrics.add(
      "lead_queue_stock_target_leads", .gauge, "The class's share of the target.",
      perClass { (policy.mix[$0] * Double(policy.targetTotal)).rounded() })
    metrics.add(
      "lead_queue_workable_leads", .gauge, "Workable leads of the CRM, ours in flight included.",
      reading.total.map(Double.init))
    metrics.add(
      "lead_queue_workable_minimum_leads", .gauge, "The least number of workable leads, by configuration.",
      Double(policy.minTotal))
    metrics.add(
      "lead_queue_reading_age_seconds", .gauge, "Seconds since the last successful reading of the CRM began.",
      reading.reading.map { max(0, (now - $0.beganAt).inSeconds) })
    metrics.add(
      "lead_queue_readings_held", .gauge, "Readings held as implausible since the last accepted one.",
      Double(reading.heldReadings))
    guard let forecast else { return }
    metrics.add(
      "lead_queue_run_out_seconds", .gauge,
      "Seconds until a class is used up, as likely early as late; absent while learning or beyond the horizon.",
      LeadClass.allCases.compactMap { leadClass in
        forecast.classes[leadClass].runOut?.median.map {
          (labels: [("class", leadClass.rawValue)], value: max(0, ($0 - now).inSeconds))
        }
      })
  }

  private static func queue(
    _ reading: OverviewReading, _ oldest: [(queue: String, since: Timestamp)], _ found: Census.Found, _ now: Timestamp,
    _ metrics: inout MetricsText
  ) {
    metrics.add(
      "lead_queue_jobs", .gauge,
      "Unfinished and dead jobs by queue and state, counted up to \(JobTable.depthMax) each.",
      reading.depths.map { depth in
        (labels: [("queue", depth.queue), ("state", depth.state.rawValue)], value: Double(depth.count))
      })
    metrics.add(
      "lead_queue_finished_jobs", .gauge, "Jobs that are kept after their end, counted up to \(Census.finishedMax).",
      [
        (labels: [("state", "succeeded")], value: Double(found.succeeded)),
        (labels: [("state", "cancelled")], value: Double(found.cancelled)),
      ])
    metrics.add(
      "lead_queue_oldest_available_seconds", .gauge, "How long the job that comes next in a queue has been ready.",
      oldest.map { (labels: [("queue", $0.queue)], value: max(0, (now - $0.since).inSeconds)) })
    metrics.add(
      "lead_queue_workers_alive", .gauge, "Worker processes with a fresh heartbeat.",
      Double(reading.aliveWorkers(at: now)))
    metrics.add("lead_queue_pauses", .gauge, "Queues and kinds that are paused.", Double(reading.pauses.count))
    metrics.add(
      "lead_queue_leads_in_doubt", .gauge, "Leads that may be in the CRM and are asked for there.",
      Double(reading.unresolved))
  }

  private static func limits(_ reading: OverviewReading, _ policy: Policy, _ metrics: inout MetricsText) {
    let today = reading.today
    metrics.add(
      "lead_queue_quota_leads", .gauge, "Today's upload limit by part.",
      [
        ("created", today.created), ("reserved", today.reserved),
        ("left", max(0, policy.maxDailyUploads - today.used)),
      ].map { (labels: [("part", $0.0)], value: Double($0.1)) })
    metrics.add(
      "lead_queue_quota_limit_leads", .gauge, "Uploads allowed a day, by configuration.", Double(policy.maxDailyUploads)
    )
    let left = reading.sinceLastUpload.map { Duration.milliseconds(policy.cooldownMilliseconds) - $0 } ?? .zero
    metrics.add(
      "lead_queue_cooldown_seconds", .gauge, "Seconds until the next upload may leave.", max(0, left.inSeconds))
  }
}

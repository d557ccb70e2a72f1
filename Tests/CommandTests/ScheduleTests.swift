import Foundation
import Testing

@Suite("The schedule of cycles")
struct ScheduleTests {
  private func prepare(_ site: Site, _ keys: [String: String] = [:]) throws {
    try site.configure(need: 10, batchSize: 10, keys)
    try site.write(InventedLead.file(InventedLead.leads(0..<50)), to: "config/leads.json")
  }

  private func schedules(_ site: Site, _ arguments: [String] = []) async throws -> Site.Ended {
    let ended = try await site.run("lead-queue", ["schedules", "--config", Site.configuration] + arguments)
    #expect(ended.status == 0, "\(ended.errors)")
    return ended
  }

  @Test("Every tick is accounted for, each cycle's job names how it ended, and lead-queue schedules shows it all")
  func accounted() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site)
      let scheduler = try site.scheduler(["--interval", "0.02", "--embedded-workers", "2"])
      try await eventually("three cycles are done", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM job WHERE kind = 'cycle' AND state = 'succeeded'") >= 3
      }
      let leader = try await schedules(site)
      let scheduled = try #require(leader.lines.first { $0.hasPrefix("replenishment") })
      #expect(scheduled.contains("every 1 s") && scheduled.contains("process \(scheduler.pid)"))
      scheduler.send(SIGTERM)
      #expect(try await scheduler.exit(within: .seconds(10)) == 0)

      // Each due time once, 1.2 s after the one before unless the interval began anew; each job from one of them.
      let enqueued = try site.number("SELECT count(*) FROM tick WHERE outcome = 'enqueued'")
      #expect(try site.number("SELECT count(*) FROM job WHERE kind = 'cycle'") == enqueued)
      #expect(
        try site.number(
          """
          SELECT count(*) FROM tick JOIN job ON job.id = tick.job_id
          WHERE job.kind = 'cycle' AND job.payload ->> 'tick' = tick.at AND tick.recorded_at >= tick.at
          """) == enqueued)
      let endings = try site.texts(
        "SELECT result ->> 'ending' FROM job WHERE kind = 'cycle' AND state = 'succeeded' ORDER BY id")
      #expect(endings.first == "uploaded" && endings.dropFirst().allSatisfy { $0 == "sufficient" })

      let listed = try await schedules(site, ["--ticks", "replenishment", "--format", "json"])
      let document = try #require(
        try JSONSerialization.jsonObject(with: Data(listed.output.utf8)) as? [String: [[String: Any]]])
      #expect(document["ticks"]?.count == (try site.number("SELECT count(*) FROM tick")))
      #expect(document["ticks"]?.last?["outcome"] as? String == "enqueued")
      // Given up at the end, so that the next one need not wait.
      #expect(try await !schedules(site).output.contains("process \(scheduler.pid)"))
      let unknown = try await site.run("lead-queue", ["schedules", "--ticks", "x", "--config", Site.configuration])
      #expect(unknown.status == 1 && unknown.errors.contains("no schedule named x"))
    }
  }

  @Test("A reload that changes the interval takes effect at once; a restart within the interval keeps to it")
  func changedInterval() async throws {
    try await Site.with(.api) { site, crm in
      let interval = "monitoring.check_interval_minutes"
      try prepare(site, [interval: "60"])
      let first = try site.scheduler(["--embedded-workers", "2"])
      try await eventually("the first cycle is done", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM cycle WHERE state = 'done'") == 1
      }
      try prepare(site, [interval: "0.02"])
      first.send(SIGHUP)
      try await eventually("cycle follows cycle", within: .seconds(10), else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM cycle WHERE state = 'done'") >= 3
      }
      first.send(SIGTERM)
      #expect(try await first.exit(within: .seconds(10)) == 0)

      try prepare(site, [interval: "30"])
      let second = try site.scheduler(["--embedded-workers", "2"])
      try await eventually("the new interval is declared", else: { site.everythingSaid }) {
        try site.texts("SELECT timing FROM schedule") == ["every 1800000 ms"]
      }
      let sinceLast = try site.number("SELECT anchor_at - (SELECT max(at) FROM tick) FROM schedule")
      #expect(sinceLast == 1_800_000)
      second.send(SIGTERM)
      #expect(try await second.exit(within: .seconds(10)) == 0)
    }
  }

  @Test("A tick that comes while a cycle started by hand is at work is skipped, and says so")
  func skipped() async throws {
    try await Site.with(.api, crm: ["--leads", "0", "--fault", "slow@1", "--slow-seconds", "2"]) { site, crm in
      try prepare(site)
      let once = try site.start("lead-scheduler", ["--mode", "once", "--config", Site.configuration])
      try await eventually("the CRM has the rows", else: { site.everythingSaid }) { try crm.uploadedCount == 10 }
      let scheduler = try site.scheduler(["--interval", "60"])
      try await eventually("the tick is accounted for", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM tick") == 1
      }
      #expect(try site.texts("SELECT outcome || ': ' || reason FROM tick") == ["skipped: cycle 1 is running"])
      #expect(try await once.exit() == 0)
      scheduler.send(SIGTERM)
      #expect(try await scheduler.exit(within: .seconds(10)) == 0)
      #expect(try site.number("SELECT count(*) FROM job WHERE kind = 'cycle'") == 0)
      let listed = try await schedules(site, ["--ticks", "replenishment", "--outcome", "skipped"])
      #expect(listed.output.contains("cycle 1 is running"))
      try site.requireBooksMatchCRM()
    }
  }

  @Test("A scheduler killed in the middle of its cycle: the one that stands by takes the role and begins it anew, once")
  func takenOver() async throws {
    try await Site.with(.api, crm: ["--leads", "0", "--fault", "slow@1", "--slow-seconds", "2"]) { site, crm in
      try prepare(site)
      let first = try site.scheduler(["--interval", "60"])
      try await eventually("its cycle runs", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM cycle") == 1
      }
      let second = try site.scheduler(["--interval", "60"])
      try site.worker()
      try await eventually("the CRM has the rows", else: { site.everythingSaid }) { try crm.uploadedCount == 10 }
      first.send(SIGKILL)
      try await eventually("the cycle is done", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM cycle WHERE state = 'done'") == 1
      }
      try await eventually("the role is taken", else: { site.everythingSaid }) {
        try site.number("SELECT term FROM leadership WHERE name = 'scheduler'") == 2
      }
      second.send(SIGTERM)
      #expect(try await second.exit(within: .seconds(10)) == 0)
      #expect(try site.texts("SELECT outcome || ' ' || term FROM tick") == ["enqueued 1"])
      #expect(
        try site.texts("SELECT state || ' ' || attempt || ' ' || failures FROM job WHERE kind = 'cycle'")
          == ["succeeded 2 1"])
      #expect(try site.texts("SELECT state FROM cycle ORDER BY id") == ["failed", "done"])
      try site.requireBooksMatchCRM()
    }
  }
}

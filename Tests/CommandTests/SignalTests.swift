import Foundation
import Testing

@Suite("Signals")
struct SignalTests {
  private func prepare(_ site: Site, need: Int = 10, _ keys: [String: String] = [:]) throws {
    try site.configure(need: need, batchSize: 10, keys)
    try site.write(InventedLead.file(InventedLead.leads(0..<50, withoutNPIEvery: 3)), to: "config/leads.json")
  }

  /// A worker and a scheduler in the middle of a bulk request that the CRM answers only after `seconds`.
  private func withSlowUpload(
    seconds: Int, _ keys: [String: String], workerArguments: [String] = [],
    _ body: (Site, DemoCRM, RunningProgram, RunningProgram) async throws -> Void
  ) async throws {
    let arguments = ["--leads", "0", "--fault", "slow@1", "--slow-seconds", "\(seconds)"]
    try await Site.with(.sql, crm: arguments) { site, crm in
      try prepare(site, need: 10, keys)
      let worker = try site.worker(workerArguments)
      let scheduler = try site.scheduler(["--interval", "60"])
      try await eventually("the CRM has the rows", else: { site.everythingSaid }) { try crm.uploadedCount == 10 }
      try await body(site, crm, worker, scheduler)
    }
  }

  @Test("SIGTERM lets a worker finish the request it waits for, exit code 0", arguments: [SIGTERM, SIGINT])
  func drain(signal: Int32) async throws {
    let keys = ["crm.request_timeout_seconds": "8", "worker.lease_seconds": "12"]
    try await withSlowUpload(seconds: 2, keys) { (site, crm, worker, scheduler) async throws in
      worker.send(signal)
      #expect(try await worker.exit() == 0)
      #expect(try site.requireBooksMatchCRM().created.count == 10)
      #expect(try site.texts("SELECT state FROM job WHERE kind = 'upload'") == ["succeeded"])
      // The scheduler serves its cycles, and works on.
      #expect(try site.texts("SELECT queues FROM worker WHERE ended_at IS NULL") == ["[\"cycle\"]"])
      scheduler.send(signal)
      #expect(try await scheduler.exit() == 0)
    }
  }

  @Test("a second signal ends a worker at once, and what it left in doubt is found out by the next")
  func secondSignal() async throws {
    let keys = ["crm.request_timeout_seconds": "8", "worker.lease_seconds": "12"]
    try await withSlowUpload(seconds: 7, keys) { (site, crm, worker, scheduler) async throws in
      let start = ContinuousClock.now
      worker.send(SIGTERM)
      // Until the first one is taken, a second one would be the same signal.
      try await Task.sleep(for: .milliseconds(300))
      worker.send(SIGTERM)
      #expect(try await worker.exit() == 130)
      #expect(ContinuousClock.now - start < .seconds(4))
      try site.worker()
      try await eventually("the leads are settled", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM batch_lead WHERE state = 'created'") == 10
      }
      try site.requireBooksMatchCRM()
    }
  }

  @Test("a drain that takes too long hands the job back without a failure, and nothing is sent twice")
  func drainTimeout() async throws {
    let keys = ["crm.request_timeout_seconds": "20", "worker.lease_seconds": "30"]
    try await withSlowUpload(seconds: 5, keys, workerArguments: ["--drain-timeout", "0.5"]) {
      (site, crm, worker, scheduler) async throws in
      worker.send(SIGTERM)
      #expect(try await worker.exit(within: .seconds(4)) == 0)
      #expect(try site.texts("SELECT state || ' ' || failures FROM job WHERE kind = 'upload'") == ["available 0"])
      try site.worker()
      try await eventually("the leads are settled", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM batch_lead WHERE state = 'created'") == 10
      }
      try site.requireBooksMatchCRM()
      #expect(try await crm.statistics().bulk_requests == 1)
    }
  }

  @Test("a worker without work, or one that still looks for its CRM, ends at SIGTERM with 0", arguments: [true, false])
  func idleWorker(hasCRM: Bool) async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site)
      if !hasCRM {
        site.set("LEAD_CRM_URL", "http://127.0.0.1:\(try SilentServer.deadPort())")
      }
      let worker = try site.worker()
      try await site.workerStarted()
      worker.send(SIGTERM)
      #expect(try await worker.exit() == 0)
    }
  }

  @Test("in continuous mode cycle follows cycle until SIGTERM, exit code 0")
  func continuous() async throws {
    try await Site.with(.sql) { site, crm in
      try prepare(site)
      let scheduler = try site.scheduler(["--interval", "0.02", "--embedded-workers", "2"])
      try await eventually("three cycles are done", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM cycle WHERE state = 'done'") >= 3
      }
      scheduler.send(SIGTERM)
      #expect(try await scheduler.exit(within: .seconds(10)) == 0)
      #expect(try crm.uploadedCount == 10)
      #expect(try site.number("SELECT count(*) FROM cycle WHERE state = 'running'") == 0)
      let said = scheduler.lines
      #expect(said.filter { $0 == "Starting automated lead management cycle" }.count >= 3)
      #expect(said.contains("Lead levels sufficient, no upload needed"))
      try site.requireBooksMatchCRM()
    }
  }

  @Test("--embedded-workers runs the jobs in the scheduler, without a word about missing workers")
  func embedded() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site)
      let ended = try await site.once(["--embedded-workers", "1"])
      #expect(ended.last == "Automated upload complete: 10 leads uploaded, 0 duplicates, 0 errors")
      #expect(ended.status == 0)
      #expect(!site.everythingSaid.contains("no worker is alive"))
    }
  }

  @Test("with a worker alive, --mode once leaves the jobs to it")
  func workerTakesJobs() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site)
      try site.worker()
      try await site.workerStarted()
      let ended = try await site.once()
      #expect(ended.last == "Automated upload complete: 10 leads uploaded, 0 duplicates, 0 errors")
      #expect(!site.everythingSaid.contains("no worker is alive"))
      #expect(try site.number("SELECT count(*) FROM worker") == 1)
    }
  }

  @Test("D15: SIGHUP takes a valid configuration; an invalid one keeps the old, loudly, with its key")
  func reload() async throws {
    try await Site.with(.sql) { site, crm in
      try prepare(site, need: 10, ["monitoring.check_interval_minutes": "0.02"])
      let worker = try site.worker()
      let scheduler = try site.scheduler()
      try await eventually("ten leads are up", else: { site.everythingSaid }) { try crm.uploadedCount == 10 }

      try prepare(site, need: 10, ["monitoring.check_interval_minutes": "0.02", "crm.bach_size": "5"])
      scheduler.send(SIGHUP)
      try await eventually("the error is told", else: { site.everythingSaid }) {
        scheduler.errors.contains("the old one stays in force") && scheduler.errors.contains("crm.bach_size")
      }
      let cycles = try site.number("SELECT count(*) FROM cycle WHERE state = 'done'")
      try await eventually("it works on", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM cycle WHERE state = 'done'") > cycles
      }
      #expect(try crm.uploadedCount == 10)

      try prepare(site, need: 25, ["monitoring.check_interval_minutes": "0.02"])
      scheduler.send(SIGHUP)
      worker.send(SIGHUP)
      try await eventually("the new minimum holds", else: { site.everythingSaid }) { try crm.uploadedCount == 25 }
      #expect(site.log.contains("lead_inventory_thresholds.min_total_leads"))
      for program in [scheduler, worker] {
        program.send(SIGTERM)
        #expect(try await program.exit() == 0)
      }
      try site.requireBooksMatchCRM()
    }
  }
}

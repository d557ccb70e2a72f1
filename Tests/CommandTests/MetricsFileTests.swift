import Foundation
import Testing

@Suite("What workers and schedulers measure of themselves")
struct MetricsFileTests {
  /// The samples of a file by series.
  private func samples(_ site: Site, _ name: String) throws -> [String: Double] {
    let text = try String(contentsOfFile: site.folder + "/" + name, encoding: .utf8)
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    let pairs = lines.compactMap { line in
      line.lastIndex(of: " ").map { (String(line[..<$0]), Double(line[line.index(after: $0)...]) ?? .nan) }
    }
    #expect(Set(pairs.map(\.0)).count == lines.count, "no series stands there twice")
    return Dictionary(pairs, uniquingKeysWith: { one, _ in one })
  }

  @Test("a worker leaves a file that anybody may read, with the jobs that it settled and the leads that were created")
  func worker() async throws {
    try await Site.with(.api, crm: ["--leads", "20"]) { site, _ in
      let source = try site.write(InventedLead.file(InventedLead.leads(0..<300)), to: "leads.json")
      try site.configure(["source_management.source_files": "[\"\(source)\"]"])
      let worker = try site.worker(["--metrics-file", "worker-1.prom"])
      try await site.workerStarted()
      let once = try await site.once(["--metrics-file", "scheduler.prom"])
      #expect(once.status == 0, "\(once.output)\(once.errors)")
      worker.send(SIGTERM)
      #expect(try await worker.exit() == 0)

      let path = site.folder + "/worker-1.prom"
      #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o644)
      let done = try samples(site, "worker-1.prom")
      let process = #"process="worker-1""#
      for kind in ["monitor", "import", "upload"] {
        let jobs = try site.number("SELECT count(*) FROM job WHERE kind = '\(kind)' AND state = 'succeeded'")
        #expect(jobs > 0)
        #expect(
          done[#"lead_queue_jobs_settled_total{\#(process),kind="\#(kind)",outcome="succeeded"}"#] == Double(jobs))
        #expect(done[#"lead_queue_jobs_leased_total{\#(process),kind="\#(kind)"}"#] == Double(jobs))
        #expect(done[#"lead_queue_attempt_seconds_count{\#(process),kind="\#(kind)"}"#] == Double(jobs))
        #expect(done[#"lead_queue_jobs_running{\#(process),kind="\#(kind)"}"#] == 0)
      }
      let created = try site.number("SELECT count(*) FROM batch_lead WHERE state = 'created'")
      #expect(created > 0)
      #expect(done[#"lead_queue_leads_total{\#(process),result="created"}"#] == Double(created))
      #expect(done[#"lead_queue_source_records_total{\#(process),result="usable"}"#] == 300)
      #expect(try #require(done[#"lead_queue_crm_requests_total{\#(process),request="upload",outcome="ok"}"#]) > 0)
      #expect(try #require(done[#"lead_queue_store_transactions_total{\#(process),result="committed"}"#]) > 5)
      #expect(done.keys.filter { $0.contains(#""other""#) && (done[$0] ?? 0) > 0 } == [])

      let decided = try samples(site, "scheduler.prom")
      #expect(decided[#"lead_queue_cycles_total{process="scheduler",decision="uploaded"}"#] == 1)
      #expect(decided[#"lead_queue_cycle_seconds_count{process="scheduler"}"#] == 1)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: site.folder).filter { $0.hasSuffix(".part") } == [])
    }
  }

  @Test("a file that cannot be written is told of, and the work is done; the variable names it too")
  func unwritable() async throws {
    try await Site.alone { site in
      let path = site.folder + "/missing/scheduler.prom"
      let once = try await site.run(
        "lead-scheduler", ["--mode", "once"],
        environment: ["LEAD_CRM_URL": "http://127.0.0.1:9", "LEAD_METRICS_FILE": path])
      #expect(once.status == 69)
      let told = site.log.split(separator: "\n").filter { $0.contains("metrics cannot be written") }
      #expect(told.count == 1 && told[0].contains(path))
    }
  }
}

import Foundation
import Testing

@Suite("Eight jobs at once")
struct DrainTests {
  private static let leads = ["--leads", "20"]

  private func leased(_ site: Site) async throws -> Int? {
    let ended = try await site.run(
      "lead-queue", ["jobs", "--state", "leased", "--format", "json", "--config", Site.configuration])
    #expect(ended.status == 0, "\(ended.errors)")
    let document = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: [Any]]
    return document?["jobs"]?.count
  }

  @Test("SIGTERM: what runs may finish, all eight of it, and nothing new begins")
  func finish() async throws {
    try await Site.with(.api, crm: Self.leads) { site, crm in
      let worker = try await site.workerOnHangingQuestions(crm, jobs: 10, concurrency: 8)
      #expect(try await leased(site) == 8)
      worker.send(SIGTERM)
      // Until the signal is taken, a slot that falls free would be used once more.
      try await Task.sleep(for: .milliseconds(300))
      crm.program.send(SIGCONT)
      #expect(try await worker.exit(within: .seconds(15)) == 0)
      #expect(
        try site.questions()
          == Array(repeating: "available 0", count: 2) + Array(repeating: "succeeded 0", count: 8))
      #expect(try site.number("SELECT count(*) FROM job_event WHERE transition = 'returned'") == 0)
      #expect(try await leased(site) == 0)
    }
  }

  @Test("SIGTERM: what does not finish within the drain time goes back without a failure, and the next worker does it")
  func handBack() async throws {
    try await Site.with(.api, crm: Self.leads) { site, crm in
      let worker = try await site.workerOnHangingQuestions(crm, jobs: 8, concurrency: 8, drainTimeout: 1)
      let start = ContinuousClock.now
      worker.send(SIGTERM)
      #expect(try await worker.exit(within: .seconds(10)) == 0)
      #expect(ContinuousClock.now - start >= .seconds(1), "it drains before it hands back")
      #expect(try site.questions() == Array(repeating: "available 0", count: 8))
      #expect(
        try site.texts("SELECT DISTINCT transition || ': ' || reason FROM job_event WHERE transition = 'returned'")
          == ["returned: the worker was drained"])
      #expect(try site.number("SELECT count(*) FROM job_event WHERE transition = 'returned'") == 8)
      #expect(try site.number("SELECT count(*) FROM worker WHERE pid = \(worker.pid) AND ended_at IS NULL") == 0)
      #expect(try site.number("SELECT count(*) FROM stock_snapshot WHERE verdict = 'failed'") == 0)

      crm.program.send(SIGCONT)
      try site.worker()
      try await eventually("another worker has done them", else: { site.everythingSaid }) {
        try site.questions() == Array(repeating: "succeeded 0", count: 8)
      }
    }
  }

  @Test("A second SIGTERM ends it at once; what it ran is free again before long, each job with one failure more")
  func secondSignal() async throws {
    try await Site.with(.api, crm: Self.leads) { site, crm in
      let worker = try await site.workerOnHangingQuestions(crm, jobs: 8, concurrency: 8)
      worker.send(SIGTERM)
      // Until the first one is taken, a second one would be the same signal.
      try await Task.sleep(for: .milliseconds(300))
      #expect(worker.status == nil, "it waits for what runs")
      let start = ContinuousClock.now
      worker.send(SIGTERM)
      #expect(try await worker.exit(within: .seconds(10)) == 130)
      #expect(ContinuousClock.now - start < .seconds(2))
      #expect(try site.questions() == Array(repeating: "leased 0", count: 8))

      crm.program.send(SIGCONT)
      try site.worker()
      try await eventually("another worker has done them", else: { site.everythingSaid }) {
        try site.questions() == Array(repeating: "succeeded 1", count: 8)
      }
      #expect(try await leased(site) == 0)
      #expect(try site.number("SELECT count(*) FROM job WHERE unique_key LIKE 'question %' AND attempt = 2") == 8)
    }
  }
}

import Database
import Foundation
import Testing

@Suite("A program that is suspended and goes on")
struct SuspensionTests {
  /// Two batches of ten, and a CRM that takes the first one and never answers.
  private func prepare(_ site: Site) throws {
    try site.configure(need: 20, batchSize: 10, ["worker.lease_seconds": "3", "crm.request_timeout_seconds": "2"])
    try site.write(InventedLead.file(InventedLead.leads(0..<20, withoutNPIEvery: 3)), to: "config/leads.json")
  }

  /// The attempts of a job as `lead-queue inspect` shows them: number, worker, and what became of it.
  private func attempts(_ job: Int, _ site: Site) async throws -> [(number: Int?, worker: String?, events: [String])] {
    let ended = try await site.run(
      "lead-queue", ["inspect", "--job", "\(job)", "--format", "json", "--config", Site.configuration])
    #expect(ended.status == 0, "\(ended.errors)")
    let document = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any]
    let shown = (document?["job"] as? [String: Any])?["attempts"] as? [[String: Any]]
    return try #require(shown, "\(ended.output)").map { attempt in
      let events = attempt["events"] as? [[String: Any]] ?? []
      return (
        attempt["attempt"] as? Int, attempt["worker"] as? String, events.compactMap { $0["transition"] as? String }
      )
    }
  }

  @Test(
    "A worker suspended past its lease while it uploads: another one finishes, and the first one can write nothing more",
    arguments: Monitoring.allCases)
  func worker(_ monitoring: Monitoring) async throws {
    try await Site.with(monitoring, crm: ["--leads", "0", "--fault", "hang@1"]) { site, crm in
      try prepare(site)
      let first = try site.worker()
      let scheduler = try site.scheduler(["--interval", "60"])
      try await eventually("the CRM has the first batch", else: { site.everythingSaid }) { try crm.uploadedCount == 10 }
      let uploading = "SELECT id FROM job WHERE kind = 'upload' AND state = 'leased' AND attempt = 1"
      try await site.suspend(first) { try $0.first(uploading) { $0.int(0) } != nil }
      let job = try site.number(uploading)

      let second = try site.worker()
      try await eventually("another worker has done the job", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM job WHERE state = 'succeeded' AND id = \(job)") == 1
      }
      let written = "SELECT transition || ' ' || attempt FROM job_event WHERE job_id = \(job) ORDER BY id"
      let events = try site.texts(written)
      #expect(!site.log.contains("the lease was lost"), "the first one stands still")

      first.send(SIGCONT)
      try await eventually("the first one is refused", else: { site.everythingSaid }) {
        site.log.split(separator: "\n").contains {
          $0.contains("the lease was lost; the attempt is dropped") && $0.contains("job_id=\(job)")
        }
      }
      // And works on, as if nothing had been.
      for program in [scheduler, first, second] {
        program.send(SIGTERM)
        #expect(try await program.exit(within: .seconds(20)) == 0)
      }
      #expect(try site.texts(written) == events)

      let shown = try await attempts(job, site)
      #expect(shown.map(\.number) == [1, 2])
      #expect(shown.map(\.events) == [["leased", "reclaimed"], ["leased", "succeeded"]])
      #expect(Set(shown.map(\.worker)).count == 2)
      #expect(try site.requireBooksMatchCRM().created.count == 20)
      let statistics = try await crm.statistics()
      #expect(statistics.bulk_requests == 2 && statistics.rows_committed == 20, "each batch was sent once")
      try await site.requireVerified()
    }
  }
}

import Foundation
import Testing

@Suite("Pausing and cancelling what is under way")
struct HoldTests {
  private func queue(_ site: Site, _ words: String...) async throws -> Site.Ended {
    let ended = try await site.run("lead-queue", words + ["--config", Site.configuration])
    #expect(ended.status == 0, "\(words) \(ended.output) \(ended.errors)")
    return ended
  }

  @Test("Uploads paused in mid-cycle: nothing is sent, why names the pause, and resume lets the cycle go on")
  func pause() async throws {
    try await Site.with(.api) { site, crm in
      try site.configure(need: 10, batchSize: 10, ["worker.lease_seconds": "3", "crm.request_timeout_seconds": "2"])
      try site.write(InventedLead.file(InventedLead.leads(0..<10)), to: "config/leads.json")
      try site.worker()
      try await site.workerStarted()
      // The cycle asks for the stock, and gets no answer before the uploads are paused.
      crm.program.send(SIGSTOP)
      let scheduler = try site.scheduler(["--interval", "60"])
      try await eventually("a cycle is under way", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM cycle WHERE state = 'running'") == 1
      }
      let paused = try await queue(site, "pause", "--queue", "upload", "--reason", "the CRM is being moved")
      #expect(paused.output.contains("Paused the queue upload"))
      crm.program.send(SIGCONT)

      try await eventually("the upload is planned", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM job WHERE kind = 'upload' AND state = 'available'") == 1
      }
      // The worker is at work meanwhile: its next signs of life come with a look for jobs each, or more.
      let beat = "SELECT max(heartbeat_at) FROM worker WHERE queues LIKE '%upload%'"
      for _ in 1...3 {
        let last = try site.number(beat)
        try await eventually("the worker gives a sign of life", else: { site.everythingSaid }) {
          try site.number(beat) > last
        }
      }
      #expect(try site.texts("SELECT state || ' ' || attempt FROM job WHERE kind = 'upload'") == ["available 0"])
      #expect(try await crm.statistics().bulk_requests == 0)

      let job = try site.number("SELECT id FROM job WHERE kind = 'upload'")
      let document = try JSONSerialization.jsonObject(
        with: Data(try await queue(site, "why", "\(job)", "--format", "json").output.utf8))
      let reasons = try #require((document as? [String: Any])?["reasons"] as? [[String: Any]])
      #expect(reasons.first?["rule"] as? String == "queue_paused")
      #expect(reasons.first?["why"] as? String == "the CRM is being moved")

      _ = try await queue(site, "resume", "--queue", "upload", "--reason", "it stands again")
      try await eventually("the cycle is done", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM cycle WHERE state = 'done'") == 1
      }
      #expect(try site.texts("SELECT state || ' ' || attempt FROM job WHERE kind = 'upload'") == ["succeeded 1"])
      scheduler.send(SIGTERM)
      #expect(try await scheduler.exit(within: .seconds(15)) == 0)
      #expect(try site.requireBooksMatchCRM().created.count == 10)
      try await site.requireVerified()
    }
  }

  @Test("A job that waits for a CRM that hangs is cancelled at once, by name and reason, and no other one")
  func cancel() async throws {
    try await Site.with(.api, crm: ["--leads", "20"]) { site, crm in
      // Its heartbeats come every five seconds: sooner than that, only the doorbell brings the word.
      let worker = try await site.workerOnHangingQuestions(crm, jobs: 2, concurrency: 2, lease: 60)
      let (first, second) = (
        try site.number("SELECT id FROM job WHERE unique_key = 'question 1'"),
        try site.number("SELECT id FROM job WHERE unique_key = 'question 2'")
      )
      let start = ContinuousClock.now
      _ = try await queue(site, "cancel", "\(first)", "--reason", "asked in vain")
      try await eventually("the job is cancelled", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM job WHERE id = \(first) AND state = 'cancelled'") == 1
      }
      // The question itself would time out after a minute.
      #expect(ContinuousClock.now - start < .seconds(15))
      let user = String(cString: try #require(getpwuid(getuid())).pointee.pw_name)
      let states = try site.texts(
        """
        SELECT state || ' ' || failures || ' ' || COALESCE(reason, '') FROM job
        WHERE unique_key LIKE 'question %' ORDER BY id
        """)
      #expect(states == ["cancelled 0 cancelled by \(user): asked in vain", "leased 0 "])
      #expect(
        try site.texts("SELECT transition FROM job_event WHERE job_id = \(first) ORDER BY id")
          == ["leased", "cancel_requested", "cancelled"])
      #expect(
        try site.texts(
          """
          SELECT actor || ' ' || action || ' ' || subject || ' ' || (detail ->> 'reason') FROM audit
          WHERE action LIKE 'job%cancel%'
          """) == ["\(user) job_cancelled job \(first) asked in vain"])
      _ = try await queue(site, "audit", "verify")

      crm.program.send(SIGCONT)
      try await eventually("the other one is answered", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM job WHERE id = \(second) AND state = 'succeeded'") == 1
      }
      worker.send(SIGTERM)
      #expect(try await worker.exit(within: .seconds(15)) == 0)
    }
  }
}

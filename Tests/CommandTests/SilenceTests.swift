import Foundation
import Testing

@Suite("When the CRM falls silent in the middle")
struct SilenceTests {
  @Test("D2: leads in doubt are told as unresolved, exit code 1, and the next cycle finds out what became of them")
  func unresolved() async throws {
    try await Site.with(.api, crm: ["--leads", "0", "--pace", "20"]) { site, crm in
      try site.configure(
        need: 30, batchSize: 10,
        [
          "crm.request_timeout_seconds": "2", "crm.health_timeout_seconds": "2", "crm.connect_timeout_seconds": "2",
          "worker.lease_seconds": "4",
        ])
      try site.write(InventedLead.file(InventedLead.leads(0..<30, withoutNPIEvery: 3)), to: "config/leads.json")
      let first = try site.start("lead-scheduler", ["--mode", "once", "--config", Site.configuration])
      try await eventually("the first batch is settled", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM batch_lead WHERE state = 'created'") >= 10
      }
      crm.program.send(SIGSTOP)
      #expect(try await first.exit(within: .seconds(75)) == 1)
      #expect(first.lines.last?.hasPrefix("Upload unresolved: ") == true, "\(first.output)")
      #expect(try site.number("SELECT sum(reserved) FROM daily_counter") > 0, "unknown counts as used")

      crm.program.send(SIGCONT)
      try site.worker()
      try await eventually("all 30 leads are settled", within: .seconds(60), else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM batch_lead WHERE state = 'created'") == 30
      }
      try site.requireBooksMatchCRM()
      #expect(try await site.once().last == "Lead levels sufficient, no upload needed")
    }
  }

  @Test("D12: a worker whose login fails in the middle of its work keeps its jobs and goes on when the CRM is back")
  func loginLost() async throws {
    try await Site.with(.sql) { site, crm in
      try site.configure(
        need: 20, batchSize: 10,
        ["crm.request_timeout_seconds": "2", "crm.health_timeout_seconds": "2", "crm.connect_timeout_seconds": "2"])
      try site.write(InventedLead.file(InventedLead.leads(0..<20, withoutNPIEvery: 3)), to: "config/leads.json")
      // One worker reads the stock; another one, which has no login yet, is to upload when the CRM is gone.
      let reader = try site.worker(["--queues", "default"])
      let scheduler = try site.scheduler(["--interval", "60"])
      try await eventually("the plan is committed", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM batch") == 2
      }
      crm.program.send(SIGSTOP)
      let uploader = try site.worker(["--queues", "upload"])
      try await eventually("an upload was tried", else: { site.everythingSaid }) {
        try site.number("SELECT sum(failures) FROM job WHERE kind = 'upload'") > 0
      }
      #expect(uploader.status == nil)
      crm.program.send(SIGCONT)
      try await eventually("all leads are settled", within: .seconds(40), else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM batch_lead WHERE state = 'created'") == 20
      }
      for program in [uploader, reader, scheduler] {
        program.send(SIGTERM)
        #expect(try await program.exit() == 0)
      }
      try site.requireBooksMatchCRM()
    }
  }
}

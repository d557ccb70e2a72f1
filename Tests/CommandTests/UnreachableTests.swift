import Database
import Foundation
import Testing

@Suite("When CRM or database cannot be reached")
struct UnreachableTests {
  private static let limit = Duration.seconds(30)

  private func prepare(_ site: Site, _ keys: [String: String] = [:]) throws {
    try site.configure(need: 10, batchSize: 10, keys)
    try site.write(InventedLead.file(InventedLead.leads(0..<10)), to: "config/leads.json")
  }

  @Test("D6, D12: a CRM where nobody listens: exit code 69 within 30 s")
  func deadCRM() async throws {
    try await Site.alone { site in
      try prepare(site)
      site.set("LEAD_CRM_URL", "http://127.0.0.1:\(try SilentServer.deadPort())")
      let ended = try await site.once()
      #expect(ended.status == 69)
      #expect(ended.last.hasPrefix("CRM not reachable"))
      #expect(ended.time < Self.limit)
      #expect(try site.number("SELECT count(*) FROM batch") == 0)
      #expect(try site.number("SELECT count(*) FROM stock_snapshot WHERE total IS NOT NULL") == 0)
    }
  }

  @Test("D12: a CRM that accepts and says nothing, with the default time-outs: exit code 69 within 30 s")
  func silentCRM() async throws {
    try await Site.alone { site in
      try prepare(site)
      let server = try SilentServer()
      site.set("LEAD_CRM_URL", "http://127.0.0.1:\(server.port)")
      let ended = try await site.once()
      #expect(ended.status == 69)
      #expect(ended.last.contains("not reachable"))
      #expect(ended.time < Self.limit)
      #expect(try site.number("SELECT count(*) FROM batch") == 0)
    }
  }

  @Test("D6: a database where nobody listens: exit code 69 within 30 s, and no silent fallback to the API")
  func deadDatabase() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site)
      site.set("LEAD_CRM_DATABASE_URL", "postgresql://u@127.0.0.1:\(try SilentServer.deadPort())/crm")
      try await requireNothingSent(site, crm)
    }
  }

  @Test("D6, D12: a database that accepts and says nothing: exit code 69 within 30 s, nothing uploaded")
  func silentDatabase() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site)
      let server = try SilentServer()
      site.set("LEAD_CRM_DATABASE_URL", "postgresql://u@127.0.0.1:\(server.port)/crm")
      try await requireNothingSent(site, crm)
    }
  }

  @Test("D6: a database that loses its tables is an error, not zero stock")
  func noTables() async throws {
    try await Site.with(.sql) { site, crm in
      try prepare(site)
      try crm.query { try $0.execute("ALTER TABLE leads RENAME TO leads_away") }
      let ended = try await site.once()
      #expect(ended.status == 69)
      #expect(try site.number("SELECT count(*) FROM batch") == 0)
      #expect(try await crm.statistics().bulk_requests == 0)
    }
  }

  private func requireNothingSent(_ site: Site, _ crm: DemoCRM) async throws {
    let ended = try await site.once()
    #expect(ended.status == 69)
    #expect(ended.last.contains("database is not reachable"))
    #expect(ended.time < Self.limit)
    #expect(try site.number("SELECT count(*) FROM batch") == 0)
    #expect(try await crm.statistics().bulk_requests == 0)
  }

  @Test("D6: zero stock after stock was seen is held: nothing is uploaded, exit code 0, and the message says why")
  func suddenZero() async throws {
    try await Site.with(.sql, crm: ["--leads", "20"]) { site, crm in
      try prepare(site)
      #expect(try await site.once().last == "Lead levels sufficient, no upload needed")
      try crm.query { try $0.execute("DELETE FROM leads") }
      for _ in 1...4 {
        let ended = try await site.once()
        #expect(ended.last.hasPrefix("Reading held, nothing is uploaded: "))
        #expect(ended.status == 0)
      }
      #expect(try await crm.statistics().bulk_requests == 0)
    }
  }

  @Test("D13: after a database error the next cycle works")
  func recovers() async throws {
    try await Site.with(.sql) { site, crm in
      try prepare(site)
      try crm.query { try $0.execute("ALTER TABLE leads RENAME TO leads_away") }
      let worker = try site.worker()
      let scheduler = try site.scheduler(["--interval", "0.02"])
      try await eventually("a reading failed", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM cycle WHERE state = 'failed'") >= 2
      }
      try crm.query { try $0.execute("ALTER TABLE leads_away RENAME TO leads") }
      try await eventually("the leads are up", else: { site.everythingSaid }) { try crm.uploadedCount == 10 }
      scheduler.send(SIGTERM)
      worker.send(SIGTERM)
      #expect(try await scheduler.exit() == 0)
      #expect(try await worker.exit() == 0)
      try site.requireBooksMatchCRM()
    }
  }
}

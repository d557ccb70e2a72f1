import Foundation
import Testing

@Suite("No lead data and no secret")
struct PrivacyTests {
  @Test(
    "in any log, output, or column kept for people, also when the CRM echoes them in its errors",
    arguments: EchoingCRM.Manner.allCases)
  func echo(_ manner: EchoingCRM.Manner) async throws {
    let crm = try EchoingCRM(manner)
    defer { crm.stop() }
    try await Site.alone { site in
      try site.configure(
        need: 6, batchSize: 3, ["monitoring.log_level": "\"trace\"", "worker.max_failures": "1"])
      let leads = InventedLead.leads(0..<6, withoutNPIEvery: 3)
      try site.write(InventedLead.file(leads), to: "config/leads.json")
      site.set("LEAD_CRM_URL", crm.baseURL)
      site.set("LEAD_CRM_PASSWORD", "s3cr3t-Passw0rd")

      let ended = try await site.once()

      #expect(crm.bulkRequests > 0)
      #expect(ended.status == 1)
      #expect(try site.books().created == [])
      try requireClean(site, of: leads)
    }
  }

  @Test("in any log or output of a run that goes well, at the finest level", arguments: Monitoring.allCases)
  func goodRun(_ monitoring: Monitoring) async throws {
    try await Site.with(monitoring) { site, crm in
      try site.configure(need: 12, batchSize: 5, ["monitoring.log_level": "\"trace\""])
      let leads = InventedLead.leads(0..<10, withoutNPIEvery: 3)
      let broken = ["{\"score\":\"very good\",\"owner_name\":\"Owner Nobody 77\"}", "\"Invented Practice 78\""]
      try site.write(
        InventedLead.file(records: leads.map { $0.record() } + broken), to: "config/leads.json")
      let ended = try await site.once()
      #expect(ended.status == 0)
      try requireClean(site, of: leads)
      #expect(!site.everythingSaid.contains("admin123"))
    }
  }

  private func requireClean(_ site: Site, of leads: [InventedLead]) throws {
    var kept = site.everythingSaid
    for column in [
      "job.reason", "job.payload", "job.result", "job_event.reason", "batch_lead.reason", "lead.reason",
      "ledger.detail",
      "audit.detail", "audit.subject", "cycle.message", "plan.document", "stock_snapshot.reason", "source.problem",
      "rejected_record.reason", "alert.text", "bulletin.title", "bulletin.body",
    ] {
      let parts = column.split(separator: ".")
      kept += try site.texts("SELECT COALESCE(\(parts[1]), '') FROM \(parts[0])").joined(separator: "\n")
    }
    for secret in ["Owner Nobody", "Invented Practice", "s3cr3t-Passw0rd", "t0ken-of-the-crm", "Bearer"] {
      #expect(!kept.contains(secret), "\(secret)")
    }
    for lead in leads {
      #expect(!kept.contains(lead.npi))
      #expect(!kept.contains(lead.phone.suffix(8)))
    }
  }
}

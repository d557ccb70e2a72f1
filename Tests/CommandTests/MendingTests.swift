import Foundation
import Testing

@Suite("lead-queue, beside the programs that work")
struct MendingTests {
  private static let leads = InventedLead.file(InventedLead.leads(0..<40, withoutNPIEvery: 3))

  private func queue(_ site: Site, _ words: [String]) async throws -> Site.Ended {
    try await site.run("lead-queue", words + ["--config", Site.configuration])
  }

  @Test("D17: a lead that the CRM lost is found by verify: exit code 1, and named", arguments: Monitoring.allCases)
  func lostInCRM(_ monitoring: Monitoring) async throws {
    try await Site.with(monitoring) { site, crm in
      try site.configure(need: 20, batchSize: 10)
      try site.write(Self.leads, to: "config/leads.json")
      #expect(try await site.once().status == 0)
      try await site.requireVerified()
      let lost = try crm.uploadedNames()[3]
      try crm.delete(practiceName: lost)
      let ended = try await queue(site, ["verify"])
      #expect(ended.status == 1)
      let key = try #require(try site.texts("SELECT key FROM lead WHERE body ->> 'practice_name' = '\(lost)'").first)
      #expect((ended.output + ended.errors).contains(key), "\(ended.output)")
    }
  }

  @Test("R27: a row that is in the CRM twice is found by verify, exit code 1")
  func twiceInCRM() async throws {
    try await Site.with(.sql) { site, crm in
      try site.configure(need: 20, batchSize: 10)
      try site.write(Self.leads, to: "config/leads.json")
      #expect(try await site.once().status == 0)
      try crm.duplicate(practiceName: "Invented Practice 0")
      #expect(try await queue(site, ["verify"]).status == 1)
    }
  }

  @Test("D16: a tracking file that is cut off is refused with its place, and neither it nor the store is harmed")
  func truncatedTracking() async throws {
    try await Site.with(.api) { site, crm in
      try site.configure(need: 20, batchSize: 10)
      try site.write(Self.leads, to: "config/leads.json")
      let text = "{\"uploaded_leads\": [\"\(InventedLead.npi(100_000_001))\", \"1996"
      let file = try site.write(text, to: "uploaded_leads_tracking.json")
      let ended = try await queue(site, ["import-tracking", file, "--reason", "moving from the script"])
      #expect(ended.status != 0)
      #expect(ended.errors.contains("uploaded_leads_tracking.json"))
      #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
      #expect(try await site.once().status == 0)
      #expect(try crm.uploadedCount == 20)
      try site.requireBooksMatchCRM()
    }
  }

  @Test("R34: what the replaced script uploaded is not sent again")
  func importedTracking() async throws {
    try await Site.with(.sql) { site, crm in
      try site.configure(need: 40, batchSize: 10)
      try site.write(InventedLead.file(InventedLead.leads(0..<20)), to: "config/leads.json")
      let npis = (0..<5).map { "\"\(InventedLead(number: $0, score: 90).npi)\"" }.joined(separator: ", ")
      let file = try site.write("{\"uploaded_leads\": [\(npis)]}", to: "tracking.json")
      #expect(try await queue(site, ["import-tracking", file, "--reason", "moving from the script"]).status == 0)
      let ended = try await site.once()
      #expect(ended.last == "Automated upload complete: 15 leads uploaded, 0 duplicates, 0 errors")
      try site.requireBooksMatchCRM()
    }
  }

  @Test("the cooldown is cleared by hand, and the audit trail says by whom and why")
  func clearCooldown() async throws {
    try await Site.with(.api) { site, crm in
      try site.configure(
        need: 30, batchSize: 10,
        ["upload_controls.max_upload_per_run": "10", "upload_controls.min_time_between_uploads_hours": "1"])
      try site.write(Self.leads, to: "config/leads.json")
      _ = try await site.once()
      #expect(try await site.once().last == "Upload blocked: Must wait 60 minutes")
      #expect(try await queue(site, ["cooldown", "clear"]).status == 64, "a reason is needed")
      #expect(try await queue(site, ["cooldown", "clear", "--reason", "the first was a test"]).status == 0)
      #expect(try await site.once().last == "Automated upload complete: 10 leads uploaded, 0 duplicates, 0 errors")
      let entries = try site.texts("SELECT actor || ' ' || detail FROM audit WHERE action = 'cooldown_cleared'")
      #expect(entries.count == 1)
      #expect(entries.first?.contains("the first was a test") == true)
      try await site.requireVerified()
    }
  }

  @Test("D6: a held reading is accepted by hand, and only then acted upon")
  func acceptStock() async throws {
    try await Site.with(.sql, crm: ["--leads", "60"]) { site, crm in
      try site.configure(need: 40, batchSize: 50)
      try site.write(Self.leads, to: "config/leads.json")
      #expect(try await site.once().last == "Lead levels sufficient, no upload needed")
      try crm.keepOnly(20)
      #expect(try await site.once().last.hasPrefix("Reading held, nothing is uploaded: "))
      #expect(try crm.uploadedCount == 0)
      #expect(try await queue(site, ["accept-stock", "--reason", "the old leads were sold"]).status == 0)
      #expect(try await site.once().last == "Automated upload complete: 20 leads uploaded, 0 duplicates, 0 errors")
      try await site.requireVerified()
    }
  }
}

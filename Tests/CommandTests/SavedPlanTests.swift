import Foundation
import Testing

@Suite("plan --out and apply")
struct SavedPlanTests {
  private func prepare(_ site: Site) throws {
    try site.configure(need: 20, batchSize: 10)
    try site.write(InventedLead.file(InventedLead.leads(0..<30)), to: "config/leads.json")
  }

  /// A plan is for a store: this makes one that has uploaded nothing.
  private func makeStore(_ site: Site) async throws {
    try site.write("[]", to: "config/leads.json")
    #expect(try await site.once().status == 0)
    try prepare(site)
  }

  private func plan(_ site: Site) async throws -> Site.Ended {
    try await site.run("lead-scheduler", ["plan", "--out", "plan.json", "--config", Site.configuration])
  }

  private func apply(_ site: Site, _ words: [String] = []) async throws -> Site.Ended {
    try await site.run("lead-scheduler", ["apply", "plan.json", "--config", Site.configuration] + words)
  }

  @Test("A saved plan is carried out once, with its own leads, and audited with the person")
  func once() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site)
      try await makeStore(site)
      let planned = try await plan(site)
      #expect(planned.status == 0)
      let mode = try FileManager.default.attributesOfItem(atPath: site.folder + "/plan.json")[.posixPermissions]
      #expect(mode as? Int == 0o600)

      let applied = try await apply(site)
      #expect(applied.status == 0)
      #expect(applied.last == "Automated upload complete: 20 leads uploaded, 0 duplicates, 0 errors")
      #expect(try crm.uploadedCount == 20)
      #expect(try site.texts("SELECT count(*) || '' FROM audit WHERE action = 'plan_applied'") == ["1"])

      let again = try await apply(site, ["--format", "json"])
      #expect(again.status == 1)
      let document = try #require(
        try JSONSerialization.jsonObject(with: Data(again.output.utf8)) as? [String: Any])
      #expect(document["outcome"] as? String == "refused")
      #expect((document["message"] as? String)?.contains("it was carried out before") == true)
      #expect(try crm.uploadedCount == 20)
      try site.requireBooksMatchCRM()
    }
  }

  @Test("A plan whose source changed is refused, and nothing is sent")
  func stale() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site)
      try await makeStore(site)
      _ = try await plan(site)
      try site.write(InventedLead.file(InventedLead.leads(0..<25)), to: "config/leads.json")
      let refused = try await apply(site)
      #expect(refused.status == 1)
      #expect(refused.last.hasPrefix("Plan refused as stale: "))
      #expect(refused.last.contains("the source config/leads.json changed"))
      #expect(try await crm.statistics().bulk_requests == 0)
    }
  }

  @Test("Without a store there is nothing to save a plan for, and what is no plan is not applied")
  func wrongFiles() async throws {
    try await Site.with(.api) { site, _ in
      try prepare(site)
      #expect(try await plan(site).status == 78)
      #expect(try await apply(site).status == 1)
      try site.write("{}", to: "plan.json")
      let ended = try await apply(site)
      #expect(ended.status == 1)
      #expect(ended.errors.contains("is no plan"))
    }
  }
}

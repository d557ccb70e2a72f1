import Foundation
import TestSupport
import Testing

@Suite("Looking ahead: plan and --dry-run")
struct LookingAheadTests {
  private func prepare(_ site: Site) throws {
    try site.configure(need: 20, batchSize: 10)
    try site.write(InventedLead.file(InventedLead.leads(0..<30)), to: "config/leads.json")
  }

  private static let commands = [["plan"], ["--dry-run"], ["plan", "--format", "json"]]

  @Test("they show what would be sent and why, and leave no store behind where there was none", arguments: commands)
  func withoutStore(_ words: [String]) async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site)
      let ended = try await site.run("lead-scheduler", words + ["--config", Site.configuration])
      #expect(ended.status == 0)
      #expect(ended.output.contains("Total leads (0) below minimum (20)"))
      #expect(!FileManager.default.fileExists(atPath: site.folder + "/data"))
      #expect(try await crm.statistics().bulk_requests == 0)
    }
  }

  @Test("they change no byte of the store", arguments: commands)
  func withStore(_ words: [String]) async throws {
    try await Site.with(.sql) { site, crm in
      try prepare(site)
      try site.write(InventedLead.file(InventedLead.leads(0..<5)), to: "config/leads.json")
      _ = try await site.once()
      try site.write(InventedLead.file(InventedLead.leads(0..<30)), to: "config/leads.json")
      let before = try Self.bytes(site)
      let posts = try await crm.statistics().bulk_requests

      let ended = try await site.run("lead-scheduler", words + ["--config", Site.configuration])

      #expect(ended.status == 0)
      #expect(ended.output.contains("Total leads (5) below minimum (20)"))
      #expect(try Self.bytes(site) == before)
      #expect(try await crm.statistics().bulk_requests == posts)
      #expect(try crm.uploadedCount == 5)
    }
  }

  private static func bytes(_ site: Site) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: site.storePath))
  }

  @Test("the plan as JSON is one document with the numbers of what is then done", .onEachEngine)
  func json() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site)
      let planned = try await site.run(
        "lead-scheduler", ["plan", "--format", "json", "--config", Site.configuration])
      let document = try #require(
        try JSONSerialization.jsonObject(with: Data(planned.output.utf8)) as? [String: Any])
      #expect(document["message"] as? String == "Upload planned: 20 leads")
      let plan = try #require(document["plan"] as? [String: Any])
      #expect(plan["targets"] as? [String: Int] == ["A+": 4, "A": 10, "B": 6])
      #expect(try await site.once().lines.contains("Targets: {'A+': 4, 'A': 10, 'B': 6}"))
    }
  }

  @Test("the text tells the way from need to run and names leads that are not taken; inspect tells the same afterwards")
  func explained() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site)
      let planned = try await site.run(
        "lead-scheduler", ["plan", "--examples", "2", "--config", Site.configuration])
      let lines = planned.output.split(separator: "\n").map(String.init)
      #expect(lines.contains("20 leads are uploaded: total leads (0) below minimum (20); that is all that is needed."))
      #expect(lines.contains { $0.hasPrefix("  need ") && $0.hasSuffix("← target_total_leads") })
      let start = try #require(lines.firstIndex(of: "  10 fit for upload, but not needed now"))
      #expect(lines[(start + 1)...(start + 2)].allSatisfy { $0.hasPrefix("  · npi:") || $0.hasPrefix("  · hash:") })
      _ = try await site.once()
      let shown = try await site.run("lead-queue", ["inspect", "--config", Site.configuration])
      #expect(shown.output.contains("that is all that is needed.") && shown.output.contains("← target_total_leads"))
      #expect(shown.output.contains("10 fit for upload, but not needed now"))
    }
  }
}

import Foundation
import Testing

@Suite("A store or a file that is not what it should be")
struct StoreDamageTests {
  private func prepare(_ site: Site) throws {
    try site.configure(need: 10, batchSize: 10)
    try site.write(InventedLead.file(InventedLead.leads(0..<10)), to: "config/leads.json")
  }

  @Test("D16: the replaced script's tracking file, cut off in the middle, keeps nobody from starting")
  func truncatedTracking() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site)
      try site.write("{\"uploaded_leads\": [\"19970", to: "uploaded_leads_tracking.json")
      #expect(try await site.once().status == 0)
      #expect(try crm.uploadedCount == 10)
    }
  }

  @Test("a file that is no store is refused with its name and left as it is")
  func noStore() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site)
      let text = String(repeating: "these are my notes\n", count: 100)
      let path = try site.write(text, to: "notes.txt")
      let ended = try await site.once(["--store", path])
      #expect(ended.status == 78)
      #expect(ended.errors.contains("notes.txt"))
      #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
      #expect(try await crm.statistics().bulk_requests == 0)
    }
  }

  @Test("a store cut off in the middle is an error that names it, never an empty one to start over with")
  func truncatedStore() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site)
      #expect(try await site.once().status == 0)
      let size = try #require(
        try FileManager.default.attributesOfItem(atPath: site.storePath)[.size] as? Int)
      #expect(truncate(site.storePath, size / 2) == 0)
      let ended = try await site.once()
      #expect(ended.status != 0)
      #expect(ended.errors.contains("lead-queue.db"))
      #expect(try await crm.statistics().bulk_requests == 1)
      #expect(try crm.uploadedCount == 10)
    }
  }
}

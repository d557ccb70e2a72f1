import Testing

@Suite("When the sources have nothing to give")
struct NoSupplyTests {
  private static let leads = InventedLead.file(InventedLead.leads(0..<10))

  @Test("an empty source is told as such, exit code 0", arguments: ["[]", "[ ]\n"])
  func empty(text: String) async throws {
    try await Site.with(.api) { site, crm in
      try site.configure(need: 10, batchSize: 10)
      try site.write(text, to: "config/leads.json")
      let ended = try await site.once()
      #expect(ended.last.hasPrefix("No new leads available for upload"))
      #expect(ended.status == 0)
      #expect(try await crm.statistics().bulk_requests == 0)
    }
  }

  @Test("a source that is used up is told as such, exit code 0, and nothing goes twice")
  func usedUp() async throws {
    try await Site.with(.sql) { site, crm in
      try site.configure(need: 30, batchSize: 10)
      try site.write(Self.leads, to: "config/leads.json")
      #expect(try await site.once().last == "Automated upload complete: 10 leads uploaded, 0 duplicates, 0 errors")
      let again = try await site.once()
      #expect(again.last.hasPrefix("No new leads available for upload"))
      #expect(again.status == 0)
      #expect(try await crm.statistics().bulk_requests == 1)
      try site.requireBooksMatchCRM()
    }
  }

  @Test("a source that is missing is named with the reason, exit code 1")
  func missing() async throws {
    try await Site.with(.api) { site, crm in
      try site.configure(need: 10, batchSize: 10)
      let ended = try await site.once()
      #expect(ended.last.hasPrefix("No new leads available for upload"))
      #expect(ended.last.contains("config/leads.json"))
      #expect(ended.status == 1)
      #expect(try await crm.statistics().bulk_requests == 0)
    }
  }

  @Test("a source that cannot be understood is named with the reason, exit code 1", arguments: ["hello", "", "{"])
  func broken(text: String) async throws {
    try await Site.with(.api) { site, crm in
      try site.configure(need: 10, batchSize: 10)
      try site.write(text, to: "config/leads.json")
      let ended = try await site.once()
      #expect(ended.last.hasPrefix("No new leads available for upload"))
      #expect(ended.last.contains("config/leads.json"))
      #expect(ended.status == 1)
      #expect(try await crm.statistics().bulk_requests == 0)
    }
  }

  @Test("beside a readable source a missing one is a warning, exit code 0")
  func besideReadable() async throws {
    try await Site.with(.api) { site, crm in
      try site.configure(need: 10, batchSize: 10, sources: ["config/absent.json", "config/leads.json"])
      try site.write(Self.leads, to: "config/leads.json")
      let ended = try await site.once()
      #expect(ended.warnings.contains { $0.contains("config/absent.json") })
      #expect(ended.last == "Automated upload complete: 10 leads uploaded, 0 duplicates, 0 errors")
      #expect(ended.status == 0)
      #expect(try crm.uploadedCount == 10)
    }
  }

  @Test("leads that appear in the file later are taken, those already sent are not")
  func fileGrows() async throws {
    try await Site.with(.sql) { site, crm in
      try site.configure(need: 15, batchSize: 10)
      try site.write(Self.leads, to: "config/leads.json")
      _ = try await site.once()
      try site.write(InventedLead.file(InventedLead.leads(0..<20)), to: "config/leads.json")
      let ended = try await site.once()
      #expect(ended.lines.contains("Found 10 available leads"))
      #expect(ended.last == "Automated upload complete: 5 leads uploaded, 0 duplicates, 0 errors")
      #expect(try crm.uploadedCount == 15)
      try site.requireBooksMatchCRM()
    }
  }
}

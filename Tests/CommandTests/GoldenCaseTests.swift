import TestSupport
import Testing

@Suite("The golden case of requirements.md", .onEachEngine)
struct GoldenCaseTests {
  /// Three agents; 101 unassigned leads that meet the class minimums, none closed; a source of 100 leads, 5 of the best 50
  /// already in the CRM as closed.
  @Test("the demo configuration tells and does exactly this, word for word", arguments: Monitoring.allCases)
  func goldenCase(_ monitoring: Monitoring) async throws {
    let source = try TemporarySource(InventedLead.file(InventedLead.leads(0..<100)))
    let arguments = ["--leads", "101", "--agents", "3", "--closed-from", source.path, "--closed-count", "5"]
    try await Site.with(monitoring, crm: arguments) { site, crm in
      try site.configureDemo(source: source.text)

      let first = try await site.once()
      #expect(
        first.lines == [
          "Starting automated lead management cycle",
          "Authentication successful",
          "Current metrics: 101 total, 101 available",
          "Upload strategy: ['Total leads (101) below minimum (120)']",
          "Targets: {'A+': 10, 'A': 25, 'B': 15}",
          "Found 100 available leads",
          "Selected 50 leads for automated upload",
          "Automated upload complete: 45 leads uploaded, 5 duplicates, 0 errors",
        ])
      #expect(first.status == 0)
      #expect(first.errors == "Running the jobs here: no worker is alive\n")
      let books = try site.requireBooksMatchCRM()
      #expect(books.created.count == 45)
      #expect(books.duplicates == 5)
      // 50 sent as 10/25/15, ten at a time.
      let sent = try site.texts("SELECT class || ' ' || count(*) FROM batch_lead GROUP BY class ORDER BY class")
      #expect(sent == ["A 25", "A+ 10", "B 15"])
      #expect(try await crm.statistics().bulk_requests == 5)

      let again = try await site.once()
      #expect(again.lines.contains("Current metrics: 146 total, 146 available"))
      #expect(again.last == "Lead levels sufficient, no upload needed")
      #expect(again.status == 0)

      try await crm.close(40)
      let blocked = try await site.once()
      #expect(blocked.lines.contains("Current metrics: 106 total, 106 available"))
      #expect(blocked.last == "Upload blocked: Must wait 6 minutes")
      #expect(blocked.status == 0)
      #expect(try await crm.statistics().bulk_requests == 5)
      try site.requireBooksMatchCRM()
      try await site.requireVerified()

      // The activity log tells the same, for those who search it.
      for line in Set(first.lines + again.lines + blocked.lines) { #expect(site.log.contains(line)) }
    }
  }
}

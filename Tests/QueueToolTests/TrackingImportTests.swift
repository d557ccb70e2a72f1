import Database
import LeadStore
import Leads
import Synchronization
import TestSupport
import Testing
import Timekeeping

@testable import lead_queue

@Suite("import-tracking and export-tracking", .onEachEngine)
struct TrackingImportTests {
  private let zone = ShownTime(zoneName: "UTC")

  private func importing(_ text: String, _ bench: Workbench) async throws -> TrackingImport.Result {
    let calendar = try #require(BusinessCalendar(zone: "UTC"))
    return try await TrackingImport(
      store: bench.store, path: "tracking.json", reason: "import", actor: "someone", calendar: calendar,
      now: bench.tick(),
      progress: { _ in }
    ).run(TrackingContent(Array(text.utf8), time: zone))
  }

  private func exported(_ bench: Workbench) async throws -> String {
    let text = Mutex("")
    _ = try await TrackingExport(store: bench.store).run { part in text.withLock { $0 += part } }
    return text.withLock { $0 }
  }

  private let file = """
    {"uploaded_leads": ["1234567893", "1245319599"], "daily_uploads": {"2026-03-01": 40}, "last_upload": "2026-03-01T09:00:00Z"}
    """

  @Test("Imported leads are uploaded: they are never selected, and their day and the cooldown count")
  func takesOver() async throws {
    let bench = try await Workbench()
    try await bench.fillCatalog()
    let result = try await importing(file, bench)
    #expect(result == .init(imported: 2, known: 0, days: 1, daysKnown: 0, isCooldownTaken: true))
    let (left, day, last) = try await bench.store.read { transaction in
      let sources = try SourceTable.list(in: transaction).map(\.id)
      return (
        try CatalogTable.supply(sources: sources, in: transaction).sum,
        try QuotaTable.count(of: "2026-03-01", in: transaction).created, try CooldownTable.lastRequest(in: transaction)
      )
    }
    #expect(left == 2)
    #expect(day == 40)
    #expect(last == Timestamp(milliseconds: 1_772_355_600_000))
    #expect(try await bench.verify(nil).books.mismatches.count == 0)
  }

  @Test("Importing the same file again changes nothing, not even the audit trail")
  func again() async throws {
    let bench = try await Workbench()
    _ = try await importing(file, bench)
    let before = try await exported(bench)
    let entries = try await bench.store.read { try AuditTable.verify(in: $0).entries }
    let result = try await importing(file, bench)
    #expect(result == .init(imported: 0, known: 2, days: 0, daysKnown: 1, isCooldownTaken: false))
    #expect(try await exported(bench) == before)
    #expect(try await bench.store.read { try AuditTable.verify(in: $0).entries } == entries)
  }

  @Test("A cooldown that was cleared does not come back with the same file")
  func clearedCooldown() async throws {
    let bench = try await Workbench()
    let text = #"{"uploaded_leads": [], "last_upload": "2026-03-01T09:00:00Z"}"#
    #expect(try await importing(text, bench).isCooldownTaken)
    #expect(try await bench.store.write { try CooldownTable.clear(in: $0) })
    #expect(try await importing(text, bench).isCooldownTaken == false)
  }

  @Test("What the store counted itself is not overwritten, and a last upload that lies ahead is not believed")
  func ownCounts() async throws {
    let bench = try await Workbench()
    try await bench.fillCatalog()
    _ = try await bench.planUpload()
    let result = try await importing(
      #"{"daily_uploads": {"2026-03-02": 400}, "last_upload": "2027-01-01T00:00:00Z"}"#, bench)
    #expect(result.days == 0)
    #expect(result.isCooldownTaken == false)
    let today = try await bench.store.read { try QuotaTable.count(of: Workbench.day, in: $0) }
    #expect(today == DailyCount(day: Workbench.day, created: 0, reserved: 4))
  }

  @Test("An export, imported into an empty store, exports the same bytes")
  func roundTrip() async throws {
    let bench = try await Workbench()
    _ = try await importing(file, bench)
    let hash = "hash:" + String(repeating: "0123456789abcdef", count: 4)
    _ = try await importing("{\"uploaded_leads\": [\"\(hash)\"]}", bench)
    let text = try await exported(bench)
    #expect(text.contains("\"\(hash)\""))
    let other = try await Workbench()
    _ = try await importing(text, other)
    #expect(try await exported(other) == text)
  }

  @Test("An empty store exports a whole document")
  func emptyExport() async throws {
    let bench = try await Workbench()
    #expect(
      try await exported(bench) == """
        {
          "uploaded_npis": [],
          "daily_uploads": {},
          "daily_upload_count": 0,
          "last_upload_date": null,
          "last_upload_time": 0
        }

        """)
  }
}

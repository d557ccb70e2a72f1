import Foundation
import Testing

@Suite("Leads out of dirty files")
struct SourceDirtTests {
  /// Two files of 20 good leads each, 10 of them in both, so 30 in all; the dirt stands between them.
  private struct Files {
    var first: [String]
    var second: [String]

    init() {
      let good = InventedLead.leads(0..<30)
      let twin = InventedLead(number: 7, score: good[7].score)
      func odd(_ number: Int, _ changes: [String: String?]) -> String {
        InventedLead(number: number, score: 95, hasNPI: false).record(changes)
      }
      first = good[0..<20].map { $0.record() }
      // Exact doubles, one with its npi as a number.
      first.insert(good[3].record(), at: 9)
      first.insert(twin.record(["npi": twin.npi]), at: 12)
      first += [
        odd(100, ["score": "null"]), odd(101, ["score": "90.5"]), odd(102, ["score": "1099511627776"]),
        odd(103, ["providers": "null"]), odd(104, ["practice_name": "null"]),
        odd(105, ["practice_name": "\"<UNAVAIL>\""]), odd(106, ["specialties": "[\"Podiatry\", \"Wound Care\"]"]),
      ]
      second = good[10..<30].map { $0.record() }
      second.insert(contentsOf: ["\"just a text\"", "42", "null", "{}"], at: 5)
      second += [
        odd(107, ["npi": "\"\""]), odd(108, ["npi": "null"]), odd(109, ["npi": "\"nan\""]),
        odd(110, ["owner_name": "\"Owner\\u0000Nobody 110\""]),
      ]
    }

    /// What can be mended: every odd record but those whose score says nothing.
    static let mended = [101, 103, 104, 105, 106, 107, 108, 109, 110]
  }

  @Test(
    "D11: 30 good leads of two overlapping files go up once, and so does what can be mended; the rest is explained",
    arguments: Monitoring.allCases)
  func dirt(_ monitoring: Monitoring) async throws {
    try await Site.with(monitoring) { site, crm in
      try site.configure(need: 100, batchSize: 100, sources: ["config/one.json", "config/two.json"])
      let files = Files()
      try site.write(InventedLead.file(records: files.first), to: "config/one.json")
      try site.write(InventedLead.file(records: files.second), to: "config/two.json")

      let ended = try await site.once()

      #expect(ended.status == 0)
      #expect(ended.lines.contains("Found 39 available leads"))
      #expect(ended.last == "Automated upload complete: 39 leads uploaded, 0 duplicates, 0 errors")
      try site.requireBooksMatchCRM()
      try requireRows(of: crm)
      try requireExplanations(in: site)
      let repeated = try site.texts("SELECT path || ' ' || repeated FROM source ORDER BY id")
      #expect(repeated == ["config/one.json 2", "config/two.json 10"])
    }
  }

  private func requireRows(of crm: DemoCRM) throws {
    // 104 and 105 have no name of their own and are sent under their owner's.
    let good = (0..<30).map { "Invented Practice \($0)" }
    let odd = Files.mended.map { [104, 105].contains($0) ? "Owner Nobody \($0)" : "Invented Practice \($0)" }
    #expect(try crm.uploadedNames() == (good + odd).sorted())
    #expect(try crm.number("SELECT count(*) FROM leads WHERE source = 'nppes_extraction' AND npi IS NOT NULL") == 30)
    #expect(try crm.number("SELECT count(*) FROM leads WHERE zip_code <> '06101'") == 0)
    #expect(try crm.number("SELECT score FROM leads WHERE practice_name = 'Invented Practice 101'") == 90)
    #expect(try crm.number("SELECT providers FROM leads WHERE practice_name = 'Invented Practice 103'") == 1)
    // No placeholder anywhere, in no column of text.
    for column in [
      "npi", "ein", "practice_name", "owner_name", "practice_phone", "owner_phone", "specialties", "category", "city",
      "state", "zip_code", "address", "entity_type", "is_sole_proprietor",
    ] {
      let placeholders = try crm.number(
        "SELECT count(*) FROM leads WHERE lower(\(column)) IN ('', '<unavail>', 'nan', 'nan, nan', 'null', 'none')")
      #expect(placeholders == 0, "\(column)")
    }
  }

  private func requireExplanations(in site: Site) throws {
    let rejected = try site.texts(
      """
      SELECT source.path || ':' || rejected_record.line || ' ' || rejected_record.reason
      FROM rejected_record JOIN source ON source.id = rejected_record.source_id ORDER BY source_id, position
      """)
    // The array begins on line 1, its first record stands on line 2.
    let places = rejected.map { $0.prefix { $0 != " " } }
    #expect(
      places == [
        "config/one.json:24", "config/one.json:26", "config/two.json:7", "config/two.json:8", "config/two.json:9",
        "config/two.json:10",
      ])
    for line in rejected { #expect(line.split(separator: " ").count >= 4, "a reason is a sentence: \(line)") }
  }

  @Test("the records before a file's break are used; the break is one rejected record with its line")
  func brokenFile() async throws {
    try await Site.with(.api) { site, crm in
      try site.configure(need: 13, batchSize: 13, sources: ["config/broken.json", "config/leads.json"])
      let records = InventedLead.leads(0..<3).map { $0.record() }
      try site.write("[\n" + records.joined(separator: ",\n") + ",\n{\"score\": 9", to: "config/broken.json")
      try site.write(InventedLead.file(InventedLead.leads(10..<20)), to: "config/leads.json")
      let ended = try await site.once()
      #expect(ended.status == 0)
      #expect(try crm.uploadedCount == 13)
      #expect(try site.texts("SELECT CAST(line AS text) FROM rejected_record") == ["5"])
      try site.requireBooksMatchCRM()
    }
  }
}

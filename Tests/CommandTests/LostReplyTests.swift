import TestSupport
import Testing

/// What may happen to one bulk request.
enum Fate: String, Sendable, CaseIterable {
  case drop, half, html, late500, hang, close, s500, s429, s401

  /// Whether the CRM commits the rows before the client is let down.
  var isCommitted: Bool {
    switch self {
    case .drop, .half, .html, .late500, .hang: true
    case .close, .s500, .s429, .s401: false
    }
  }
}

/// One fault at one of three bulk requests.
struct Accident: Sendable, CustomTestStringConvertible {
  var fate: Fate
  var request: Int
  var monitoring: Monitoring

  var testDescription: String { "\(fate.rawValue)@\(request), \(monitoring.rawValue)" }

  static let all = Monitoring.allCases.flatMap { monitoring in
    Fate.allCases.flatMap { fate in (1...3).map { Accident(fate: fate, request: $0, monitoring: monitoring) } }
  }
}

@Suite("When a bulk request goes wrong")
struct LostReplyTests {
  @Test(
    "D2: every selected lead is in the CRM once and counted as uploaded, with npi or without; no POST too many",
    arguments: Accident.all)
  func onceWhateverHappens(_ accident: Accident) async throws {
    try await requireOnce(accident)
  }

  @Test(
    "D2: the same with the store on PostgreSQL, for each way in which a request goes wrong", .onPostgreSQL,
    arguments: Accident.all.filter { $0.request == 2 && $0.monitoring == .sql })
  func onceOnServer(_ accident: Accident) async throws {
    try await requireOnce(accident)
  }

  private func requireOnce(_ accident: Accident) async throws {
    let fault = "\(accident.fate.rawValue)@\(accident.request)"
    try await Site.with(accident.monitoring, crm: ["--leads", "0", "--fault", fault, "--retry-after", "1"]) {
      site, crm in
      try site.configure(need: 30, batchSize: 10)
      try site.write(InventedLead.file(InventedLead.leads(0..<30, withoutNPIEvery: 3)), to: "config/leads.json")

      let ended = try await site.once()

      #expect(ended.last == "Automated upload complete: 30 leads uploaded, 0 duplicates, 0 errors")
      #expect(ended.status == 0)
      let books = try site.requireBooksMatchCRM()
      #expect(books.created.count == 30)
      // The server's own count. What it may have committed is only looked for; what it never had goes again: in one
      // request, and each lead without npi alone, since nothing else would keep a late twin out.
      let expected: Int
      switch accident.fate {
      case .s429, .s401: expected = 4
      case .close, .s500: expected = 4 + (try withoutNPI(site, ordinal: accident.request))
      case .drop, .half, .html, .late500, .hang: expected = 3
      }
      let statistics = try await crm.statistics()
      #expect(statistics.bulk_requests == expected)
      #expect(statistics.rows_committed == 30)
      #expect(statistics.logins == (accident.fate == .s401 ? 2 : 1))
    }
  }

  private func withoutNPI(_ site: Site, ordinal: Int) throws -> Int {
    try site.number(
      """
      SELECT count(*) FROM batch JOIN batch_lead ON batch_lead.batch_id = batch.id
      JOIN lead ON lead.id = batch_lead.lead_id WHERE batch.ordinal = \(ordinal) AND lead.npi IS NULL
      """)
  }
}

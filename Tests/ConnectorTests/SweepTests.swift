import Connectors
import Database
import Foundation
import Leads
import Testing

@Suite("A sweep over all leads of the CRM")
struct SweepTests {
  private func sweep(_ client: CRMClient) async throws -> (rows: [CRMSighting], showsMarkers: Bool) {
    let (rows, showsMarkers) = try await client.sweep {
      [CRMSighting]()
    } take: { rows, row in
      rows.append(row)
    }
    return (rows.sorted { $0.id < $1.id }, showsMarkers)
  }

  @Test("by SQL: every row is seen once, with its npi and mark, whatever JSON stands in the column")
  func bySQL() async throws {
    let tables = try MeasuredTables()
    try tables.connection.execute(
      """
      INSERT INTO leads (id, npi, scoring_breakdown)
        SELECT n, CASE WHEN n % 2 = 0 THEN 'npi' || n END, json_build_object('lead_queue', 's:1:' || n)
        FROM generate_series(1, 12001) n;
      INSERT INTO leads (id, scoring_breakdown) VALUES (20001, '1'), (20002, '{"note":"\\u0000"}'), (20003, NULL);
      """)
    let found = try await sweep(try client(of: "http://127.0.0.1:1", database: tables.url))
    #expect(found.showsMarkers)
    #expect(found.rows.count == 12_004)
    #expect(found.rows[0] == CRMSighting(id: 1, marker: "s:1:1"))
    #expect(found.rows[11_999] == CRMSighting(id: 12_000, npi: "npi12000", marker: "s:1:12000"))
    #expect(found.rows.suffix(3).map(\.marker) == [nil, nil, nil])
  }

  @Test("by SQL without scoring_breakdown: rows without npi are known by their contact data")
  func byFields() async throws {
    let tables = try MeasuredTables()
    try tables.connection.execute(
      """
      ALTER TABLE leads DROP COLUMN scoring_breakdown;
      INSERT INTO leads (id, npi, owner_name, practice_phone, zip_code) VALUES
        (1, '1234567893', 'x', NULL, NULL), (2, NULL, 'Ada', '(212) 555-0123', '06101');
      """)
    let found = try await sweep(try client(of: "http://127.0.0.1:1", database: tables.url))
    let key = LeadKey.identifying(owner: "Ada", practice: nil, phone: "2125550123", zip: "06101")
    #expect(!found.showsMarkers)
    #expect(found.rows == [CRMSighting(id: 1, npi: "1234567893"), CRMSighting(id: 2, key: key)])
  }

  private func crm(_ leads: [String], total: Int) throws -> ScriptedCRM {
    try ScriptedCRM { seen in
      switch seen.path {
      case "/health": return .answer(200, ScriptedCRM.health(leads: total, agents: 3))
      case "/api/v1/leads":
        let limit = seen.query["limit"].flatMap(Int.init) ?? 100
        return .answer(200, "[" + leads.prefix(limit).joined(separator: ",") + "]")
      default: return nil
      }
    }
  }

  private func lead(_ id: Int, npi: String = "null") -> String {
    """
    {"id":\(id),"npi":\(npi),"owner_name":"Ada","practice_phone":"2125550123","zip_code":"06101","status":"new",\
    "priority":"A","assigned_user_id":null}
    """
  }

  @Test("by API: one page of all leads, and a larger one when it was full")
  func byAPI() async throws {
    let crm = try crm((1...1500).map { lead($0, npi: $0 == 1 ? "\"1234567893\"" : "null") }, total: 100)
    defer { crm.stop() }
    let found = try await sweep(try client(of: crm.baseURL))
    let key = LeadKey.identifying(owner: "Ada", practice: nil, phone: "2125550123", zip: "06101")
    #expect(!found.showsMarkers && found.rows.count == 1500)
    #expect(found.rows[0] == CRMSighting(id: 1, npi: "1234567893") && found.rows[1] == CRMSighting(id: 2, key: key))
  }

  @Test("by API: a list that shows only a part is an error: the rest would be taken for lost")
  func partly() async throws {
    let crm = try crm((1...50).map { lead($0) }, total: 100)
    defer { crm.stop() }
    await #expect(
      throws: CRMError.unexpectedAnswer("the list shows 50 of 100 leads; the user's role may see only a part")
    ) { try await sweep(try client(of: crm.baseURL)) }
  }
}

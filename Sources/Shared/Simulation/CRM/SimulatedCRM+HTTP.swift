import Connectors
import Foundation

/// The CRM's side of the wire, by its contract.
extension SimulatedCRM {
  /// A row of a bulk request.
  struct Sent: Decodable {
    struct Breakdown: Decodable { var lead_queue: String }
    var practice_name: String
    var owner_name: String?
    var npi: String?
    var practice_phone: String?
    var zip_code: String?
    var priority: String?
    var scoring_breakdown: Breakdown?
  }

  static func rows(of body: [UInt8]) -> [Sent] {
    do {
      return try JSONDecoder().decode([Sent].self, from: Data(body))
    } catch {
      preconditionFailure("a bulk request is not the JSON of the contract: \(error)")
    }
  }

  /// `POST` of a login.
  func login() -> HTTPAnswer {
    Self.json(200, #"{"access_token":"token-\#(tokenNumber)","user":{"role":"manager"}}"#)
  }

  func accepts(_ token: String?) -> Bool { token == "token-\(tokenNumber)" }

  /// `GET /health`.
  func health() -> HTTPAnswer {
    Self.json(
      200,
      #"{"status":"healthy","database":"connected","database_stats":{"total_leads":\#(rows.count),"#
        + #""total_users":9,"active_agents":\#(agents)}}"#)
  }

  /// `GET /api/v1/leads`, newest first.
  func list(limit: Int) -> HTTPAnswer {
    let items = rows.suffix(limit).reversed().map { row in
      """
      {"id":\(row.id),"npi":\(Self.quoted(row.npi)),"practice_name":\(Self.quoted(row.name)),\
      "owner_name":\(Self.quoted(row.owner)),"practice_phone":\(Self.quoted(row.phone)),"zip_code":\(Self.quoted(row.zip)),\
      "status":"\(row.isAssigned && row.status == .new ? "assigned" : row.status.rawValue)","priority":"\(row.priority)",\
      "assigned_user_id":\(row.isAssigned ? "7" : "null"),"times_recycled":0}
      """
    }
    return Self.json(200, "[" + items.joined(separator: ",") + "]")
  }

  /// One bulk request, committed as a whole or not at all. `post` names it.
  func bulk(_ sent: [Sent], post: Int) -> HTTPAnswer {
    let invalid = sent.indices.filter { sent[$0].practice_name.contains(Self.invalid) }
    if !invalid.isEmpty {
      let detail = invalid.map { #"{"type":"string_type","loc":["body",\#($0),"practice_name"],"msg":"no","input":1}"# }
      return Self.json(422, #"{"detail":["# + detail.joined(separator: ",") + "]}")
    }
    if sent.contains(where: { $0.practice_name.contains(Self.poison) }) { return Self.rolledBack }
    var created: [String] = []
    var duplicates: [String] = []
    for (index, row) in sent.enumerated() {
      if let npi = row.npi, let existing = id(ofNPI: npi) {
        duplicates.append(#"{"index":\#(index),"npi":"\#(npi)","existing_id":\#(existing)}"#)
        continue
      }
      insert(
        npi: row.npi, name: row.practice_name, owner: row.owner_name, phone: row.practice_phone, zip: row.zip_code,
        priority: row.priority ?? "C", marker: row.scoring_breakdown?.lead_queue, post: post)
      created.append(#"{"index":\#(index)}"#)
    }
    return Self.json(
      200,
      #"{"summary":{"total_submitted":\#(sent.count),"created":\#(created.count),"failed":0,"duplicates":"#
        + #"\#(duplicates.count)},"created_leads":[\#(created.joined(separator: ","))],"failed_leads":[],"#
        + #""duplicate_npis":[\#(duplicates.joined(separator: ","))]}"#)
  }

  static let rolledBack = json(500, #"{"detail":"Bulk import failed: value too long"}"#)

  static func json(_ status: Int, _ text: String) -> HTTPAnswer {
    HTTPAnswer(status: status, body: Array(text.utf8))
  }

  private static func quoted(_ text: String?) -> String { text.map { "\"\($0)\"" } ?? "null" }
}

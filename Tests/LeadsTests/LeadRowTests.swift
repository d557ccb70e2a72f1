import Foundation
import TestSupport
import Testing

@testable import Leads

@Suite("A lead's row for the CRM")
struct LeadRowTests {
  private static func lead(_ record: RawRecord) throws -> Lead {
    guard case .usable(let lead, _) = RecordCleaner().clean(record) else {
      throw Unusable()
    }
    return lead
  }

  private struct Unusable: Error {}

  @Test("The row is exactly the CRM's fields, byte for byte the same each time")
  func exact() throws {
    let lead = try Self.lead([
      "score": .number("90.5"), "practice_name": .text("Elm \"Foot\" \\ Clinic"), "owner_name": .text("SMITH, JOHN"),
      "npi": .number("1234567893"), "zip": .text("6101.0"), "providers": .null, "state": .text("ct"),
      "practice_phone": .text("(203) 555-0147"), "ein": .text("<UNAVAIL>"),
    ])
    let expected =
      #"{"practice_name":"Elm \"Foot\" \\ Clinic","owner_name":"SMITH, JOHN","npi":"1234567893","#
      + #""practice_phone":"2035550147","owner_phone":null,"specialties":null,"category":null,"providers":1,"#
      + #""address":null,"city":null,"state":"CT","zip_code":"06101","ein":null,"entity_type":null,"#
      + #""is_sole_proprietor":null,"score":90,"priority":"A+","source":"nppes_extraction"}"#
    let row = lead.row(source: "nppes_extraction")
    #expect(row == expected)
    #expect(lead.row(source: "nppes_extraction").utf8.elementsEqual(row.utf8))
    #expect(
      Lead.adding(marker: "b1-2", to: row)
        == expected.dropLast() + #","scoring_breakdown":{"lead_queue":"b1-2"}}"#)
    #expect(lead.requestRow(marker: "b1-2", source: "nppes_extraction") == Lead.adding(marker: "b1-2", to: row))
  }

  @Test("Rows appended to a body make a JSON array")
  func body() throws {
    let row = try Self.lead(["score": .number("75"), "phone": .text("2035550147")]).row(source: "s")
    var body: [UInt8] = Array("[".utf8)
    Lead.append(row: row, marker: "m\"1", to: &body)
    body.append(UInt8(ascii: ","))
    Lead.append(row: row, marker: "m2", to: &body)
    body.append(UInt8(ascii: "]"))
    let rows = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [[String: Any]])
    let markers = rows.map { ($0["scoring_breakdown"] as? [String: String])?["lead_queue"] }
    #expect(markers == ["m\"1", "m2"])
    #expect(rows.map { $0["priority"] as? String } == ["A", "A"])
  }

  @Test("Whatever the record, the row has the CRM's types and no placeholder", arguments: 0..<20 as Range<UInt64>)
  func strict(seed: UInt64) throws {
    let nullable = [
      "owner_name", "npi", "practice_phone", "owner_phone", "specialties", "category", "address", "city", "state",
      "zip_code", "ein", "entity_type", "is_sole_proprietor",
    ]
    let never = ["", "nan", "nan, nan", "<unavail>", "none", "null", "n/a", "na"]
    var random = SeededGenerator(seed: 1000 + seed)
    for _ in 0..<150 {
      guard case .usable(let lead, _) = RecordCleaner().clean(RawRecord.random(using: &random)) else { continue }
      let row = try lead.decodedRow(marker: "m", source: "label")
      for name in nullable where !(row[name] is NSNull) {
        let text = try #require(row[name] as? String, "\(name)")
        #expect(!never.contains(text.lowercased()), "\(name)")
        #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control }, "\(name)")
      }
      let practice = try #require(row["practice_name"] as? String)
      #expect(!never.contains(practice.lowercased()))
      if let npi = row["npi"] as? String { #expect(NPI(npi) != nil) }
      let providers = try #require(row["providers"] as? Int)
      #expect(providers >= 1 && providers <= Int(Int32.max))
      #expect(row["score"] as? Int == lead.score)
      #expect(["A+", "A", "B", "C"].contains(row["priority"] as? String))
      #expect(row["source"] as? String == "label")
      #expect(
        Set(row.keys)
          == Set(nullable + ["practice_name", "providers", "score", "priority", "source", "scoring_breakdown"]))
    }
  }
}

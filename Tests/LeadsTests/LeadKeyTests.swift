import Foundation
import TestSupport
import Testing

@testable import Leads

@Suite("Lead key")
struct LeadKeyTests {
  @Test("The hash is SHA-256 of owner, practice, phone and ZIP, normalised")
  func hash() {
    // printf 'smith john\x1felm clinic\x1f2035550147\x1f06101' | sha256sum
    let expected = "hash:68bb3ad99fdc5827b8c0c5e2bc1dd8024946429627ab6177b2534e76e00c8e19"
    #expect(
      LeadKey.identifying(owner: "SMITH, John", practice: "Elm Clinic", phone: "2035550147", zip: "06101")?.rawValue
        == expected)
    #expect(
      LeadKey.identifying(owner: "smith john ", practice: "ELM-CLINIC", phone: "(203) 555-0147", zip: "6101.0")?
        .rawValue
        == expected)
  }

  @Test("A key needs a phone, or a name and a ZIP")
  func sufficient() {
    #expect(LeadKey.identifying(owner: nil, practice: nil, phone: "2035550147", zip: nil) != nil)
    #expect(LeadKey.identifying(owner: "Smith", practice: nil, phone: nil, zip: "06101") != nil)
    #expect(LeadKey.identifying(owner: nil, practice: "Elm Clinic", phone: nil, zip: "06101") != nil)
    #expect(LeadKey.identifying(owner: "Smith", practice: "Elm Clinic", phone: nil, zip: nil) == nil)
    #expect(LeadKey.identifying(owner: nil, practice: nil, phone: nil, zip: "06101") == nil)
    #expect(LeadKey.identifying(owner: "nan", practice: "Unknown Practice", phone: "0000000000", zip: "06101") == nil)
  }

  @Test("A placeholder counts as missing, so it never makes two leads one by itself")
  func placeholders() {
    let missing = LeadKey.identifying(owner: "Smith", practice: nil, phone: nil, zip: "06101")
    for placeholder in ["<UNAVAIL>", "nan, nan", "Unknown Practice", ""] {
      #expect(LeadKey.identifying(owner: "Smith", practice: placeholder, phone: "nan", zip: "06101") == missing)
    }
  }

  @Test("Values do not run into one another")
  func separated() {
    let one = LeadKey.identifying(owner: "Elm", practice: "Clinic", phone: nil, zip: "06101")
    let other = LeadKey.identifying(owner: "Elm Clinic", practice: nil, phone: nil, zip: "06101")
    let third = LeadKey.identifying(owner: nil, practice: "Elm Clinic", phone: nil, zip: "06101")
    #expect(Set([one, other, third]).count == 3)
  }

  @Test("The key of a lead is the key of its row read back from the CRM", arguments: 0..<20 as Range<UInt64>)
  func roundTrip(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var compared = 0
    for _ in 0..<150 {
      let record = RawRecord.random(using: &random)
      guard case .usable(let lead, _) = RecordCleaner().clean(record), lead.npi == nil else { continue }
      let row = try lead.decodedRow(marker: "m", source: "s")
      let readBack = LeadKey.identifying(
        owner: row["owner_name"] as? String, practice: row["practice_name"] as? String,
        phone: row["practice_phone"] as? String, zip: row["zip_code"] as? String)
      #expect(readBack == lead.key)
      compared += 1
    }
    #expect(compared > 20)
  }
}

extension Lead {
  func decodedRow(marker: String, source: String) throws -> [String: Any] {
    let json = try JSONSerialization.jsonObject(with: Data(requestRow(marker: marker, source: source).utf8))
    return try #require(json as? [String: Any])
  }
}

extension RawRecord {
  /// A record of the fields that sources have, with every kind of dirt in any of them.
  static func random(using random: inout SeededGenerator) -> RawRecord {
    let texts = [
      "<UNAVAIL>", "nan", "nan, nan", "", " ", "None", "SMITH, JOHN", "Unknown Practice", "Elm Clinic",
      "O'Brien & Sons",
      "José García", "Foot\u{0}Care", "Smith, nan", "(203) 555-0147", "2035550147.0", "6101.0", "06101-1234", "12345.0",
      "1234567893", "1234567890", "\"Quoted\" \\ Co", "李 Clinic", "\u{1F600}", "A+ Priority", "Dr.\tNo",
      String(repeating: "long ", count: 130), "!!!", "É", "e\u{301}cole",
    ]
    var record = RawRecord()
    for field in SourceField.allCases {
      switch Int.random(in: 0..<14, using: &random) {
      case 0: record[field] = .null
      case 1: record[field] = .boolean(true)
      case 2:
        record[field] = .number(["5", "90.5", "6101", "2035550147", "1e40", "-1"].randomElement(using: &random) ?? "")
      case 3: record[field] = .list(["a", "b"])
      case 4: record[field] = .nested
      case 5: break
      default: record[field] = .text(texts.randomElement(using: &random) ?? "")
      }
    }
    record[.score] = .number(String(Int.random(in: 0...100, using: &random)))
    return record
  }
}

import TestSupport
import Testing

@testable import Leads

@Suite("Cleaning of one record")
struct RecordCleanerTests {
  private static let good: RawRecord = [
    "id": .number("7"), "score": .number("92"), "priority": .text("A+ Priority"), "category": .text("Podiatry"),
    "practice_name": .text("Elm Clinic"), "owner_name": .text("SMITH, JOHN"), "practice_phone": .text("(203) 555-0147"),
    "owner_phone": .text("203-555-0199"), "specialties": .text("Podiatrist, Foot Surgery"), "providers": .number("3"),
    "city": .text("Hartford"), "state": .text("CT"), "zip": .text("6101.0"), "address": .text("12 Elm Street"),
    "ein": .text("06-1234567"), "is_sole_proprietor": .text("N"), "entity_type": .text("2"), "npi": .text("1234567893"),
  ]

  private func cleaned(_ changes: [(SourceField, RawValue)]) throws -> (lead: Lead, notes: [CleaningNote]) {
    var record = Self.good
    for (field, value) in changes { record[field] = value }
    guard case .usable(let lead, let notes) = RecordCleaner().clean(record) else {
      Issue.record("rejected: \(RecordCleaner().clean(record))")
      throw CleaningRejection.unidentifiable
    }
    return (lead, notes)
  }

  private func rejection(_ changes: [(SourceField, RawValue)]) -> CleaningRejection? {
    var record = Self.good
    for (field, value) in changes { record[field] = value }
    guard case .rejected(let reason) = RecordCleaner().clean(record) else { return nil }
    return reason
  }

  @Test("A good record becomes a lead as it stands, without notes")
  func goodRecord() throws {
    let (lead, notes) = try cleaned([])
    #expect(notes == [])
    #expect(lead.key.rawValue == "npi:1234567893")
    #expect(lead.leadClass == .aPlus && lead.score == 92 && lead.npi == "1234567893" && lead.providers == 3)
    #expect(lead.practiceName == "Elm Clinic" && lead.ownerName == "SMITH, JOHN")
    #expect(lead.practicePhone == "2035550147" && lead.ownerPhone == "2035550199")
    #expect(lead.city == "Hartford" && lead.state == "CT" && lead.zipCode == "06101" && lead.address == "12 Elm Street")
    #expect(lead.ein == "06-1234567" && lead.isSoleProprietor == "N" && lead.entityType == "2")
    #expect(lead.category == "Podiatry" && lead.specialties == "Podiatrist, Foot Surgery")
  }

  // MARK: Score

  @Test(
    "The score decides the class, rounded down, whatever the priority says",
    arguments: [
      (.number("90"), 90, .aPlus), (.number("90.5"), 90, .aPlus), (.number("89.9"), 89, .a), (.text("75"), 75, .a),
      (.text("74.99"), 74, .b), (.number("60.0"), 60, .b), (.number("59.9"), 59, nil), (.number("-1"), -1, nil),
    ] as [(RawValue, Int, LeadClass?)])
  func score(_ value: RawValue, _ score: Int, _ leadClass: LeadClass?) throws {
    let lead = try cleaned([(.score, value), (.priority, .text("B Priority"))]).lead
    #expect(lead.score == score)
    #expect(lead.leadClass == leadClass)
  }

  @Test("A priority that contradicts the score is noted, one that agrees is not")
  func priority() throws {
    #expect(try cleaned([(.priority, .text("B Priority"))]).notes == [.priorityOverruled])
    #expect(try cleaned([(.priority, .text("A+"))]).notes == [])
    #expect(try cleaned([(.priority, .null)]).notes == [])
    #expect(try cleaned([(.priority, .text("A Priority")), (.score, .number("80"))]).notes == [])
    #expect(try cleaned([(.priority, .text("B+")), (.score, .number("70"))]).notes == [])
  }

  @Test(
    "A record without a usable score is rejected, and the reason names the field",
    arguments: [
      (.missing, .scoreMissing), (.null, .scoreMissing), (.text("nan"), .scoreMissing), (.text(""), .scoreMissing),
      (.text("high"), .scoreNotANumber), (.boolean(true), .scoreNotANumber), (.list(["90"]), .scoreNotANumber),
      (.nested, .scoreNotANumber), (.number("1099511627776"), .scoreOutOfRange),
      (.number("2147483648"), .scoreOutOfRange),
      (.number("1e300"), .scoreOutOfRange),
    ] as [(RawValue, CleaningRejection)])
  func noScore(_ value: RawValue, _ reason: CleaningRejection) {
    #expect(rejection([(.score, value)]) == reason)
    #expect(reason.description.hasPrefix("score: "))
  }

  // MARK: Names

  @Test(
    "A practice without a name is sent as its owner's name",
    arguments: [
      .null, .missing, .text("<UNAVAIL>"), .text("nan"), .text("nan, nan"), .text(""), .list(["Elm", "Clinic"]),
      .nested,
      .boolean(false),
    ] as [RawValue])
  func practiceNamedAfterOwner(_ value: RawValue) throws {
    let (lead, notes) = try cleaned([(.practiceName, value)])
    #expect(lead.practiceName == "SMITH, JOHN")
    #expect(notes.contains(.practiceNamedAfterOwner))
  }

  @Test("Without an owner's name either, it is sent as Unknown Practice, and stays uploadable")
  func practiceUnknown() throws {
    let (lead, notes) = try cleaned([(.practiceName, .text("<UNAVAIL>")), (.ownerName, .text("nan, nan"))])
    #expect(lead.practiceName == "Unknown Practice")
    #expect(lead.ownerName == nil)
    #expect(notes == [.practiceUnknown])
  }

  @Test("A list in a text field is joined where a list makes sense, and left out where it does not")
  func lists() throws {
    let (lead, notes) = try cleaned([
      (.specialties, .list(["Podiatrist", "Foot Surgery"])), (.ownerName, .list(["A", "B"])), (.state, .nested),
    ])
    #expect(lead.specialties == "Podiatrist, Foot Surgery")
    #expect(lead.ownerName == nil && lead.state == nil)
    #expect(Set(notes) == [.joined(.specialties), .unusable(.ownerName), .unusable(.state)])
  }

  @Test("Numbers and truth values in text fields become the texts they stand for")
  func otherTypes() throws {
    let lead = try cleaned([
      (.practiceName, .number("24")), (.entityType, .number("2.0")), (.isSoleProprietor, .boolean(true)),
      (.ein, .text("61234567.0")), (.zip, .number("6101")), (.practicePhone, .number("2035550147")),
    ]).lead
    #expect(lead.practiceName == "24" && lead.entityType == "2" && lead.isSoleProprietor == "Y")
    #expect(lead.ein == "61234567" && lead.zipCode == "06101" && lead.practicePhone == "2035550147")
  }

  @Test("A NUL character is removed, a text that is no Unicode rejects the record")
  func characters() throws {
    #expect(try cleaned([(.ownerName, .text("SMI\u{0}TH"))]).lead.ownerName == "SMITH")
    #expect(rejection([(.ownerName, .illFormed)]) == .illFormed(.ownerName))
  }

  @Test("An over-long text is cut and noted")
  func overLong() throws {
    let (lead, notes) = try cleaned([(.address, .text(String(repeating: "x", count: 501)))])
    #expect(lead.address?.count == 500)
    #expect(notes == [.shortened(.address)])
  }

  // MARK: Numbers

  @Test(
    "Providers are at least one",
    arguments: [
      (.null, 1), (.missing, 1), (.text("nan"), 1), (.number("0"), 1), (.number("-4"), 1),
      (.number("1099511627776"), 1),
      (.list([]), 1), (.boolean(true), 1), (.text("many"), 1), (.text("4"), 4), (.number("2.0"), 2),
    ] as [(RawValue, Int)])
  func providers(_ value: RawValue, _ count: Int) throws {
    #expect(try cleaned([(.providers, value)]).lead.providers == count)
  }

  @Test(
    "An NPI is the same as number and as text",
    arguments: [
      .number("1234567893"), .text("1234567893"), .text(" 1234567893 "), .text("1234567893.0"), .number("1234567893.0"),
      .number("1.234567893e9"),
    ] as [RawValue])
  func npi(_ value: RawValue) throws {
    #expect(try cleaned([(.npi, value)]).lead.key.rawValue == "npi:1234567893")
  }

  @Test(
    "Without a valid NPI the key is made of name, phone and ZIP",
    arguments: [
      (.null, false), (.missing, false), (.text(""), false), (.text("nan"), false), (.text("1234567890"), true),
      (.number("1234567890.0"), true), (.text("x"), true), (.list(["1234567893"]), true), (.nested, true),
      (.number("-1234567893"), true), (.number("1234567893.5"), true),
    ] as [(RawValue, Bool)])
  func noNPI(_ value: RawValue, _ isNoted: Bool) throws {
    let (lead, notes) = try cleaned([(.npi, value)])
    #expect(lead.npi == nil)
    #expect(lead.key.rawValue.hasPrefix("hash:"))
    #expect(notes.contains(.npiInvalid) == isNoted)
  }

  @Test("A record that nothing identifies is rejected, and the reason names the fields")
  func unidentifiable() {
    let reason = rejection([(.npi, .null), (.practicePhone, .null), (.zip, .text("nan"))])
    #expect(reason == .unidentifiable)
    #expect(reason?.description.contains("practice_phone") == true)
    let nameless = rejection([
      (.npi, .null), (.practicePhone, .text("0000000000")), (.practiceName, .null), (.ownerName, .null),
    ])
    #expect(nameless == .unidentifiable)
  }

  @Test("An empty record, and one without any field of ours, are rejected")
  func empty() {
    #expect(RecordCleaner().clean([:]) == .rejected(.noFields))
    #expect(RecordCleaner().clean(["colour": .text("red")]) == .rejected(.scoreMissing))
  }

  // MARK: Sibling files

  @Test("The other names that sibling files use mean the same")
  func otherNames() throws {
    let record: RawRecord = [
      "score": .number("80"), "priority": .text("A"), "company_name": .text("Elm Clinic"),
      "contact_name": .text("John Smith"), "phone": .text("203.555.0147"),
      "location": .text("12 Elm Street, Suite 3, Hartford, ct 6101"),
    ]
    let expected: RawRecord = [
      "score": .number("80"), "practice_name": .text("Elm Clinic"), "owner_name": .text("John Smith"),
      "practice_phone": .text("2035550147"), "address": .text("12 Elm Street, Suite 3"), "city": .text("Hartford"),
      "state": .text("CT"), "zip_code": .text("06101"),
    ]
    #expect(RecordCleaner().clean(record) == RecordCleaner().clean(expected))
  }

  @Test("The documented name comes first, and another fills in where it holds a placeholder")
  func otherNamesFillIn() throws {
    let first = try cleaned([(.companyName, .text("Other")), (.zipCode, .text("99999")), (.phone, .text("2035550000"))])
    #expect(first.lead.practiceName == "Elm Clinic")
    #expect(first.lead.zipCode == "06101" && first.lead.practicePhone == "2035550147")
    let second = try cleaned([
      (.practiceName, .text("<UNAVAIL>")), (.companyName, .text("Other")), (.zip, .null), (.zipCode, .text("6102")),
    ])
    #expect(second.lead.practiceName == "Other" && second.lead.zipCode == "06102")
  }

  @Test(
    "A location of another form is an address",
    arguments: ["Hartford", "12 Elm Street, Hartford", "Elm Street 12, CT 061", "Somewhere, Over The Rainbow"])
  func location(_ text: String) throws {
    let lead = try cleaned([
      (.address, .null), (.city, .null), (.state, .null), (.location, .text(text)),
    ]).lead
    #expect(lead.address == text)
    #expect(lead.city == nil && lead.state == nil)
  }

  @Test("Neither a note nor a reason holds a value of the record", arguments: 0..<10 as Range<UInt64>)
  func discreet(seed: UInt64) {
    var random = SeededGenerator(seed: 77 + seed)
    for _ in 0..<100 {
      let texts: [String]
      switch RecordCleaner().clean(RawRecord.random(using: &random)) {
      case .usable(_, let notes): texts = notes.map(\.description)
      case .rejected(let reason): texts = [reason.description]
      }
      for text in texts {
        for secret in ["SMITH", "Elm", "Garc", "555", "6101", "1234567"] { #expect(!text.contains(secret)) }
      }
    }
  }
}

import ArgumentParser
import Database
import Foundation
import Testing

@testable import demo_crm

@Suite("Invented leads")
struct SampleTests {
  private static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func band(_ record: JSONObject) -> String? {
    // 90 A+, 75 A, 60 B: requirements of the CRM's contract, trap 3.
    record["score"]?.asInt.map { $0 >= 90 ? "A+" : $0 >= 75 ? "A" : $0 >= 60 ? "B" : "C" }
  }

  @Test("config/sample_leads.json is what the generator prints for 500 leads of seed 1")
  func sampleFile() throws {
    let file = try String(
      contentsOf: Self.project.appendingPathComponent("config/sample_leads.json"), encoding: .utf8)
    #expect(SampleSource(count: 500, seed: 1).text(format: .json) == file)
  }

  @Test("the dirt comes in the measured proportions", arguments: [1, 2, 77] as [UInt64])
  func dirt(seed: UInt64) {
    let records = SampleSource(count: 500, seed: seed).records()
    #expect(records.count == 500)
    #expect(records.filter { $0["practice_name"] == "<UNAVAIL>" }.count == 190)
    #expect(records.filter { $0["priority"]?.asText != band($0).map { $0 + " Priority" } }.count == 150)
    #expect(Set(records.compactMap { $0["score"]?.asInt }).count == 7)
    let zips = records.compactMap { $0["zip"]?.asText }
    #expect(zips.filter { $0.hasSuffix(".0") }.count == 350)
    #expect(zips.contains { $0.count == 4 } && zips.contains { $0.hasPrefix("0") })
    #expect(zips.contains { $0.count == 6 && $0.hasSuffix(".0") })
    #expect(records.contains { $0["owner_name"] == "nan, nan" } && records.contains { $0["owner_phone"] == "nan" })
    #expect(records.contains { $0["providers"] == .null } && records.contains { $0["npi"] == .null })
    #expect(records.contains { $0["npi"]?.isInteger == true } && records.contains { $0["npi"]?.asText != nil })
  }

  @Test("every npi is valid and no two leads share one", arguments: [1, 5] as [UInt64])
  func npis(seed: UInt64) {
    let npis = SampleSource(count: 3000, seed: seed, isClean: true).records().compactMap { $0["npi"]?.asText }
    #expect(npis.count == 3000 && Set(npis).count == 3000)
    #expect(npis.allSatisfy { NPI.isValid($0) && $0.hasPrefix("199") })
    let stock = SampleLeads(range: .stock, seed: seed).leads(scores: Array(repeating: 80, count: 3000)).map(\.npi)
    #expect(Set(stock).isDisjoint(with: npis))
  }

  @Test("the check digit is that of the standard's example")
  func checkDigit() {
    // 1234567893 is the worked example of the NPI standard.
    #expect(NPI.make(stem: 123_456_789) == "1234567893")
    #expect(
      NPI.isValid("1234567893") && !NPI.isValid("1234567890") && !NPI.isValid("123456789") && !NPI.isValid("12345x7893")
    )
  }

  @Test("clean leads carry no dirt, and phone numbers nobody has")
  func clean() {
    for record in SampleSource(count: 200, seed: 3, isClean: true).records() {
      #expect(record["priority"]?.asText == band(record).map { $0 + " Priority" })
      #expect(record["zip"]?.asText?.count == 5)
      #expect(record["practice_phone"]?.asText?.contains("555-01") == true)
      #expect(record.members.allSatisfy { $0.value != .null && $0.value != "<UNAVAIL>" && $0.value != "nan" })
    }
  }

  @Test("equal arguments give equal files; NDJSON has one record a line")
  func formats() throws {
    let source = SampleSource(count: 20, seed: 9)
    #expect(source.text(format: .ndjson) == SampleSource(count: 20, seed: 9).text(format: .ndjson))
    #expect(source.text(format: .ndjson) != SampleSource(count: 20, seed: 10).text(format: .ndjson))
    let lines = source.text(format: .ndjson).split(separator: "\n")
    #expect(lines.count == 20)
    let array = try JSONReader.read(Array(source.text(format: .json).utf8))
    #expect(try lines.map { try JSONReader.read(Array($0.utf8)) } == array.elements)
    #expect(SampleSource(count: 0, seed: 1).text(format: .json) == "[]\n")
  }

  @Test("the golden case: five of the leads a plan takes first are in the CRM, closed long ago")
  func closedFrom() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let source = SampleSource(count: 100, seed: 1, isClean: true)
    let path = folder.path + "/source.json"
    try Data(source.text(format: .json).utf8).write(to: URL(fileURLWithPath: path))
    let rows = try ClosedFromSource.rows(path: path, count: 5)
    try await RunningCRM.with(.sqlite, { $0.stock = StockSeed(closedLongAgo: rows) }) { crm in
      let token = try await crm.login()
      let leads = try await crm.leads(token: token)
      let closed = leads.filter { $0["status"]?.asText?.hasPrefix("closed_") == true }
      #expect(leads.count == 106 && closed.count == 5)
      #expect(closed.map { $0["priority"]?.asText ?? "" }.sorted() == ["A", "A", "A+", "A+", "B"])
      // The first of each class in a stable order by score are in every choice of 10, 25 and 15.
      let records = source.records()
      for closedLead in closed {
        let band = try #require(closedLead["priority"]?.asText)
        let best = records.filter { self.band($0) == band }
          .sorted { ($0["score"]?.asInt ?? 0) > ($1["score"]?.asInt ?? 0) }.prefix(2).map { $0["npi"] }
        #expect(best.contains(closedLead["npi"]))
      }
      let recent = try crm.query { connection in
        try connection.first(
          "SELECT COUNT(*) FROM leads WHERE status <> 'new' AND updated_at > date('now', '-190 days')"
        ) {
          $0.int(0)
        }
      }
      #expect(recent == 0)
      let tokenRows = records.prefix(100).compactMap { $0["npi"] }.map { lead("x", npi: $0) }
      #expect(try await crm.bulk(tokenRows, token: token).json["summary"]?["duplicates"] == 5)
    }
    #expect(throws: ValidationError.self) { try ClosedFromSource.rows(path: path, count: 101) }
    #expect(throws: ValidationError.self) { try ClosedFromSource.rows(path: folder.path + "/none.json", count: 1) }
  }
}

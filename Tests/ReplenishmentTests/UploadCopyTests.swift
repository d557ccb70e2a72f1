import Connectors
import Database
import Foundation
import LeadStore
import Leads
import TestSupport
import Testing
import Timekeeping

@testable import Replenishment

@Suite("Copies of uploaded leads")
struct UploadCopyTests {
  /// A store of its own, in which leads are uploaded without a CRM.
  private func workshop() async throws -> Workshop {
    let workshop = try await Workshop()
    workshop.policy.minTotal = 30
    workshop.policy.targetTotal = 30
    workshop.sourcePaths = [workshop.folder.file("leads.json")]
    workshop.copies = workshop.folder.file("store.uploaded")
    let records = (0..<40).map {
      #"{"score":80,"practice_name":"Practice \#($0)","practice_phone":"203-555-\#(1000 + $0)"}"#
    }
    try Data("[\(records.joined(separator: ",\n"))]".utf8).write(to: URL(fileURLWithPath: workshop.sourcePaths[0]))
    return workshop
  }

  private func cycle(_ workshop: Workshop, total: Int) async throws {
    workshop.crm.show([.success(Workshop.stock(total: total, at: workshop.now))])
    _ = try await workshop.runCycle()
    workshop.now = workshop.now + .seconds(60)
  }

  private func files(_ workshop: Workshop) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: workshop.copies ?? "").sorted()
  }

  private struct Line: Decodable {
    var key: String
    var day: String?
    var marker: String
    var lead: Row

    struct Row: Decodable {
      var practice_name: String
    }
  }

  private func lines(_ workshop: Workshop) throws -> [Line] {
    try files(workshop).flatMap { file in
      try String(contentsOfFile: "\(workshop.copies ?? "")/\(file)", encoding: .utf8).split(separator: "\n").map {
        try JSONDecoder().decode(Line.self, from: Data($0.utf8))
      }
    }
  }

  @Test("Every lead that we created stands in the file of its day once, as it was sent, for its owner's eyes alone")
  func once() async throws {
    let workshop = try await workshop()
    try await cycle(workshop, total: 20)
    try await cycle(workshop, total: 25)
    try await cycle(workshop, total: 30)
    let lines = try lines(workshop)
    #expect(lines.count == 15 && Set(lines.map(\.key)).count == 15)
    #expect(lines.allSatisfy { $0.lead.practice_name.hasPrefix("Practice ") && $0.marker.hasPrefix("store-1:") })
    let file = try #require(try files(workshop).first)
    #expect(file.wholeMatch(of: /\d{4}-\d\d-\d\d\.ndjson/) != nil)
    let attributes = try FileManager.default.attributesOfItem(atPath: "\(workshop.copies ?? "")/\(file)")
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test("Switched off, nothing is written; switched on later, what was uploaded before is made up for")
  func later() async throws {
    let workshop = try await workshop()
    let folder = workshop.copies
    workshop.copies = nil
    try await cycle(workshop, total: 20)
    #expect(!FileManager.default.fileExists(atPath: folder ?? ""))
    workshop.copies = folder
    try await cycle(workshop, total: 30)
    #expect(try lines(workshop).count == 10)
  }

  @Test("A writer that died behind the file, and before the store knew, writes nothing twice; a torn line is completed")
  func crash() async throws {
    let workshop = try await workshop()
    try await cycle(workshop, total: 20)
    let whole = try lines(workshop).map(\.key)
    let path = try "\(workshop.copies ?? "")/\(#require(files(workshop).first))"
    let text = try Data(contentsOf: URL(fileURLWithPath: path))
    for kept in [text.count, text.count / 2, 1, 0] {
      try await workshop.store.write { _ = try $0.run("DELETE FROM upload_copy") }
      try text.prefix(kept).write(to: URL(fileURLWithPath: path))
      try await UploadCopy(store: workshop.store, folder: workshop.copies ?? "").run()
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == text, "\(kept) bytes were there")
    }
    // What somebody else put behind it stays, and so does what comes then.
    try Data(text + Array("{\"note\":1}\n".utf8)).write(to: URL(fileURLWithPath: path))
    try await cycle(workshop, total: 28)
    let after = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(after.count == 13 && after[10] == "{\"note\":1}" && Set(after).count == 13)
    #expect(whole.count == 10)
  }

  @Test("A copy that a person took away is not written again, and one that cannot be written fails no cycle")
  func takenAway() async throws {
    let workshop = try await workshop()
    try await cycle(workshop, total: 20)
    try FileManager.default.removeItem(atPath: workshop.copies ?? "")
    try await cycle(workshop, total: 26)
    #expect(try lines(workshop).count == 4)
    try FileManager.default.removeItem(atPath: workshop.copies ?? "")
    try Data().write(to: URL(fileURLWithPath: workshop.copies ?? ""))
    workshop.crm.show([.success(Workshop.stock(total: 28, at: workshop.now))])
    let report = try await workshop.runCycle().report
    #expect(report.ending != .failed(.work))
  }
}

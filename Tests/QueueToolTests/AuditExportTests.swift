import Database
import Foundation
import TestSupport
import Testing
import Timekeeping

@testable import LeadStore
@testable import lead_queue

@Suite("audit export and list", .onEachEngine)
struct AuditExportTests {
  private static let texts = ["alice", "a \"quoted\" name", "ümlaut, comma: 5:x", "line\nbreak\u{1}", "日本語"]

  private func filled(_ count: Int) async throws -> Workbench {
    let bench = try await Workbench()
    let now = Workbench.start
    try await bench.store.write { transaction in
      for number in 0..<count {
        try AuditTable.append(
          .cycleFinished, subject: "cycle \(number)",
          detail: ["message": Self.texts[number % 5], "number": number], actor: Self.texts[(number / 5) % 5],
          now: now + .milliseconds(Int64(number)), in: transaction)
      }
    }
    return bench
  }

  private func exported(_ bench: Workbench, _ filter: AuditTable.Filter = .init(), after: Int64 = 0) async throws
    -> [String]
  {
    var text = ""
    let export = AuditExport(
      store: bench.store, filter: filter, after: after, time: ShownTime(zoneName: "America/New_York"))
    let count = try await export.run { text += $0 }
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.count == count)
    return lines
  }

  /// As somebody else would compute it from the line alone, by the words of the command's help.
  private func hash(of object: [String: Any]) throws -> String {
    let entry = try #require(object["entry"] as? Int)
    let milliseconds = try #require(object["at_ms"] as? Int)
    let texts = try ["previous_hash", "actor", "action", "subject", "detail"].map {
      try #require(object[$0] as? String)
    }
    let fields = [texts[0], "\(entry)", "\(milliseconds)", texts[1], texts[2], texts[3], texts[4]]
    return SHA256.hexadecimal(of: fields.map { "\($0.utf8.count):\($0)" }.joined(separator: ","))
  }

  @Test("The chain can be checked from the exported lines alone")
  func recomputed() async throws {
    let lines = try await exported(try await filled(2345))
    #expect(lines.count == 2345)
    var previous = String(repeating: "0", count: 64)
    for (index, line) in lines.enumerated() {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect(object["entry"] as? Int == index + 1)
      #expect(object["previous_hash"] as? String == previous)
      previous = try hash(of: object)
      #expect(object["hash"] as? String == previous)
    }
  }

  @Test("A line has stable names in a stable order")
  func names() async throws {
    let line = try #require(try await exported(try await filled(1)).first)
    #expect(
      line.hasPrefix(
        #"{"entry":1,"at":"2026-03-02T10:00:00.000-05:00","at_ms":1772463600000,"actor":"alice","#
          + #""action":"cycle_finished","subject":"cycle 0","detail":"{\"message\":\"alice\",\"number\":0}","#
          + #""previous_hash":"0000"#))
  }

  @Test("Only what was asked for is exported: after an entry, since and until a moment")
  func filtered() async throws {
    let bench = try await filled(30)
    #expect(try await exported(bench, after: 28).count == 2)
    let since = Workbench.start + .milliseconds(10)
    #expect(try await exported(bench, .init(since: since)).count == 20)
    #expect(try await exported(bench, .init(since: since, until: since + .milliseconds(5))).count == 5)
  }

  @Test("The list shows the newest last, as many as asked for, by action, actor and subject")
  func list() async throws {
    let bench = try await filled(30)
    func ids(_ filter: AuditTable.Filter, limit: Int = 50) async throws -> [Int64] {
      try await bench.store.read { try AuditTable.latest(filter, limit: limit, in: $0) }.map(\.id)
    }
    #expect(try await ids(.init(), limit: 3) == [28, 29, 30])
    #expect(try await ids(.init(actor: "alice")) == [1, 2, 3, 4, 5, 26, 27, 28, 29, 30])
    #expect(try await ids(.init(subject: "cycle 7")) == [8])
    #expect(try await ids(.init(action: .planCommitted)).isEmpty)
  }

  @Test("A table shows the reason first and counts lists; a document shows the details as they are stored")
  func detailWords() {
    let detail = #"{"cause":"drift","count":2,"found_again":0,"leads":["1:0","2:1"],"reason":"the CRM lost it"}"#
    func words(_ detail: String) -> String {
      AuditEntry(
        id: 1, at: Workbench.start, actor: "a", action: "drift_found", subject: "s", detail: detail, previousHash: "",
        hash: ""
      ).detailWords
    }
    #expect(words(detail) == "the CRM lost it; cause drift; count 2; found again 0; leads 2 in all")
    #expect(words("no JSON") == "no JSON")
  }

  @Test("A file that is there is not overwritten, and one that appears is its owner's alone")
  func file() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("audit.ndjson")
    let file = try NewFile(path: path, mayReplace: false)
    try file.write("x\n")
    // Somebody else is faster.
    try "theirs".write(toFile: path, atomically: false, encoding: .utf8)
    let refusal = ToolError.unwritable(path: path, reason: "there is such a file, and it is not overwritten")
    #expect(throws: refusal) { try file.finish() }
    file.abandon()
    #expect(throws: refusal) { _ = try NewFile(path: path, mayReplace: false) }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "theirs")
    let other = try NewFile(path: folder.file("other"), mayReplace: false)
    try other.write("x\n")
    try other.finish()
    let mode = try FileManager.default.attributesOfItem(atPath: folder.file("other"))[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["audit.ndjson", "other"])
  }
}

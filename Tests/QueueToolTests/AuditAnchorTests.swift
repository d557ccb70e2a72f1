import Database
import Foundation
import LeadStore
import Logging
import Operations
import Replenishment
import TestSupport
import Testing
import Timekeeping

@testable import lead_queue

@Suite("Heads of the audit trail, noted in the log", .onEachEngine)
struct AuditAnchorTests {
  private static let hash = String(repeating: "0123456789abcdef", count: 4)

  private func log(_ format: LogFormat, to path: String, _ notes: [AuditHeadNote]) {
    let log = ActivityLog(
      file: LogFile(path: path), format: format, level: .info, zone: LogZone(identifier: "America/New_York"),
      clock: .system, standardError: StandardStream(isTerminal: false, isColoured: false, send: { _ in }),
      common: ["program": "lead-scheduler"])
    let logger = log.logger(label: "lead-scheduler")
    for note in notes {
      logger.info("the cycle begins", metadata: ["cycle": "7"])
      logger.notice("\(note.text)", metadata: ["\(AuditHeadNote.storeKey)": "\(note.storeID)"])
    }
    // Words of others are no notes.
    logger.info(
      "\(notes[0].text.replacing("entry 1,", with: "entry 9,")) said someone", metadata: ["reason": "x store=s-1"])
    logger.info("quoted", metadata: ["reason": "Audit trail: entry 9, head \(Self.hash) store=s-1", "store": "s-1"])
  }

  @Test(
    "Every head noted is read back, in text and in JSON, and those of other stores are left out",
    arguments: LogFormat.allCases)
  func readBack(format: LogFormat) throws {
    let folder = try TemporaryFolder()
    let notes = (1...5).map { AuditHeadNote(anchor: AuditAnchor(entryID: $0, hash: Self.hash), storeID: "s-1") }
    let foreign = AuditHeadNote(anchor: AuditAnchor(entryID: 77, hash: Self.hash), storeID: "s-2")
    log(format, to: folder.file("log"), notes + [foreign])
    let found = try AnchorLog.anchors(inFile: folder.file("log"), ofStore: "s-1")
    #expect(found == Set(notes.map(\.anchor)))
  }

  @Test("A log of both forms, far longer than what is read at once, and cut off, gives all whole notes")
  func longLog() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("log")
    let line = "2026-11-22T10:00:00.123-05:00 NOTICE Audit trail: entry %, head \(Self.hash) program=p store=s-1\n"
    let json =
      #"{"time":"2026-11-22T10:00:00.123-05:00","level":"notice","message":"Audit trail: entry %, head "#
      + Self.hash + #"","logger":"p","program":"p","store":"s-1"}"# + "\n"
    var text = ""
    for number in 1...2000 {
      text += (number.isMultiple(of: 2) ? line : json).replacing("%", with: "\(number)")
      text += "2026-11-22T10:00:00.124-05:00 INFO  other words\n"
    }
    text += String(repeating: "x", count: 200_000) + "\n" + line.replacing("%", with: "2001")
    text += String(line.replacing("%", with: "2002").dropLast(30))
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let found = try AnchorLog.anchors(inFile: path, ofStore: "s-1")
    #expect(found.map(\.entryID).sorted() == Array(1...2001))
  }

  @Test("A log that is not there is an error, not a trail without notes")
  func missing() throws {
    let path = try TemporaryFolder().file("no.log")
    #expect(throws: ToolError.unreadable(path: path, reason: "No such file or directory")) {
      try AnchorLog.anchors(inFile: path, ofStore: "s-1")
    }
  }

  @Test("An anchor on the command line needs a number and 64 digits")
  func anchorOption() {
    #expect(AuditAnchor("12:" + Self.hash) == AuditAnchor(entryID: 12, hash: Self.hash))
    #expect(AuditAnchor("12:" + Self.hash.uppercased())?.hash == Self.hash)
    for text in ["", "12", "12:", "0:" + Self.hash, "-1:" + Self.hash, "12:" + Self.hash.dropLast(), "x:" + Self.hash] {
      #expect(AuditAnchor(text) == nil, "\(text)")
    }
  }

  @Test("A trail that grows while it is checked is checked to its end")
  func growing() async throws {
    let bench = try await Workbench()
    let (store, now) = (bench.store, Workbench.start)
    @Sendable func append(_ count: Int) async throws {
      try await store.write { transaction in
        for _ in 0..<count {
          try AuditTable.append(.cycleStarted, subject: "c", actor: "s", now: now, in: transaction)
        }
      }
    }
    try await append(1500)
    let head = try await store.read { try AuditTable.head(in: $0) }
    let growth = Task {
      for _ in 0..<20 { try await append(100) }
    }
    var verdict = try await AuditCheck(store: store, anchors: [head], progress: { _ in }).run()
    #expect(verdict.firstBreak == nil && verdict.entries >= 1500 && verdict.anchors == 1)
    try await growth.value
    verdict = try await AuditCheck(store: store, anchors: [head], progress: { _ in }).run()
    #expect(verdict == AuditVerdict(entries: 3500, anchors: 1))
  }

  @Test("The words say how much was compared")
  func words() {
    let whole = AuditVerifyCommand.lines(AuditVerdict(entries: 7, anchors: 3))
    #expect(
      whole == [
        "The audit trail is whole: 7 entries.", "3 entries were compared with what the log noted of them, and agree.",
      ])
    let broken = AuditVerifyCommand.lines(
      AuditVerdict(entries: 6, anchors: 0, firstBreak: .init(entryID: 7, reason: "its content was changed")))
    #expect(broken[0] == "The audit trail is broken at entry 7: its content was changed.")
  }
}

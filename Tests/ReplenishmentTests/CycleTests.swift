import Database
import Foundation
import JobQueue
import LeadStore
import Leads
import Logging
import Synchronization
import TestSupport
import Testing
import Timekeeping

@testable import Replenishment

@Suite("One cycle", .onEachEngine)
struct CycleTests {
  /// A source of ten good leads on disk, and a CRM with `total` leads that wants `need` more.
  private func workshop(total: Int, need: Int) async throws -> Workshop {
    let workshop = try await Workshop()
    workshop.sourcePaths = [workshop.folder.file("leads.json")]
    workshop.policy.minTotal = total + need
    workshop.policy.targetTotal = total + need
    try write(10, to: workshop)
    workshop.crm.show([.success(Workshop.stock(total: total, at: workshop.now))])
    return workshop
  }

  @Test("Each cycle notes the head of the audit trail in the log, as it stands when the cycle is closed")
  func auditHead() async throws {
    let workshop = try await workshop(total: 100, need: 0)
    let lines = Mutex<[String]>([])
    workshop.logger = Logger(label: "test") { _ in
      LineKeeper { line in lines.withLock { $0.append(line) } }
    }
    _ = try await workshop.runCycle(isDryRun: true)
    // A dry run notes nothing: its trail is a private copy's.
    #expect(!lines.withLock { $0 }.contains { $0.contains(AuditHeadNote.message) })
    _ = try await workshop.runCycle()
    let (head, walked) = try await workshop.store.read { transaction in
      (try AuditTable.head(in: transaction), try AuditTable.verify(in: transaction))
    }
    #expect(walked.firstBreak == nil && walked.entries == head.entryID)
    let notes = lines.withLock { $0 }.filter { $0.contains(AuditHeadNote.message) }
    #expect(notes == ["Audit trail: entry \(head.entryID), head \(head.hash) store=store-1"])
  }

  private func write(_ count: Int, to workshop: Workshop) throws {
    let records = (0..<count).map {
      "{\"score\":\(80 + $0 % 10),\"practice_name\":\"Practice \($0)\",\"practice_phone\":\"203-555-01\(10 + $0)\"}"
    }
    try Data("[\(records.joined(separator: ",\n"))]".utf8).write(to: URL(fileURLWithPath: workshop.sourcePaths[0]))
  }

  @Test("it reads, plans, uploads and says so")
  func upload() async throws {
    let workshop = try await workshop(total: 20, need: 10)
    let (report, lines) = try await workshop.runCycle()
    guard case .uploaded(let count) = report.ending else { return #expect(Bool(false), "\(report)") }
    #expect(count.created == 10)
    #expect(lines.last == "Automated upload complete: 10 leads uploaded, 0 duplicates, 0 errors")
    try await workshop.requireAccounts("one cycle")
  }

  /// What a reading may be instead of the truth, after an accepted one of 100.
  private static let doubtful: [Result<Stock, CRMError>] = {
    let time = Timestamp(milliseconds: 0)
    var contradictory = Workshop.stock(total: 5, at: time)
    contradictory.available = 7
    return [
      .failure(.unreachable("timed out")), .failure(.databaseUnreachable("timed out")),
      .failure(.unexpectedAnswer("no list")), .failure(.schemaUnsupported("leads.status")),
      .success(Workshop.stock(total: 0, at: time)), .success(Workshop.stock(total: 49, at: time)),
      .success(contradictory),
    ]
  }()

  @Test("D6: no reading, or one that cannot be true, never causes an upload", arguments: 0..<7)
  func doubtfulReadings(index: Int) async throws {
    let workshop = try await workshop(total: 100, need: 0)
    #expect(try await workshop.runCycle().report.ending == .sufficient)
    // From now on more is wanted than the CRM could show in the worst case.
    workshop.policy.minTotal = 100
    workshop.policy.targetTotal = 150
    workshop.crm.show([Self.doubtful[index]])
    let (report, _) = try await workshop.runCycle()
    #expect(report.ending == .held || report.ending == .failed(.crm))
    #expect(workshop.crm.posts == 0)
    let batches = try await workshop.store.read { try BatchTable.openCount(in: $0) }
    #expect(batches == 0)
    // And the truth is believed again.
    workshop.crm.show([.success(Workshop.stock(total: 96, at: workshop.now))])
    guard case .uploaded = try await workshop.runCycle().report.ending else {
      return #expect(Bool(false), "not believed")
    }
  }

  @Test("D6: a fall that three more readings confirm is believed")
  func confirmedFall() async throws {
    let workshop = try await workshop(total: 100, need: 0)
    #expect(try await workshop.runCycle().report.ending == .sufficient)
    workshop.crm.show([.success(Workshop.stock(total: 30, at: workshop.now))])
    for _ in 1...3 { #expect(try await workshop.runCycle().report.ending == .held) }
    #expect(workshop.crm.posts == 0)
    guard case .uploaded = try await workshop.runCycle().report.ending else {
      return #expect(Bool(false), "not believed")
    }
    try await workshop.requireAccounts("confirmed")
  }

  @Test("a source is read when it changed, and only then")
  func refresh() async throws {
    let workshop = try await workshop(total: 100, need: 0)
    func imports() async throws -> Int {
      try await workshop.store.read { try JobTable.list(JobTable.Filter(kind: "import"), in: $0).count }
    }
    _ = try await workshop.runCycle()
    #expect(try await imports() == 1)
    _ = try await workshop.runCycle()
    _ = try await workshop.runCycle()
    #expect(try await imports() == 1)
    try write(12, to: workshop)
    _ = try await workshop.runCycle()
    #expect(try await imports() == 2)
    let leads = try await workshop.store.read { try $0.first("SELECT count(*) FROM lead") { $0.int(0) } }
    #expect(leads == 12)
  }

  @Test("a source file under a new name gives its leads again, and a lead of two files stays with the one that is left")
  func renamedSource() async throws {
    let workshop = try await workshop(total: 100, need: 0)
    let old = workshop.sourcePaths[0]
    let new = workshop.folder.file("renamed.json")
    _ = try await workshop.runCycle()
    try FileManager.default.moveItem(atPath: old, toPath: new)
    workshop.sourcePaths = [new]
    _ = try await workshop.runCycle()
    let sources = workshop.sourcePaths
    let supply = try await workshop.store.read { transaction in
      try CatalogTable.supply(
        sources: sources.compactMap { try SourceTable.find(path: $0, in: transaction)?.id }, in: transaction)
    }
    #expect(supply.sum == 10)
    // And back again: its file has not changed since it was read first.
    try FileManager.default.moveItem(atPath: new, toPath: old)
    workshop.sourcePaths = [old]
    workshop.policy.minTotal = 105
    workshop.policy.targetTotal = 105
    guard case .uploaded(let count) = try await workshop.runCycle().report.ending else {
      return #expect(Bool(false), "nothing was uploaded")
    }
    #expect(count.created == 5)
  }

  @Test("D11: of several files with the same lead the first one configured keeps it, however many workers read")
  func firstSourceKeeps() async throws {
    for _ in 0..<5 {
      let workshop = try await workshop(total: 100, need: 0)
      let text = try Data(contentsOf: URL(fileURLWithPath: workshop.sourcePaths[0]))
      workshop.sourcePaths = ["a.json", "b.json", "c.json"].map { workshop.folder.file($0) }
      for path in workshop.sourcePaths { try text.write(to: URL(fileURLWithPath: path)) }
      _ = try await workshop.runCycle()
      let kept = try await workshop.store.read { transaction in
        try transaction.query("SELECT DISTINCT source.path FROM lead JOIN source ON source.id = source_id") {
          $0.text(0)
        }
      }
      #expect(kept == [workshop.sourcePaths[0]])
    }
  }

  @Test("D14: a cycle while another one runs is refused")
  func second() async throws {
    let workshop = try await workshop(total: 100, need: 0)
    let now = workshop.now
    let cycle = try await workshop.store.write { try CycleTable.begin(scheduler: "other", now: now, in: $0) }
    await #expect(throws: LeadStoreError.cycleRunning(cycle: cycle, scheduler: "other")) {
      _ = try await workshop.runCycle()
    }
  }
}

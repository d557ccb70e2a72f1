import Database
import LeadStore
import TestSupport
import Testing
import Timekeeping

@Suite(.serialized, .onEachEngine) struct AuditTests {
  private let fixture: Fixture

  init() async throws {
    fixture = try await Fixture()
    try await fixture.write { transaction in
      for number in 1...5 {
        try AuditTable.append(
          .sourceRead, subject: "source \(number)", detail: ["b": number, "a": "x"], actor: "test",
          now: start + .seconds(number), in: transaction)
      }
    }
  }

  private func verdict() async throws -> AuditVerdict {
    try await fixture.store.read { try AuditTable.verify(in: $0) }
  }

  private func expectWhole(_ entries: Int64) async throws {
    let verdict = try await verdict()
    #expect(verdict.entries == entries && verdict.firstBreak == nil)
  }

  /// Changes the trail as somebody with write access to the file would, past the triggers.
  private func tamper(_ sql: String) throws {
    try fixture.tamper(sql)
  }

  @Test("A trail that was left alone is whole, an empty one too")
  func whole() async throws {
    try await expectWhole(5)
    let empty = try await Fixture()
    let verdict = try await empty.store.read { try AuditTable.verify(in: $0) }
    #expect(verdict.entries == 0 && verdict.firstBreak == nil)
  }

  @Test("An entry's hash is SHA-256 over all its fields, each with its length")
  func hash() async throws {
    let entries = try await fixture.store.read { try AuditTable.entries(after: 0, limit: 9, in: $0) }
    #expect(entries.map(\.id) == [1, 2, 3, 4, 5])
    let first = entries[0]
    #expect(first.previousHash == String(repeating: "0", count: 64) && first.detail == #"{"a":"x","b":1}"#)
    let text =
      "64:\(first.previousHash),1:1,13:1772463601000,4:test,11:source_read,8:source 1,15:{\"a\":\"x\",\"b\":1}"
    #expect(first.hash == SHA256.hexadecimal(of: text))
    #expect(zip(entries, entries.dropFirst()).allSatisfy { $1.previousHash == $0.hash })
  }

  @Test(
    "Any changed field shows at its entry",
    arguments: [
      "at = at + 1", "actor = 'someone'", "action = 'cycle_failed'", "subject = ''", "detail = '{}'",
      "hash = replace(hash, substr(hash, 1, 1), 'z')", "previous_hash = hash", "actor = 'tests', action = 'ource_read'",
    ])
  func change(assignment: String) async throws {
    try tamper("UPDATE audit SET \(assignment) WHERE id = 3")
    #expect(try await verdict().firstBreak?.entryID == 3)
  }

  @Test(
    "A removed, renumbered, or inserted entry shows",
    arguments: [
      ("DELETE FROM audit WHERE id = 1", Int64(2)),
      ("DELETE FROM audit WHERE id = 3", 4),
      ("DELETE FROM audit WHERE id = 3; UPDATE audit SET id = id - 1 WHERE id > 3", 3),
      ("DELETE FROM audit WHERE id > 3", 4),
      ("DELETE FROM audit", 1),
      ("INSERT INTO audit SELECT 6, at, actor, action, subject, detail, hash, 'forged' FROM audit WHERE id = 5", 6),
    ])
  func removal(sql: String, entry: Int64) async throws {
    try tamper(sql)
    #expect(try await verdict().firstBreak?.entryID == entry)
  }

  @Test("Entries cut off together with a head moved back to match break the chain at the next entry")
  func cutWithHead() async throws {
    try tamper(
      """
      UPDATE audit_head SET entry_id = 3, hash = 'another'; DELETE FROM audit WHERE id > 3;
      """)
    #expect(try await verdict().firstBreak?.entryID == 3)
  }

  @Test("A missing head shows")
  func missingHead() async throws {
    try tamper("DELETE FROM audit_head")
    #expect(try await verdict().firstBreak != nil)
  }

  @Test("A forged entry with a right hash behind the head shows")
  func forgedTail() async throws {
    let last = try await fixture.store.read { try AuditTable.entries(after: 4, limit: 1, in: $0)[0] }
    let text = "64:\(last.hash),1:6,1:0,4:evil,11:source_read,1:s,2:{}"
    try tamper(
      """
      INSERT INTO audit VALUES (6, 0, 'evil', 'source_read', 's', '{}', '\(last.hash)', '\(SHA256.hexadecimal(of: text))')
      """)
    let found = try #require(try await verdict().firstBreak)
    #expect(found.entryID == 6 && found.reason == "it was added behind the head of the trail")
  }

  @Test("Entries of many writers form one chain")
  func concurrentWriters() async throws {
    let address = fixture.store.address
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        group.addTask {
          let store = try await LeadStore.open(address, now: start)
          for _ in 0..<25 {
            try await store.write {
              try AuditTable.append(.cycleStarted, subject: "c", actor: "w\(writer)", now: start, in: $0)
            }
          }
        }
      }
      try await group.waitForAll()
    }
    try await expectWhole(105)
  }

  @Test("An entry whose transaction fails leaves no gap")
  func rolledBack() async throws {
    struct Stop: Error {}
    await #expect(throws: Stop.self) {
      try await fixture.write { transaction in
        try AuditTable.append(.cycleStarted, subject: "c", actor: "x", now: start, in: transaction)
        throw Stop()
      }
    }
    try await fixture.write { try AuditTable.append(.cycleStarted, subject: "c", actor: "x", now: start, in: $0) }
    try await expectWhole(6)
  }
}

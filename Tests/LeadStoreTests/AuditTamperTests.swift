import Database
import LeadStore
import TestSupport
import Testing
import Timekeeping

/// Somebody with write access to the file changes the trail past the triggers, at random.
@Suite struct AuditTamperTests {
  private static let entries = 40
  private static let columns = ["id", "at", "actor", "action", "subject", "detail", "previous_hash", "hash"]

  private func filled() async throws -> (Fixture, [AuditAnchor]) {
    let fixture = try await Fixture()
    let anchors = try await fixture.write { transaction in
      try (1...Self.entries).map { number in
        try AuditTable.append(
          .sourceRead, subject: "source \(number)", detail: ["note": "caf\u{e9} \u{FFFD}\(number)"],
          actor: "w\(number % 3)",
          now: start + .seconds(number), in: transaction)
        return try AuditTable.head(in: transaction)
      }
    }
    try RawConnection(fixture.store.path).execute(
      "DROP TRIGGER audit_never_changes; DROP TRIGGER audit_never_shrinks; DROP TRIGGER audit_never_replaced;")
    return (fixture, anchors)
  }

  private func verdict(_ fixture: Fixture, _ anchors: Set<AuditAnchor> = []) async throws -> AuditVerdict {
    try await fixture.store.read { transaction in
      var walk = AuditWalk(anchors: anchors)
      while try walk.step(in: transaction) {}
      return walk.verdict
    }
  }

  private func bytes(_ column: String, _ id: Int, _ fixture: Fixture) async throws -> [UInt8] {
    try await fixture.store.read { transaction in
      try transaction.first("SELECT CAST(\(column) AS BLOB) FROM audit WHERE id = $1", [.int(id)]) { $0.blob(0) } ?? []
    }
  }

  @Test("One byte changed in any column of any entry is found, and the entry named", arguments: 0..<40)
  func oneByte(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let (fixture, _) = try await filled()
    let column = Self.columns[Int(seed) % Self.columns.count]
    let id = Int.random(in: 1...Self.entries, using: &random)
    let connection = try RawConnection(fixture.store.path)
    var named: Set<Int64> = [Int64(id)]
    switch column {
    case "id":
      // Behind the others, where it leaves a gap, or before them.
      let other = Bool.random(using: &random) ? id + 1000 : -id
      try connection.execute("PRAGMA ignore_check_constraints = ON; UPDATE audit SET id = \(other) WHERE id = \(id)")
      named = other < 0 ? [Int64(other)] : [Int64(id == Self.entries ? other : id + 1)]
    case "at":
      try connection.execute(
        "UPDATE audit SET at = at + \(1 << Int.random(in: 0..<40, using: &random)) WHERE id = \(id)")
    default:
      var bytes = try await bytes(column, id, fixture)
      let place = Int.random(in: bytes.indices, using: &random)
      bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      let text = SHA256.hexadecimal(bytes)
      try connection.execute("UPDATE audit SET \(column) = CAST(x'\(text)' AS TEXT) WHERE id = \(id)")
    }
    let found = try #require(try await verdict(fixture).firstBreak, "\(column) of \(id)")
    #expect(named.contains(found.entryID), "\(column) of \(id): \(found)")
  }

  @Test("Bytes that are no text and read as one that stood there are found too")
  func replacementCharacter() async throws {
    let (fixture, _) = try await filled()
    var bytes = try await bytes("detail", 9, fixture)
    let place = try #require(bytes.firstIndex(of: 0xEF))
    // Another three bytes that read as U+FFFD.
    bytes[place] = 0xF1
    try RawConnection(fixture.store.path).execute(
      "UPDATE audit SET detail = CAST(x'\(SHA256.hexadecimal(bytes))' AS TEXT) WHERE id = 9")
    #expect(try await verdict(fixture).firstBreak?.entryID == 9)
  }

  @Test("An entry deleted or inserted anywhere is found, and named", arguments: 100..<120)
  func rows(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let (fixture, _) = try await filled()
    let connection = try RawConnection(fixture.store.path)
    let id = Int.random(in: 1..<Self.entries, using: &random)
    if Bool.random(using: &random) {
      try connection.execute("DELETE FROM audit WHERE id = \(id)")
      #expect(try await verdict(fixture).firstBreak?.entryID == Int64(id + 1))
    } else {
      // Room is made for it: those behind move up, the head too.
      try connection.execute(
        """
        UPDATE audit SET id = -id - 1 WHERE id > \(id); UPDATE audit SET id = -id WHERE id < 0;
        INSERT INTO audit SELECT \(id + 1), at, 'forger', action, subject, detail, hash, replace(hash, 'a', 'b') || 'x'
          FROM audit WHERE id = \(id);
        UPDATE audit_head SET entry_id = entry_id + 1;
        """, ignoringChecks: true)
      #expect(try await verdict(fixture).firstBreak?.entryID == Int64(id + 1))
    }
  }

  /// Cuts the trail off after `id`, and writes `count` right entries behind it.
  private func rewrite(after id: Int, changing changed: Int? = nil, adding count: Int, _ fixture: Fixture) async throws
  {
    try RawConnection(fixture.store.path).execute(
      """
      UPDATE audit_head SET entry_id = \(id),
        hash = COALESCE((SELECT hash FROM audit WHERE id = \(id)), '\(String(repeating: "0", count: 64))');
      DELETE FROM audit WHERE id > \(id);
      """)
    try await fixture.write { transaction in
      for number in 0..<count {
        try AuditTable.append(
          .sourceRead, subject: "forged \(number)", actor: "w", now: start, in: transaction)
      }
    }
  }

  @Test("A tail that was cut off with its head is found by an entry noted outside", arguments: 200..<210)
  func truncated(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let (fixture, anchors) = try await filled()
    let kept = Int.random(in: 0..<Self.entries, using: &random)
    try await rewrite(after: kept, adding: 0, fixture)
    // The chain alone cannot know.
    #expect(try await verdict(fixture).firstBreak == nil)
    let noted = Int.random(in: kept + 1...Self.entries, using: &random)
    let found = try #require(try await verdict(fixture, [anchors[noted - 1]]).firstBreak)
    #expect(found.entryID == Int64(kept + 1) && found.reason.contains("entry \(noted) was noted outside"))
  }

  @Test(
    "A trail written anew from some entry on is found by entries noted outside, and narrowed down", arguments: 300..<310
  )
  func rehashed(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let (fixture, anchors) = try await filled()
    let kept = Int.random(in: 1..<Self.entries, using: &random)
    try await rewrite(after: kept, adding: Self.entries - kept, fixture)
    #expect(try await verdict(fixture).firstBreak == nil)
    let noted = Int.random(in: kept + 1...Self.entries, using: &random)
    let before = Int.random(in: 1...kept, using: &random)
    let found = try await verdict(fixture, [anchors[noted - 1], anchors[before - 1]])
    #expect(found.anchors == 1)
    #expect(found.firstBreak?.entryID == Int64(noted))
    #expect(found.firstBreak?.reason.contains("an entry from \(before + 1) to \(noted) was changed") == true)
    // All notes together name the very entry.
    #expect(try await verdict(fixture, Set(anchors)).firstBreak?.entryID == Int64(kept + 1))
  }

  @Test("A trail that was left alone agrees with everything that was noted of it")
  func untouched() async throws {
    let (fixture, anchors) = try await filled()
    let found = try await verdict(fixture, Set(anchors))
    #expect(found.firstBreak == nil && found.anchors == Self.entries && found.entries == Int64(Self.entries))
  }

  @Test("A manual action without a person or a reason stops the program", arguments: AuditAction.allCases)
  func manual(action: AuditAction) async throws {
    let fixture = try await Fixture()
    try await fixture.write {
      try AuditTable.append(action, subject: "s", detail: ["reason": "why"], actor: "ada", now: start, in: $0)
    }
    guard action.isManual else {
      return try await fixture.write { try AuditTable.append(action, subject: "s", actor: "ada", now: start, in: $0) }
    }
    await #expect(processExitsWith: .failure) { [action] in
      let fixture = try await Fixture()
      try await fixture.write { try AuditTable.append(action, subject: "s", actor: "ada", now: start, in: $0) }
    }
    await #expect(processExitsWith: .failure) { [action] in
      let fixture = try await Fixture()
      try await fixture.write {
        try AuditTable.append(action, subject: "s", detail: ["reason": "why"], actor: " ", now: start, in: $0)
      }
    }
  }
}

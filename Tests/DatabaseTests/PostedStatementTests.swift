import TestSupport
import Testing

@testable import Database

/// Statements whose results nobody waits for, on both engines; and what a server is spared of.
@Suite(.onEachEngine) struct PostedStatementTests {
  private func open() async throws -> Store {
    try await Store.openNotes(try await StorePlace().address())
  }

  private static let insertion = "INSERT INTO note (text, number) VALUES ($1, CAST($2 AS bigint))"

  @Test("What was posted is there for the next statement, in order, and after the commit")
  func order() async throws {
    let store = try await open()
    let seen = try await store.write { transaction in
      for number in 1...3 { try transaction.post(Self.insertion, [.text("posted"), .int(number)]) }
      let seen = try transaction.query("SELECT number FROM note ORDER BY id") { $0.int(0) }
      // More than travel together at the most.
      for number in 4...250 {
        try transaction.post(Self.insertion, [.text("posted"), .int(number == 13 ? 0 : number)])
      }
      return seen
    }
    #expect(seen == [1, 2, 3])
    #expect(try await store.noteCount() == 250)
  }

  @Test(
    "A posted statement that is refused fails the transaction, at the next statement or at the commit",
    arguments: [
      true, false,
    ])
  func refused(isFollowed: Bool) async throws {
    let store = try await open()
    let error = await databaseError {
      try await store.write { transaction in
        try transaction.run("INSERT INTO note (text) VALUES ('before')")
        // The schema refuses 13.
        try transaction.post(Self.insertion, [.text("posted"), .int(13)])
        if isFollowed { _ = try transaction.first("SELECT count(*) FROM note") { $0.int(0) } }
      }
    }
    guard case .constraint(.check, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try await store.noteCount() == 0)
    try await store.addNote("the connection goes on")
    #expect(try await store.noteCount() == 1)
  }

  @Test("What was posted in a transaction that is given up is never written")
  func givenUp() async throws {
    struct GivenUp: Error {}
    let store = try await open()
    await #expect(throws: GivenUp.self) {
      try await store.write { transaction in
        try transaction.post(Self.insertion, [.text("posted"), .int(1)])
        throw GivenUp()
      }
    }
    try await store.write { try $0.post(Self.insertion, [.text("kept"), .int(2)]) }
    #expect(try await store.read { try $0.query("SELECT number FROM note") { $0.int(0) } } == [2])
  }

  @Test("A statement over many rows carries every text and every NULL as it is")
  func batch() async throws {
    let texts: [String?] = [
      "", "plain", "NULL", "null", nil, "a,b", "{1,2}", "\"quoted\"", "back\\slash", "\\\"both\\\\", " spaces ", "'",
      "é 👩‍🏫",
      "line\nend", "$1",
    ]
    let store = try await open()
    for count in [1, 2, texts.count, 2500] {
      let rows = (0..<count).map { texts[$0 % texts.count] }
      let written = try await store.write { transaction in
        try transaction.run("DELETE FROM note")
        try Self.batch.run(count, common: [.int(7)], in: transaction) { index, binds in
          binds.append(.optional(rows[index]))
          binds.append(.int(1000 + index))
        }
        return try transaction.query("SELECT text FROM note WHERE number >= 1007 ORDER BY number") {
          $0.optionalText(0)
        }
      }
      #expect(written == rows)
    }
  }

  private static let batch = BatchStatement(common: 1, columns: [.text, .integer]) { values in
    "\(values[0]), CAST(\(values[1]) AS bigint) + CAST($1 AS bigint)"
  } text: { rows in
    "INSERT INTO note (text, number) \(rows)"
  }

  @Test("A write transaction that wrote nothing leaves no mark on the server", .onPostgreSQL)
  func noMark() async throws {
    let store = try await open()
    func marks() async throws -> Int? {
      try await store.read { try $0.first("SELECT max(serial) FROM commit_mark") { $0.optionalInt(0) ?? 0 } }
    }
    _ = try await store.write { try $0.first("SELECT count(*) FROM note") { $0.int(0) } }
    #expect(try await marks() == 0)
    try await store.addNote("one")
    #expect(try await marks() ?? 0 > 0)
  }
}

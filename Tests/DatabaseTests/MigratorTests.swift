import Database
import Migrations
import TestSupport
import Testing
import Timekeeping

@Suite(.serialized) struct MigratorTests {
  private let folder: TemporaryFolder
  private var path: String { folder.file("store.db") }

  init() throws {
    folder = try TemporaryFolder()
  }

  private let first = SchemaStep(version: 1, name: "one", sql: "CREATE TABLE one (id INTEGER) STRICT;")
  private let second = SchemaStep(version: 2, name: "two", sql: "CREATE TABLE two (id INTEGER) STRICT;")

  private func tables(_ store: Store) async throws -> [String] {
    try await store.read {
      try $0.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") { $0.text(0) }
    }
  }

  @Test("Steps are applied once, in order, and recorded with the SHA-256 of their text")
  func appliedOnce() async throws {
    for _ in 0..<3 {
      let store = try await Store.open(path: path, steps: [first, second], now: noon)
      #expect(try await tables(store) == ["migration", "one", "two"])
      let rows = try await store.read {
        try $0.query("SELECT version, name, checksum, applied_at FROM migration ORDER BY version") {
          [$0.text(0), $0.text(1), $0.text(2), $0.text(3)]
        }
      }
      #expect(rows.map { $0[0] + $0[1] } == ["1one", "2two"])
      #expect(rows.allSatisfy { $0[3] == "1772463600000" })
      // sha256sum of the first text.
      #expect(rows[0][2] == SHA256.hexadecimal(of: first.sql))
    }
    #expect(
      SHA256.hexadecimal(of: "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      "FIPS 180-2, appendix B.1")
  }

  @Test("A later program adds its steps to an older store")
  func newStep() async throws {
    _ = try await Store.open(path: path, steps: [first], now: noon)
    let store = try await Store.open(path: path, steps: [first, second], now: noon)
    #expect(try await tables(store) == ["migration", "one", "two"])
  }

  @Test("A store from a newer program is refused and left as it is")
  func newerSchema() async throws {
    _ = try await Store.open(path: path, steps: [first, second], now: noon)
    #expect(
      await databaseError { _ = try await Store.open(path: path, steps: [first], now: noon) }
        == .newerSchema(path, found: 2, known: 1))
    let store = try await Store.open(path: path, steps: [first, second], now: noon)
    #expect(try await tables(store) == ["migration", "one", "two"])
  }

  @Test("A store that went through another text under the same number is refused")
  func alteredStep() async throws {
    _ = try await Store.open(path: path, steps: [first], now: noon)
    let other = SchemaStep(version: 1, name: "one", sql: first.sql + " -- changed")
    #expect(
      await databaseError { _ = try await Store.open(path: path, steps: [other, second], now: noon) }
        == .alteredMigration(path, version: 1))
    #expect(try await tables(Store.open(path: path, steps: [first], now: noon)) == ["migration", "one"])
  }

  @Test("A step that fails leaves the store as it was before the program started")
  func failingStep() async throws {
    _ = try await Store.open(path: path, steps: [first], now: noon)
    let broken = SchemaStep(version: 2, name: "broken", sql: "CREATE TABLE two (id INTEGER) STRICT; NONSENSE;")
    guard
      case .failed? = await databaseError({ _ = try await Store.open(path: path, steps: [first, broken], now: noon) })
    else { throw Unexpected() }
    let store = try await Store.open(path: path, steps: [first, second], now: noon)
    #expect(try await tables(store) == ["migration", "one", "two"])
  }

  @Test("Many openers of one empty file apply each step once", arguments: 0..<8)
  func concurrentOpening(round: Int) async throws {
    let path = folder.file("store-\(round).db")
    let steps = Migration.sqlite.map { SchemaStep(version: $0.version, name: $0.name, sql: $0.sql) }
    let versions = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<6 {
        group.addTask {
          let store = try await Store.openPatiently(path, steps)
          return try await store.read { try $0.first("SELECT count(*) FROM migration") { $0.int(0) } } ?? 0
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(versions == Array(repeating: steps.count, count: 6))
  }

  @Test("The schema stands as a whole: no violated foreign key, every table STRICT")
  func wholeSchema() async throws {
    let steps = Migration.sqlite.map { SchemaStep(version: $0.version, name: $0.name, sql: $0.sql) }
    #expect(steps.map(\.version) == Set(steps.map(\.version)).sorted())
    let store = try await Store.open(path: path, steps: steps, now: noon)
    try await store.read { transaction in
      #expect(try transaction.query("PRAGMA integrity_check") { $0.text(0) } == ["ok"])
      #expect(try transaction.query("PRAGMA foreign_key_check") { $0.text(0) } == [])
      let loose = try transaction.query(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0 AND name NOT LIKE 'sqlite%'"
      ) { $0.text(0) }
      #expect(loose == ["migration"])
    }
  }
}

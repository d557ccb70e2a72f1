import Database
import Migrations
import TestSupport
import Testing
import Timekeeping

@Suite(.serialized, .onEachEngine) struct MigratorTests {
  private let place: StorePlace
  private var address: StoreAddress { place.address() }

  init() async throws {
    place = try await StorePlace()
  }

  private let first = SchemaStep(version: 1, name: "one", sql: "CREATE TABLE one (id BIGINT);")
  private let second = SchemaStep(version: 2, name: "two", sql: "CREATE TABLE two (id BIGINT);")

  private func tables(_ store: Store) async throws -> [String] {
    try await store.read {
      switch $0.dialect {
      case .sqlite: try $0.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") { $0.text(0) }
      case .postgresql:
        // Without the engine's own.
        try $0.query(
          """
          SELECT CAST(tablename AS text) FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'commit_mark'
          ORDER BY tablename
          """
        ) { $0.text(0) }
      }
    }
  }

  @Test("Steps are applied once, in order, and recorded with the SHA-256 of their text")
  func appliedOnce() async throws {
    for _ in 0..<3 {
      let store = try await Store.open(address, steps: [first, second], now: noon)
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
    _ = try await Store.open(address, steps: [first], now: noon)
    let store = try await Store.open(address, steps: [first, second], now: noon)
    #expect(try await tables(store) == ["migration", "one", "two"])
  }

  @Test("A store from a newer program is refused and left as it is")
  func newerSchema() async throws {
    _ = try await Store.open(address, steps: [first, second], now: noon)
    #expect(
      await databaseError { _ = try await Store.open(address, steps: [first], now: noon) }
        == .newerSchema(address.name, found: 2, known: 1))
    let store = try await Store.open(address, steps: [first, second], now: noon)
    #expect(try await tables(store) == ["migration", "one", "two"])
  }

  @Test("A store that went through another text under the same number is refused")
  func alteredStep() async throws {
    _ = try await Store.open(address, steps: [first], now: noon)
    let other = SchemaStep(version: 1, name: "one", sql: first.sql + " -- changed")
    #expect(
      await databaseError { _ = try await Store.open(address, steps: [other, second], now: noon) }
        == .alteredMigration(address.name, version: 1))
    #expect(try await tables(Store.open(address, steps: [first], now: noon)) == ["migration", "one"])
  }

  @Test("A step that fails leaves the store as it was before the program started")
  func failingStep() async throws {
    _ = try await Store.open(address, steps: [first], now: noon)
    let broken = SchemaStep(version: 2, name: "broken", sql: "CREATE TABLE two (id BIGINT); NONSENSE;")
    guard
      case .failed? = await databaseError({ _ = try await Store.open(address, steps: [first, broken], now: noon) })
    else { throw Unexpected() }
    let store = try await Store.open(address, steps: [first, second], now: noon)
    #expect(try await tables(store) == ["migration", "one", "two"])
  }

  @Test("Many openers of one empty store apply each step once", arguments: 0..<8)
  func concurrentOpening(round: Int) async throws {
    let address = place.address("round\(round)")
    let steps = Migration.steps(on: place.engine)
    let versions = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<6 {
        group.addTask {
          let store = try await Store.openPatiently(address, steps)
          return try await store.read { try $0.first("SELECT count(*) FROM migration") { $0.int(0) } } ?? 0
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(versions == Array(repeating: steps.count, count: 6))
  }
}

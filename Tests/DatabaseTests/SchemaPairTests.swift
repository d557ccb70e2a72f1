import Database
import Migrations
import TestSupport
import Testing
import Timekeeping

extension Migration {
  static func steps(on engine: Engine) -> [SchemaStep] {
    let history =
      switch engine {
      case .sqlite: Migration.sqlite
      case .postgresql: Migration.postgresql
      }
    return history.map { SchemaStep(version: $0.version, name: $0.name, sql: $0.sql) }
  }
}

/// The schema of `migrations/` on both engines.
@Suite struct SchemaPairTests {
  @Test("The schema stands as a whole: no violated foreign key, every table STRICT")
  func wholeSchema() async throws {
    let folder = try TemporaryFolder()
    let steps = Migration.steps(on: .sqlite)
    #expect(steps.map(\.version) == Array(1...steps.count))
    let store = try await Store.open(.file(folder.file("store.db")), steps: steps, now: noon)
    try await store.read { transaction in
      #expect(try transaction.query("PRAGMA integrity_check") { $0.text(0) } == ["ok"])
      #expect(try transaction.query("PRAGMA foreign_key_check") { $0.text(0) } == [])
      let loose = try transaction.query(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0 AND name NOT LIKE 'sqlite%'"
      ) { $0.text(0) }
      #expect(loose == ["migration"])
    }
  }

  // MARK: The two engines beside each other

  private func both() async throws -> (sqlite: SchemaPicture, postgresql: SchemaPicture) {
    var pictures: [SchemaPicture] = []
    for engine in Engine.allCases {
      let place = try await StorePlace(engine)
      let store = try await Store.open(place.address(), steps: Migration.steps(on: engine), now: noon)
      pictures.append(try await store.read { try SchemaPicture(of: $0) })
    }
    return (pictures[0], pictures[1])
  }

  /// What one engine has alone, and why.
  private let tablesOfServerAlone: Set<String> = [
    // Ambiguous commits are looked up in it; a commit to a file is never ambiguous.
    "commit_mark"
  ]
  private let triggersOfFileAlone: Set<String> = [
    // INSERT OR REPLACE deletes without the triggers of DELETE; PostgreSQL has no such statement.
    "ledger_never_replaced", "audit_never_replaced",
    // A row at a time, the count falls where a lead was and grows where it is.
    "lead_supply_falls", "lead_supply_grows",
  ]
  private let triggersOfServerAlone: Set<String> = [
    // SQLite has no TRUNCATE.
    "ledger_never_emptied", "audit_never_emptied",
    // Once a statement, over all its rows.
    "lead_supply_changes",
  ]

  @Test("Both engines have the same tables with the same columns: types, NULLs, defaults, keys")
  func tables() async throws {
    let (sqlite, postgresql) = try await both()
    #expect(sqlite.tables.count > 20)
    #expect(Set(postgresql.tables.keys).subtracting(sqlite.tables.keys) == tablesOfServerAlone)
    for (name, table) in sqlite.tables.sorted(by: { $0.key < $1.key }) {
      let other = try #require(postgresql.tables[name], "PostgreSQL has no table \(name)")
      #expect(table.columns == other.columns, "columns of \(name)")
      #expect(table.key == other.key, "primary key of \(name)")
    }
  }

  @Test("Both engines refuse the same rows: checks, unique columns, references")
  func constraints() async throws {
    let (sqlite, postgresql) = try await both()
    #expect(sqlite.tables.values.reduce(0) { $0 + $1.checks.count } > 50)
    for (name, table) in sqlite.tables.sorted(by: { $0.key < $1.key }) {
      let other = try #require(postgresql.tables[name])
      #expect(table.checks.subtracting(other.checks) == [], "checks of \(name) that only SQLite has")
      #expect(other.checks.subtracting(table.checks) == [], "checks of \(name) that only PostgreSQL has")
      #expect(table.references == other.references, "references of \(name)")
      #expect(table.uniques == other.uniques, "unique columns of \(name)")
    }
  }

  @Test("Both engines have the same indexes, partial and unique ones alike, and the same triggers")
  func indexes() async throws {
    let (sqlite, postgresql) = try await both()
    #expect(sqlite.indexes.count > 20)
    #expect(sqlite.indexes == postgresql.indexes.filter { !tablesOfServerAlone.contains($0.value.table) })
    #expect(sqlite.triggers.subtracting(postgresql.triggers) == triggersOfFileAlone)
    #expect(postgresql.triggers.subtracting(sqlite.triggers) == triggersOfServerAlone)
  }

  @Test("From 0009 on migrations come in pairs of one number and name, and none belongs to another part")
  func pairs() {
    let later = { (history: [Migration]) in
      history.filter { $0.version > 8 }.map { "\($0.version) \($0.name) \($0.part)" }
    }
    #expect(later(Migration.sqlite) == later(Migration.postgresql))
    #expect(Migration.postgresql.prefix(2).map(\.version) == [3, 8])
    #expect(Migration.sqlite.map(\.version) == Array(1...Migration.sqlite.count), "no number is left out")
  }
}

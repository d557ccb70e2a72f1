import TestSupport
import Testing
import Timekeeping

@testable import Database

@Suite(.serialized) struct ConnectionTests {
  private let folder: TemporaryFolder
  private let connection: SQLiteConnection

  init() throws {
    folder = try TemporaryFolder()
    let path = folder.file("store.db")
    try StoreFile(path: path).create()
    connection = try SQLiteConnection(path: path, access: .readWrite)
  }

  @Test("Every kind of value comes back as it was bound, empty ones and text with NUL characters too")
  func valuesRoundTrip() throws {
    try connection.execute("CREATE TABLE box (i INTEGER, r REAL, t TEXT, b BLOB) STRICT")
    try connection.run(
      "INSERT INTO box VALUES ($1, $2, $3, $4)",
      [.integer(.min), .real(-0.1), .text("Zoë\u{0}\u{1F600}"), .blob([0, 255, 7])])
    try connection.run("INSERT INTO box VALUES ($1, $2, $3, $4)", [.integer(.max), .real(0), .text(""), .blob([])])
    try connection.run("INSERT INTO box VALUES ($1, $2, $3, $4)", [.null, .null, .null, .null])
    let rows = try connection.query("SELECT i, r, t, b, b IS NULL FROM box ORDER BY rowid") {
      ($0.optionalInt64(0), $0.optionalDouble(1), $0.optionalText(2), $0.blob(3), $0.bool(4))
    }
    #expect(rows[0] == (.min, -0.1, "Zoë\u{0}\u{1F600}", [0, 255, 7], false))
    #expect(rows[1] == (.max, 0, "", [], false))
    #expect(rows[2] == (nil, nil, nil, [], true))
  }

  @Test("Times and truth values travel as integers")
  func timesAndBools() throws {
    let row = try connection.first("SELECT $1, $2, $3", [.time(noon), .bool(true), .bool(false)]) {
      ($0.time(0), $0.bool(1), $0.bool(2))
    }
    #expect(row ?? (noon, false, true) == (noon, true, false))
  }

  @Test("Parameters are taken by number, in any order and repeatedly")
  func numberedParameters() throws {
    let text = try connection.first("SELECT $2 || $1 || $2", [.text("a"), .text("b")]) { $0.text(0) }
    #expect(text == "bab")
    let tenth = try connection.first(
      "SELECT $10 - $1", [1, 2, 3, 4, 5, 6, 7, 8, 9, 100].map { .int($0) }
    ) { $0.int(0) }
    #expect(tenth == 99)
  }

  @Test("A dollar sign in a text, in a quoted name, or in a comment is no parameter")
  func dollarsInQuotes() throws {
    let row = try connection.first(
      """
      SELECT 'it''s $2', "price $3", $1 -- the lead's $4
      FROM (SELECT 5 AS "price $3")
      """, [.text("x")]
    ) { ($0.text(0), $0.int(1), $0.text(2)) }
    #expect(row ?? ("", 0, "") == ("it's $2", 5, "x"))
  }

  @Test("A statement tells how many rows it changed, no row included")
  func changedRows() throws {
    try connection.execute("CREATE TABLE n (id INTEGER PRIMARY KEY) STRICT")
    #expect(try connection.run("INSERT INTO n VALUES (1), (2), (3)") == 3)
    #expect(try connection.run("INSERT INTO n VALUES (1) ON CONFLICT DO NOTHING") == 0)
    #expect(try connection.run("DELETE FROM n WHERE id > $1", [.int(1)]) == 2)
    #expect(try connection.run("UPDATE n SET id = 9 WHERE id = 8") == 0)
  }

  @Test("A kept statement still works after the schema changed under it")
  func statementAfterSchemaChange() throws {
    try connection.execute("CREATE TABLE n (a INTEGER) STRICT; INSERT INTO n VALUES (1)")
    let all = "SELECT * FROM n"
    #expect(try connection.query(all) { $0.int(0) } == [1])
    try connection.execute("ALTER TABLE n ADD COLUMN b INTEGER NOT NULL DEFAULT 7")
    #expect(try connection.query(all) { ($0.int(0), $0.int(1)) }.first ?? (0, 0) == (1, 7))
    try connection.execute("DROP TABLE n; CREATE TABLE n (a INTEGER, c INTEGER) STRICT; INSERT INTO n VALUES (4, 5)")
    #expect(try connection.query(all) { ($0.int(0), $0.int(1)) }.first ?? (0, 0) == (4, 5))
  }

  @Test("A statement can be run again after its reader threw half-way")
  func reuseAfterThrow() throws {
    struct Stop: Error {}
    let numbers = "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3"
    #expect(throws: Stop.self) { try connection.forEachRow(numbers, []) { if $0.int(0) == 2 { throw Stop() } } }
    #expect(try connection.query(numbers) { $0.int(0) } == [1, 2, 3])
  }

  @Test("Refused rows name the kind of constraint and no bound value")
  func constraints() throws {
    try connection.execute(
      """
      CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT;
      CREATE TABLE child (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE CHECK (name <> ''), parent INTEGER REFERENCES parent (id)) STRICT;
      CREATE TRIGGER no_delete BEFORE DELETE ON child BEGIN SELECT RAISE(ABORT, 'kept for ever'); END;
      INSERT INTO child VALUES (1, 'secret', NULL);
      """)
    func kind(_ sql: String, _ binds: [SQLValue]) -> DatabaseError.Constraint? {
      do {
        try connection.run(sql, binds)
        return nil
      } catch DatabaseError.constraint(let kind, let message) {
        #expect(!message.contains("secret"))
        return kind
      } catch {
        return nil
      }
    }
    let insert = "INSERT INTO child VALUES ($1, $2, $3)"
    #expect(kind(insert, [.int(2), .text("secret"), .null]) == .unique)
    #expect(kind(insert, [.int(1), .text("other"), .null]) == .unique)
    #expect(kind(insert, [.int(2), .text(""), .null]) == .check)
    #expect(kind(insert, [.int(2), .null, .null]) == .notNull)
    #expect(kind(insert, [.int(2), .text("other"), .int(99)]) == .foreignKey)
    #expect(kind("DELETE FROM child WHERE id = $1", [.int(1)]) == .trigger)
  }

  @Test("Each connection writes a log without automatic checkpoints, keeps foreign keys, and maps no memory")
  func settings() throws {
    func setting(_ name: String) throws -> String? { try connection.first("PRAGMA \(name)") { $0.text(0) } }
    #expect(try setting("journal_mode") == "wal")
    #expect(try setting("wal_autocheckpoint") == "0")
    #expect(try setting("foreign_keys") == "1")
    #expect(try setting("trusted_schema") == "0")
    #expect(try setting("mmap_size") ?? "0" == "0")
  }

  @Test("A connection for reading refuses to write")
  func readOnlyConnection() throws {
    try connection.execute("CREATE TABLE n (id INTEGER) STRICT")
    let reader = try SQLiteConnection(path: folder.file("store.db"), access: .readOnly)
    #expect(throws: DatabaseError.readOnly(folder.file("store.db"))) { try reader.run("INSERT INTO n VALUES (1)") }
  }

  @Test("Running a statement inside its own rows stops the program instead of mixing two results")
  func nestedStatement() async {
    await #expect(processExitsWith: .failure) {
      let folder = try TemporaryFolder()
      try StoreFile(path: folder.file("s.db")).create()
      let connection = try SQLiteConnection(path: folder.file("s.db"), access: .readWrite)
      let sql = "SELECT 1 UNION ALL SELECT 2"
      try connection.forEachRow(sql, []) { _ in try connection.forEachRow(sql, []) { _ in } }
    }
  }
}

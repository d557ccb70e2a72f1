package import Database
package import Timekeeping

/// The rows of a whole store, read in one consistent state and written into another store, whatever the engines.
///
/// Both engines have the same tables and columns (a test compares them), so what is read from the one fits the other.
package enum TransferTable {
  /// How many rows are held at once.
  private static let portion = 2000

  /// Makes a copy of `store` in a new SQLite file at `path`: everything that was committed before it began. Blocks no writer.
  /// Throws every `DatabaseError` of both stores.
  package static func copy(_ store: Store, toFile path: String, now: Timestamp) async throws {
    let copy = try await LeadStore.open(.file(path), now: now)
    let tables = try await copy.read { try Self.tables(in: $0) }
    try await store.read { source in
      for table in tables {
        _ = try copy.writeBlocking { try $0.run("DELETE FROM \(table.name)") }
        try read(table, in: source) { rows in
          try copy.writeBlocking { try write(rows, to: table, in: $0) }
        }
      }
    }
  }

  struct Table: Sendable {
    var name: String
    var columns: [(name: String, type: String)]
    /// Those that its rows refer to.
    var parents: Set<String>
  }

  /// The tables of a store in a SQLite file, each behind those that it refers to. Without the account of migrations, which is
  /// each store's own.
  static func tables(in transaction: Transaction) throws -> [Table] {
    let names = try transaction.query(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' "
        + "AND name <> 'migration' ORDER BY name"
    ) { $0.text(0) }
    var left = try names.map { name in
      Table(
        name: name,
        columns: try transaction.query("SELECT name, type FROM pragma_table_info($1) ORDER BY cid", [.text(name)]) {
          (name: $0.text(0), type: $0.text(1))
        },
        parents: Set(
          try transaction.query("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list($1)", [.text(name)]) {
            $0.text(0)
          }))
    }
    var ordered: [Table] = []
    while !left.isEmpty {
      let done = Set(ordered.map(\.name))
      let next = left.filter { $0.parents.subtracting([$0.name]).isSubset(of: done) }
      precondition(!next.isEmpty, "references go round in a circle")
      ordered += next
      left.removeAll { table in next.contains { $0.name == table.name } }
    }
    return ordered
  }

  /// Hands on all rows, some thousands at a time, without holding more of them.
  private static func read(_ table: Table, in transaction: Transaction, _ body: ([[SQLValue]]) throws -> Void) throws {
    let selection = "SELECT \(table.columns.map(\.name).joined(separator: ", ")) FROM \(table.name)"
    var rows: [[SQLValue]] = []
    switch transaction.dialect {
    case .sqlite:
      try transaction.forEachRow(selection) { row in
        rows.append(values(of: row, table))
        guard rows.count == portion else { return }
        try body(rows)
        rows = []
      }
    case .postgresql:
      // A result is held as a whole on this side; a cursor gives it in portions.
      try transaction.run("DECLARE transfer_\(table.name) NO SCROLL CURSOR FOR \(selection)")
      while true {
        rows = try transaction.query("FETCH FORWARD \(portion) FROM transfer_\(table.name)") { values(of: $0, table) }
        guard rows.count == portion else { break }
        try body(rows)
      }
      try transaction.run("CLOSE transfer_\(table.name)")
    }
    if !rows.isEmpty { try body(rows) }
  }

  private static func values(of row: Row, _ table: Table) -> [SQLValue] {
    table.columns.indices.map { column in
      guard !row.isNull(column) else { return .null }
      return switch table.columns[column].type {
      case "INTEGER": .integer(row.int64(column))
      case "REAL": .real(row.double(column))
      case "BLOB": .blob(row.blob(column))
      default: .text(row.text(column))
      }
    }
  }

  private static func write(_ rows: [[SQLValue]], to table: Table, in transaction: Transaction) throws {
    let names = table.columns.map(\.name).joined(separator: ", ")
    let parameters = table.columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
    let insertion = "INSERT INTO \(table.name) (\(names)) VALUES (\(parameters))"
    for row in rows { try transaction.run(insertion, row) }
  }
}

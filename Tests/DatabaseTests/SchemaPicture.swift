import Database
import Foundation

/// A schema as its engine describes it, in words that both engines share.
struct SchemaPicture {
  struct Column: Equatable {
    var name: String
    /// As SQLite says it.
    var type: String
    var isRequired: Bool
    var standard: String?
  }

  struct Table {
    var columns: [Column] = []
    var key: [String] = []
    /// Without blanks and parentheses.
    var checks: Set<String> = []
    /// Column, what it refers to, and what happens when that is deleted.
    var references: Set<String> = []
    /// Of the table itself; those of indexes stand with them.
    var uniques: Set<[String]> = []
  }

  struct Index: Equatable {
    var table: String
    var columns: [String]
    var isUnique: Bool
    var condition: String?
  }

  var tables: [String: Table] = [:]
  var indexes: [String: Index] = [:]
  var triggers: Set<String> = []

  init(of transaction: Transaction) throws {
    switch transaction.dialect {
    case .sqlite: try look(atFile: transaction)
    case .postgresql: try look(atServer: transaction)
    }
  }

  // MARK: SQLite

  private mutating func look(atFile transaction: Transaction) throws {
    let entries = try transaction.query("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema") {
      (type: $0.text(0), name: $0.text(1), table: $0.text(2), sql: $0.text(3))
    }
    for entry in entries where !entry.table.hasPrefix("sqlite_") {
      switch entry.type {
      case "table": tables[entry.name] = try fileTable(entry.name, entry.sql, transaction)
      case "trigger": triggers.insert(entry.name)
      case "index" where !entry.sql.isEmpty:
        let columns = try fileColumns(ofIndex: entry.name, transaction)
        let condition = entry.sql.range(of: " WHERE ").map { Self.plain(String(entry.sql[$0.upperBound...])) }
        let isUnique = entry.sql.hasPrefix("CREATE UNIQUE")
        indexes[entry.name] = Index(table: entry.table, columns: columns, isUnique: isUnique, condition: condition)
      default: break
      }
    }
  }

  private func fileColumns(ofIndex name: String, _ transaction: Transaction) throws -> [String] {
    try transaction.query(
      "SELECT name, \"desc\" FROM pragma_index_xinfo($1) WHERE key = 1 ORDER BY seqno", [.text(name)]
    ) {
      $0.text(0) + ($0.bool(1) ? " DESC" : "")
    }
  }

  private func fileTable(_ name: String, _ sql: String, _ transaction: Transaction) throws -> Table {
    var table = Table()
    var key: [(Int, String)] = []
    try transaction.forEachRow(
      "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info($1) ORDER BY cid", [.text(name)]
    ) { row in
      if row.int(4) > 0 { key.append((row.int(4), row.text(0))) }
      // BIGINT stands in the migrator's own table.
      let type = row.text(1) == "BIGINT" ? "INTEGER" : row.text(1)
      table.columns.append(
        Column(
          name: row.text(0), type: type, isRequired: row.bool(2) || row.int(4) > 0, standard: row.optionalText(3)))
    }
    table.key = key.sorted { $0.0 < $1.0 }.map(\.1)
    table.checks = Set(Self.checks(in: sql).map(Self.plain))
    try transaction.forEachRow(
      "SELECT \"from\", \"table\", coalesce(\"to\", 'id'), on_delete FROM pragma_foreign_key_list($1)", [.text(name)]
    ) { table.references.insert("\($0.text(0)) → \($0.text(1)).\($0.text(2)), \($0.text(3))") }
    let uniques = try transaction.query(
      "SELECT name FROM pragma_index_list($1) WHERE origin = 'u'", [.text(name)]
    ) { $0.text(0) }
    for unique in uniques { table.uniques.insert(try fileColumns(ofIndex: unique, transaction)) }
    return table
  }

  /// What stands between the parentheses of each CHECK.
  private static func checks(in sql: String) -> [String] {
    var found: [String] = []
    let text = sql.replacing(/--[^\n]*/, with: "")
    var rest = text[...]
    while let word = rest.firstRange(of: "CHECK") {
      rest = rest[word.upperBound...].drop { $0 != "(" }
      var depth = 0
      let end = rest.firstIndex { character in
        depth += character == "(" ? 1 : character == ")" ? -1 : 0
        return depth == 0
      }
      guard let end else { break }
      found.append(String(rest[...end]))
      rest = rest[end...]
    }
    return found
  }

  // MARK: PostgreSQL

  private mutating func look(atServer transaction: Transaction) throws {
    try transaction.forEachRow(
      """
      SELECT CAST(table_name AS text), CAST(column_name AS text), CAST(data_type AS text), CAST(is_nullable AS text),
        CAST(column_default AS text)
      FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position
      """
    ) { row in
      let types = ["bigint": "INTEGER", "text": "TEXT", "double precision": "REAL", "bytea": "BLOB"]
      tables[row.text(0), default: Table()].columns.append(
        Column(
          name: row.text(1), type: types[row.text(2)] ?? row.text(2), isRequired: row.text(3) == "NO",
          standard: row.optionalText(4).map { $0.replacing("::bigint", with: "").replacing("::text", with: "") }))
    }
    try look(atConstraints: transaction)
    try look(atIndexes: transaction)
    triggers = Set(
      try transaction.query(
        """
        SELECT CAST(tgname AS text) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE NOT tgisinternal AND relnamespace = CAST(current_schema() AS regnamespace)
        """
      ) { $0.text(0) })
  }

  private mutating func look(atConstraints transaction: Transaction) throws {
    try transaction.forEachRow(
      """
      SELECT CAST(t.relname AS text), CAST(c.contype AS text), pg_get_constraintdef(c.oid),
        (SELECT string_agg(CAST(a.attname AS text), ',' ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY k (number, place)
          JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number),
        CAST(f.relname AS text),
        (SELECT string_agg(CAST(a.attname AS text), ',' ORDER BY k.place) FROM unnest(c.confkey) WITH ORDINALITY k (number, place)
          JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number),
        CAST(c.confdeltype AS text)
      FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid LEFT JOIN pg_class f ON f.oid = c.confrelid
      WHERE c.connamespace = CAST(current_schema() AS regnamespace)
      """
    ) { row in
      let name = row.text(0)
      let columns = row.optionalText(3)?.split(separator: ",").map(String.init) ?? []
      switch row.text(1) {
      case "p": tables[name]?.key = columns
      case "u": tables[name]?.uniques.insert(columns)
      case "c": tables[name]?.checks.insert(Self.plain(String(row.text(2).dropFirst("CHECK ".count))))
      case "f":
        let action = ["a": "NO ACTION", "c": "CASCADE", "r": "RESTRICT", "n": "SET NULL"][row.text(6)] ?? row.text(6)
        tables[name]?.references.insert("\(columns[0]) → \(row.text(4)).\(row.text(5)), \(action)")
      default: break
      }
    }
  }

  private mutating func look(atIndexes transaction: Transaction) throws {
    try transaction.forEachRow(
      """
      SELECT CAST(i.relname AS text), CAST(t.relname AS text), CAST(x.indisunique AS text),
        pg_get_expr(x.indpred, x.indrelid),
        (SELECT string_agg(
            CAST(a.attname AS text) || CASE WHEN x.indoption[k.place - 1] & 1 = 1 THEN ' DESC' ELSE '' END, ','
            ORDER BY k.place)
          FROM unnest(x.indkey) WITH ORDINALITY k (number, place)
          JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number
          -- Without those that only come along (INCLUDE): on SQLite every index holds the row's id.
          WHERE k.place <= x.indnkeyatts)
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
      WHERE i.relnamespace = CAST(current_schema() AS regnamespace)
        AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = x.indexrelid)
      """
    ) { row in
      indexes[row.text(0)] = Index(
        table: row.text(1), columns: row.text(4).split(separator: ",").map(String.init),
        isUnique: row.text(2) == "true",
        condition: row.optionalText(3).map(Self.plain))
    }
  }

  // MARK: Expressions

  /// The expression in one form: PostgreSQL shows casts, parentheses and lists in its own way. Without parentheses the order of
  /// what is joined stays.
  private static func plain(_ expression: String) -> String {
    var text = expression.replacing(/::(text|bigint|integer)(\[\])?/, with: "").replacing(" COLLATE \"C\"", with: "")
    text = text.replacing(/= ANY \(ARRAY\[([^\]]*)\]\)/) { "IN \($0.output.1)" }
    text = text.replacing(/= ANY \(\(ARRAY\[([^\]]*)\]\)\)/) { "IN \($0.output.1)" }
    text = text.replacing(/<> ALL \(ARRAY\[([^\]]*)\]\)/) { "NOT IN \($0.output.1)" }
    text = text.replacing("::double precision", with: "").replacing("\"", with: "")
    return text.filter { !$0.isWhitespace && $0 != "(" && $0 != ")" }.lowercased()
  }
}

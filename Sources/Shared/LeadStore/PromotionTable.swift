package import Database

/// What a store in a file holds, to be copied and compared.
package struct StoreInventory: Sendable {
  /// `store_identity`.
  package let storeID: String
  /// The latest entry of the audit trail.
  package let head: AuditAnchor
  /// Over all tables.
  package let rows: Int
  /// In an order in which each table stands behind those that it refers to.
  let tables: [(table: TransferTable.Table, sums: [Int64])]

  package var tableCount: Int { tables.count }
}

/// A store in a file becomes one on a server: all rows of all tables, in one transaction there.
///
/// Which tables and columns there are is read from the file's own schema, so that later migrations come along; both engines have
/// the same ones (a test compares them). SQLite writes the rows as JSON and PostgreSQL reads them, some thousands at a time:
/// neither passes through this program's hands value by value.
package enum PromotionTable {
  /// How much is sent in one statement, in rows and in bytes.
  private static let rowsMax = 5000
  private static let bytesMax = 1 << 20
  /// Integers are summed up by their rest, so that no sum overflows.
  private static let modulus = 1_000_003

  /// How a server stands to a store that is to be moved there.
  package enum Standing: Sendable, Equatable {
    /// No program ever used it as a store.
    case empty
    /// It holds this very state of the store, moved there before. Programs may have gone on with it since.
    case arrived
    /// It holds the store as it was at another time.
    case anotherState
    case anotherStore(String)
    /// Rows in these tables, and no identity: a queue without leads, or no store at all.
    case occupied([String])
  }

  /// What went wrong between two stores. `table` differs after it was copied.
  package struct Difference: Error, Sendable, Equatable {
    package let table: String
  }

  // MARK: Looking

  /// Reads the whole store, which must be a file. Throws `LeadStoreError.unreadable` for one that no program used yet.
  package static func inventory(in source: Transaction) throws -> StoreInventory {
    let tables = try TransferTable.tables(in: source).map { (table: $0, sums: try sums(of: $0, in: source)) }
    return StoreInventory(
      storeID: try StoreIdentityTable.storeID(in: source), head: try AuditTable.head(in: source),
      rows: tables.reduce(0) { $0 + Int($1.sums[0]) }, tables: tables)
  }

  /// How the server stands to the store with this inventory.
  package static func standing(to inventory: StoreInventory, in target: Transaction) throws -> Standing {
    let storeID = try target.first("SELECT store_id FROM store_identity WHERE id = 1") { $0.text(0) }
    if let storeID {
      guard storeID == inventory.storeID else { return .anotherStore(storeID) }
      let next = try AuditTable.entries(after: inventory.head.entryID, limit: 1, in: target).first
      let isMove = next?.action == AuditAction.storePromoted.rawValue && next?.previousHash == inventory.head.hash
      return isMove ? .arrived : .anotherState
    }
    // The head of the audit trail is there from the beginning.
    let names = inventory.tables.map(\.table.name).filter { $0 != "audit_head" }
    let filled = try names.filter { try target.first("SELECT 1 FROM \(quoted($0)) LIMIT 1") { $0.int(0) } != nil }
    return filled.isEmpty ? .empty : .occupied(filled)
  }

  /// The number of rows, then for each column how many hold something, and the sum of numbers (by their rest) or of lengths in
  /// bytes: the same on both engines where the rows are the same.
  private static func sums(of table: TransferTable.Table, in transaction: Transaction) throws -> [Int64] {
    let terms = table.columns.flatMap { column in
      let name = quoted(column.name)
      switch (column.type, transaction.dialect) {
      case ("INTEGER", _): return ["count(\(name))", "coalesce(sum(\(name) % \(modulus)), 0)"]
      case ("TEXT", .sqlite): return ["count(\(name))", "coalesce(sum(length(CAST(\(name) AS BLOB))), 0)"]
      case ("TEXT", .postgresql): return ["count(\(name))", "coalesce(sum(octet_length(\(name))), 0)"]
      default: return ["count(\(name))"]
      }
    }
    let sums = try transaction.first("SELECT count(*), \(terms.joined(separator: ", ")) FROM \(quoted(table.name))") {
      row in (0...terms.count).map { row.int64($0) }
    }
    return sums ?? []
  }

  // MARK: Copying

  /// Copies everything and compares it. `target` must be `.empty`; `source` must be as it was when the inventory was made.
  /// `progress` is told the table at hand, and how many rows were copied so far.
  ///
  /// Throws `Difference`, and what the engines throw: whoever may not disable the triggers of the server's tables does not own
  /// them.
  package static func copy(
    _ inventory: StoreInventory, from source: Transaction, to target: Transaction,
    progress: (_ table: String, _ rows: Int) -> Void
  ) throws {
    let names = inventory.tables.map { quoted($0.table.name) }
    // What triggers maintain is copied like everything else, and would be counted twice.
    try target.connection.execute(script(names.map { "ALTER TABLE \($0) DISABLE TRIGGER USER" }))
    try target.connection.execute(script(names.reversed().map { "DELETE FROM \($0)" }))
    var rows = 0
    for (table, _) in inventory.tables {
      try copy(table, from: source, to: target) { sent in
        rows += sent
        progress(table.name, rows)
      }
    }
    try setSequences(from: source, to: target, of: inventory)
    for (table, expected) in inventory.tables where try sums(of: table, in: target) != expected {
      throw Difference(table: table.name)
    }
    try target.connection.execute(script(names.map { "ALTER TABLE \($0) ENABLE TRIGGER USER" }))
    // Without statistics the next statements would be planned as for empty tables.
    try target.connection.execute(script(names.map { "ANALYZE \($0)" }))
  }

  private static func copy(
    _ table: TransferTable.Table, from source: Transaction, to target: Transaction, sent: (Int) -> Void
  ) throws {
    let fields = table.columns.map { "'\($0.name)', \(json($0))" }.joined(separator: ", ")
    let columns = table.columns.map { quoted($0.name) }.joined(separator: ", ")
    let insertion = """
      INSERT INTO \(quoted(table.name)) (\(columns)) SELECT \(columns)
      FROM json_populate_recordset(CAST(NULL AS \(quoted(table.name))), CAST($1 AS json))
      """
    var (text, rows) = ("[", 0)
    func send() throws {
      guard try target.run(insertion, [.text(text + "]")]) == rows else { throw Difference(table: table.name) }
      sent(rows)
      (text, rows) = ("[", 0)
    }
    try source.forEachRow("SELECT json_object(\(fields)) FROM \(quoted(table.name))") { row in
      if rows > 0 { text += "," }
      text += row.text(0)
      rows += 1
      if rows == rowsMax || text.utf8.count >= bytesMax { try send() }
    }
    if rows > 0 { try send() }
  }

  /// The column's value such that JSON carries it whole: SQLite would write fewer digits of a number than it has.
  private static func json(_ column: (name: String, type: String)) -> String {
    let name = quoted(column.name)
    return switch column.type {
    case "REAL": "CASE WHEN \(name) IS NOT NULL THEN printf('%!.17g', \(name)) END"
    case "BLOB": "'\\x' || hex(\(name))"
    default: name
    }
  }

  /// Numbers that were given are never given again, also those of rows that are gone, as far as the file knows them.
  private static func setSequences(
    from source: Transaction, to target: Transaction, of inventory: StoreInventory
  ) throws {
    let given = Dictionary(
      try source.query("SELECT name, seq FROM sqlite_sequence") { ($0.text(0), $0.int64(1)) }, uniquingKeysWith: max)
    for (table, _) in inventory.tables where table.columns.contains(where: { $0.name == "id" && $0.type == "INTEGER" })
    {
      let highest = try source.first("SELECT coalesce(max(id), 0) FROM \(quoted(table.name))") { $0.int64(0) }
      let last = max(highest ?? 0, given[table.name] ?? 0)
      guard last > 0 else { continue }
      // Null, and without effect, where the server gives no numbers. It is not taken back with the transaction; the next
      // attempt sets it anew.
      _ = try target.first(
        "SELECT setval(pg_get_serial_sequence(CAST($1 AS text), 'id'), CAST($2 AS bigint))",
        [.text(table.name), .integer(last)]
      ) { $0.optionalInt64(0) }
    }
  }

  private static func script(_ statements: [String]) -> String { statements.joined(separator: "; ") }

  private static func quoted(_ name: String) -> String { "\"\(name)\"" }
}

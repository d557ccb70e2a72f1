import CSQLite
import Glibc

/// A connection to one SQLite file, for one thread at a time.
///
/// Settings: WAL, foreign keys on, no automatic checkpoints (`Store.checkpoint` makes them), `trusted_schema` off.
/// Every statement is prepared once and kept.
public final class SQLiteConnection: Connection {
  /// SQLite's.
  public let dialect = Dialect.sqlite
  /// The file, as the user named it.
  public let path: String
  private let handle: OpaquePointer
  private var statements: [StatementText: OpaquePointer] = [:]
  private let texts = BoundTexts()
  /// Set while a transaction is meant to be open: if SQLite has rolled it back by itself, further statements are refused
  /// instead of being committed one by one.
  var isTransactionExpected = false

  /// What a connection may do.
  public enum Access: Sendable {
    case readWrite
    case readOnly
  }

  /// Done before the first connection of the process.
  private static let isLibraryConfigured = lq_sqlite_config_without_statistics() == SQLITE_OK

  /// Opens an existing file; `StoreFile` creates it. Throws `cannotOpen`, `notADatabase`, `corrupt`, `readOnly`, `busy`.
  public init(path: String, access: Access) throws(DatabaseError) {
    self.path = path
    _ = Self.isLibraryConfigured
    var opened: OpaquePointer?
    // A reader too opens for writing, since reading in WAL mode writes the index file; `query_only` forbids the rest.
    let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
    guard code == SQLITE_OK, let handle = opened else {
      let reason = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(opened)
      throw .cannotOpen(path, reason: reason)
    }
    self.handle = handle
    _ = lq_sqlite_db_config_flag(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
    _ = lq_sqlite_db_config_flag(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    // 2 s cover the moments in which another process opens or closes the file; waiting writers have the gate.
    sqlite3_busy_timeout(handle, 2000)
    let mode = try setting("PRAGMA journal_mode = WAL")
    guard mode == "wal" else { throw .cannotOpen(path, reason: "its journal cannot be a write-ahead log (\(mode))") }
    try execute(
      """
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA foreign_keys = ON;
      PRAGMA synchronous = NORMAL;
      PRAGMA temp_store = MEMORY;
      PRAGMA cache_size = -16384;
      PRAGMA mmap_size = 0;
      """)
    if access == .readOnly { try execute("PRAGMA query_only = ON") }
  }

  deinit {
    for statement in statements.values { sqlite3_finalize(statement) }
    sqlite3_close_v2(handle)
  }

  /// How long SQLite itself waits for a lock; zero reports `busy` at once.
  func setBusyTimeout(milliseconds: Int32) {
    sqlite3_busy_timeout(handle, milliseconds)
  }

  /// See `Connection.run(_:_:)`. Throws `busy` when the lock is held for longer than the busy time-out.
  @discardableResult
  public func run(_ sql: String, _ binds: [SQLValue]) throws(DatabaseError) -> Int {
    let statement = try prepared(sql)
    let mark = texts.used
    defer { reset(statement, releasing: mark) }
    try bind(binds, to: statement)
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: continue
      case SQLITE_DONE: return Int(sqlite3_changes64(handle))
      case let code: throw error(code)
      }
    }
  }

  /// See `Connection.forEachRow(_:_:_:)`.
  public func forEachRow(_ sql: String, _ binds: [SQLValue], _ body: (Row) throws -> Void) throws {
    let statement = try prepared(sql)
    let mark = texts.used
    defer { reset(statement, releasing: mark) }
    try bind(binds, to: statement)
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: try body(Row(storage: .sqlite(statement)))
      case SQLITE_DONE: return
      case let code: throw error(code)
      }
    }
  }

  /// See `Connection.execute(_:)`.
  public func execute(_ script: String) throws(DatabaseError) {
    let code = sqlite3_exec(handle, script, nil, nil, nil)
    guard code == SQLITE_OK else { throw error(code) }
  }

  /// See `Connection.lastInsertedID`.
  public var lastInsertedID: Int64? { sqlite3_last_insert_rowid(handle) }

  /// How many instructions of SQLite's machine this connection has run: what a statement costs, whatever else the computer
  /// does meanwhile.
  package var instructions: Int {
    statements.values.reduce(0) { $0 + Int(sqlite3_stmt_status($1, SQLITE_STMTSTATUS_VM_STEP, 0)) }
  }

  /// Whether no transaction is open: after a full disk or a lost file SQLite may have rolled back by itself.
  var isIdle: Bool { sqlite3_get_autocommit(handle) != 0 }

  /// The library's version, such as 3.40.1.
  public static var libraryVersion: String { String(cString: sqlite3_libversion()) }

  /// The one value that a PRAGMA answers.
  private func setting(_ pragma: String) throws(DatabaseError) -> String {
    let statement = try prepared(pragma)
    defer { reset(statement, releasing: texts.used) }
    let code = sqlite3_step(statement)
    guard code == SQLITE_ROW else { throw error(code) }
    return Row(storage: .sqlite(statement)).text(0)
  }

  private func prepared(_ sql: String) throws(DatabaseError) -> OpaquePointer {
    guard !isTransactionExpected || !isIdle else {
      throw .failed(code: "SQLITE_ABORT", message: "the transaction was rolled back before")
    }
    let text = StatementText(sql)
    if let statement = statements[text] {
      precondition(sqlite3_stmt_busy(statement) == 0, "a statement is run again while its rows are still being read")
      return statement
    }
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v3(
      handle, Self.numberedParameters(sql), -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard code == SQLITE_OK, let statement else { throw error(code) }
    statements[text] = statement
    return statement
  }

  /// SQLite reads `$1` as a parameter *named* "1" and numbers it by appearance; `?1` means the first. Texts in quotes and
  /// comments to the end of a line stay as they are.
  static func numberedParameters(_ sql: String) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(sql.utf8.count)
    // What ends the quoted text or comment at hand; nil outside of both.
    var end: UInt8?
    for byte in sql.utf8 {
      if let closing = end {
        if byte == closing { end = nil }
      } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        end = byte
      } else if byte == UInt8(ascii: "-"), bytes.last == UInt8(ascii: "-") {
        end = UInt8(ascii: "\n")
      } else if byte == UInt8(ascii: "$") {
        bytes.append(UInt8(ascii: "?"))
        continue
      }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func bind(_ binds: [SQLValue], to statement: OpaquePointer) throws(DatabaseError) {
    precondition(
      binds.count == Int(sqlite3_bind_parameter_count(statement)), "the statement takes another number of binds")
    for (offset, value) in binds.enumerated() {
      let index = Int32(offset + 1)
      let code =
        switch value {
        case .null: sqlite3_bind_null(statement, index)
        case .integer(let integer): sqlite3_bind_int64(statement, index, integer)
        case .real(let real): sqlite3_bind_double(statement, index, real)
        case .text(let text): bind(text, to: statement, at: index)
        case .blob(let bytes):
          sqlite3_bind_blob64(statement, index, bytes, UInt64(bytes.count), lq_sqlite_transient())
        }
      guard code == SQLITE_OK else { throw error(code) }
    }
  }

  private func bind(_ text: String, to statement: OpaquePointer, at index: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        guard let start = characters.baseAddress else { return sqlite3_bind_text(statement, index, "", 0, nil) }
        let count = Int32(characters.count)
        // A nil destructor (SQLITE_STATIC): the bytes stay where they are until the statement is reset.
        if let kept = texts.keep(characters) { return sqlite3_bind_text(statement, index, kept, count, nil) }
        return sqlite3_bind_text(statement, index, start, count, lq_sqlite_transient())
      }
    }
  }

  /// `mark`: what of `texts` was in use before the statement's own were bound.
  private func reset(_ statement: OpaquePointer, releasing mark: Int) {
    sqlite3_reset(statement)
    sqlite3_clear_bindings(statement)
    texts.release(to: mark)
  }

  private func error(_ code: Int32) -> DatabaseError {
    let message = String(cString: sqlite3_errmsg(handle))
    switch code & 0xff {
    case SQLITE_BUSY, SQLITE_LOCKED: return .busy(path, waited: .zero)
    case SQLITE_NOTADB: return .notADatabase(path)
    case SQLITE_CORRUPT: return .corrupt(path)
    // SQLITE_READONLY_DBMOVED, an expression that Swift does not import.
    case SQLITE_READONLY where code >> 8 == 4: return .replaced(path)
    case SQLITE_READONLY: return .readOnly(path)
    case SQLITE_FULL: return .diskFull(path)
    // SQLITE_IOERR_WRITE, an expression that Swift does not import. Unless the disk is broken, it is the user's quota or the
    // process's limit for the size of a file.
    case SQLITE_IOERR where code >> 8 == 3 && sqlite3_system_errno(handle) != EIO: return .diskFull(path)
    case SQLITE_CANTOPEN: return .cannotOpen(path, reason: message)
    case SQLITE_CONSTRAINT: return .constraint(Self.constraint(code), message: message)
    default: return .failed(code: String(code), message: message)
    }
  }

  private static func constraint(_ code: Int32) -> DatabaseError.Constraint {
    switch code >> 8 {
    case 1: .check
    case 3: .foreignKey
    case 5: .notNull
    case 6, 8, 10: .unique
    case 7: .trigger
    default: .other
    }
  }
}

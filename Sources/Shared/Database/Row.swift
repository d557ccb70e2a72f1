import CPostgres
import CSQLite
public import Timekeeping

/// One row of a result, valid only inside the closure it is given to. Columns are counted from 0, in the order of the
/// statement. The accessors without `optional` are for columns that the schema declares NOT NULL; NULL there is a
/// programmer's mistake and stops the program.
public struct Row {
  enum Storage {
    case sqlite(OpaquePointer)
    case postgres(OpaquePointer, row: Int32)
  }

  let storage: Storage

  /// Whether the column is NULL.
  public func isNull(_ column: Int) -> Bool {
    switch storage {
    case .sqlite(let statement): sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL
    case .postgres(let result, let row): PQgetisnull(result, row, Int32(column)) == 1
    }
  }

  /// An integer.
  public func int64(_ column: Int) -> Int64 {
    switch storage {
    case .sqlite(let statement):
      precondition(!isNull(column), "column \(column) is NULL")
      return sqlite3_column_int64(statement, Int32(column))
    case .postgres:
      let text = text(column)
      if let value = Int64(text) { return value }
      // PostgreSQL's truths are a type of their own.
      switch text {
      case "t": return 1
      case "f": return 0
      default: preconditionFailure("column \(column) is not an integer")
      }
    }
  }

  /// A number.
  public func double(_ column: Int) -> Double {
    switch storage {
    case .sqlite(let statement):
      precondition(!isNull(column), "column \(column) is NULL")
      return sqlite3_column_double(statement, Int32(column))
    case .postgres:
      guard let value = Double(text(column)) else { preconditionFailure("column \(column) is not a number") }
      return value
    }
  }

  /// A text; on SQLite also a number, as text.
  public func text(_ column: Int) -> String {
    switch storage {
    case .sqlite(let statement):
      guard let bytes = sqlite3_column_text(statement, Int32(column)) else {
        preconditionFailure("column \(column) is NULL")
      }
      let count = Int(sqlite3_column_bytes(statement, Int32(column)))
      return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    case .postgres(let result, let row):
      guard !isNull(column), let bytes = PQgetvalue(result, row, Int32(column)) else {
        preconditionFailure("column \(column) is NULL")
      }
      let count = Int(PQgetlength(result, row, Int32(column)))
      return UnsafeRawBufferPointer(start: bytes, count: count).withMemoryRebound(to: UInt8.self) {
        String(decoding: $0, as: UTF8.self)
      }
    }
  }

  /// Bytes; empty for NULL.
  public func blob(_ column: Int) -> [UInt8] {
    switch storage {
    case .sqlite(let statement):
      let count = Int(sqlite3_column_bytes(statement, Int32(column)))
      guard count > 0, let bytes = sqlite3_column_blob(statement, Int32(column)) else { return [] }
      return [UInt8](UnsafeRawBufferPointer(start: bytes, count: count))
    case .postgres:
      return PostgresBytes.decode(text(column))
    }
  }

  /// An integer.
  public func int(_ column: Int) -> Int { Int(int64(column)) }
  /// An integer that stands for a truth: 0 is false.
  public func bool(_ column: Int) -> Bool { int64(column) != 0 }
  /// Milliseconds since 1970.
  public func time(_ column: Int) -> Timestamp { Timestamp(milliseconds: int64(column)) }

  /// An integer, or nil for NULL.
  public func optionalInt64(_ column: Int) -> Int64? { isNull(column) ? nil : int64(column) }
  /// An integer, or nil for NULL.
  public func optionalInt(_ column: Int) -> Int? { isNull(column) ? nil : int(column) }
  /// A number, or nil for NULL.
  public func optionalDouble(_ column: Int) -> Double? { isNull(column) ? nil : double(column) }
  /// A text, or nil for NULL.
  public func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
  /// Milliseconds since 1970, or nil for NULL.
  public func optionalTime(_ column: Int) -> Timestamp? { isNull(column) ? nil : time(column) }
}

/// PostgreSQL's text form of `bytea`: `\x` and two hexadecimal digits a byte.
enum PostgresBytes {
  static func encode(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text = Array("\\x".utf8)
    text.reserveCapacity(2 + bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  static func decode(_ text: String) -> [UInt8] {
    let digits = Array(text.utf8.dropFirst(2))
    precondition(text.hasPrefix("\\x") && digits.count % 2 == 0, "not a bytea")
    return stride(from: 0, to: digits.count, by: 2).map { value(digits[$0]) << 4 | value(digits[$0 + 1]) }
  }

  private static func value(_ digit: UInt8) -> UInt8 {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    default: (digit | 0x20) - UInt8(ascii: "a") + 10
    }
  }
}

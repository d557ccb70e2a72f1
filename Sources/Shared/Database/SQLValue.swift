public import Timekeeping

/// One bound parameter. The portable types only: integers (times in milliseconds, booleans as 0/1), floating point, text,
/// blobs; JSON travels as text.
public enum SQLValue: Sendable, Equatable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])

  /// As a 64-bit integer.
  public static func int(_ value: Int) -> SQLValue { .integer(Int64(value)) }
  /// As milliseconds since 1970.
  public static func time(_ value: Timestamp) -> SQLValue { .integer(value.milliseconds) }
  /// As 1 or 0: SQLite has no booleans.
  public static func bool(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }

  /// NULL for nil.
  public static func optional(_ value: String?) -> SQLValue { value.map { .text($0) } ?? .null }
  /// NULL for nil.
  public static func optional(_ value: Int?) -> SQLValue { value.map { .int($0) } ?? .null }
  /// NULL for nil.
  public static func optional(_ value: Int64?) -> SQLValue { value.map { .integer($0) } ?? .null }
  /// NULL for nil.
  public static func optional(_ value: Timestamp?) -> SQLValue { value.map { .time($0) } ?? .null }
}

import Database
import Leads

extension Row {
  /// A column that the schema checks against the cases of `Value`.
  func value<Value: RawRepresentable>(_ column: Int, as type: Value.Type) throws -> Value
  where Value.RawValue == String {
    let text = text(column)
    guard let value = Value(rawValue: text) else { throw LeadStoreError.unreadable("\(type) “\(text)”") }
    return value
  }
}

/// Class C, the one below the classes we stock, in columns that hold any record's class.
let classBelowStock = "C"

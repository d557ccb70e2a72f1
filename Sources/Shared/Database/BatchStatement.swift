/// One statement over a list of rows: several rows a statement are about twice as fast as one, on both engines.
///
/// SQLite gets them as VALUES, in a few constant texts that differ in the number of rows. PostgreSQL gets one array for each column:
/// one text and one plan for any number of rows, and a handful of parameters instead of hundreds.
public struct BatchStatement: Sendable {
  /// What a column holds.
  public enum Column: String, Sendable {
    case integer = "bigint"
    case text
  }

  /// How many rows a text carries on SQLite; a list is cut into these, longest first.
  private static let sizes = [100, 25, 5, 1]
  /// How many rows one statement carries on PostgreSQL, so that no message grows without bound.
  private static let arrayRowsMax = 1000

  /// For SQLite, by size.
  private let texts: [Int: String]
  /// For PostgreSQL.
  private let arrayText: String
  /// For one row, on both.
  private let single: String?
  private let columns: [Column]

  /// `common` parameters, `$1` and on, are the same for all rows; each row has a value for each of `columns`. `row` gets the names
  /// of a row's values, and returns the list of what a row of the source consists of; `text` gets the source of all rows, to
  /// stand behind INSERT INTO or as a common table expression.
  ///
  /// `single` is the text for one row, whose parameters follow the common ones; nil: `text` serves one row too.
  public init(
    common: Int, columns: [Column], single: String? = nil,
    row: (_ values: [String]) -> String = { $0.joined(separator: ", ") }, text: (_ rows: String) -> String
  ) {
    self.columns = columns
    self.single = single
    texts = Dictionary(
      uniqueKeysWithValues: Self.sizes.map { size in
        let rows = (0..<size).map { index in
          let first = common + index * columns.count + 1
          return "(" + row((first..<first + columns.count).map { "$\($0)" }) + ")"
        }
        return (size, text("VALUES " + rows.joined(separator: ", ")))
      })
    let names = columns.indices.map { "c\($0)" }
    let arrays = columns.enumerated().map { "CAST($\(common + 1 + $0) AS \($1.rawValue)[])" }
    arrayText = text(
      "SELECT \(row(names)) FROM unnest(\(arrays.joined(separator: ", "))) AS given (\(names.joined(separator: ", ")))")
  }

  /// Runs the statement for `count` rows, of which `bind` appends the values of the columns of each, and hands on what it
  /// returns; `eachPortion` is called after each text with the rows that it carried. `bind` is called for each index in order.
  public func run(
    _ count: Int, common: [SQLValue] = [], in transaction: Transaction, bind: (Int, inout [SQLValue]) -> Void,
    eachRow: (Row) throws -> Void = { _ in }, eachPortion: (Range<Int>) throws -> Void = { _ in }
  ) throws {
    try forEachPortion(count, common, in: transaction, bind) { text, binds, portion in
      try transaction.forEachRow(text, binds, eachRow)
      try eachPortion(portion)
    }
  }

  /// As `run`, for what returns nothing that anybody waits for: see `Transaction.post(_:_:)`.
  public func post(
    _ count: Int, common: [SQLValue] = [], in transaction: Transaction, bind: (Int, inout [SQLValue]) -> Void
  ) throws {
    try forEachPortion(count, common, in: transaction, bind) { text, binds, _ in try transaction.post(text, binds) }
  }

  private func forEachPortion(
    _ count: Int, _ common: [SQLValue], in transaction: Transaction, _ bind: (Int, inout [SQLValue]) -> Void,
    _ body: (_ text: String, _ binds: [SQLValue], _ portion: Range<Int>) throws -> Void
  ) throws {
    var next = 0
    while next < count {
      let size = size(of: count - next, transaction.dialect)
      let portion = next..<next + size
      if let single, size == 1 {
        var binds = common
        bind(next, &binds)
        try body(single, binds, portion)
      } else {
        switch transaction.dialect {
        case .sqlite: try body(text(size), values(of: portion, common, bind), portion)
        case .postgresql: try body(arrayText, arrays(of: portion, common, bind), portion)
        }
      }
      next += size
    }
  }

  private func size(of left: Int, _ dialect: Dialect) -> Int {
    switch dialect {
    case .sqlite: Self.sizes.first { $0 <= left } ?? 1
    case .postgresql: min(left, Self.arrayRowsMax)
    }
  }

  private func text(_ size: Int) -> String {
    guard let text = texts[size] else { preconditionFailure("every size has a text") }
    return text
  }

  private func values(
    of portion: Range<Int>, _ common: [SQLValue], _ bind: (Int, inout [SQLValue]) -> Void
  ) -> [SQLValue] {
    var binds = common
    binds.reserveCapacity(common.count + portion.count * columns.count)
    for index in portion { bind(index, &binds) }
    return binds
  }

  private func arrays(
    of portion: Range<Int>, _ common: [SQLValue], _ bind: (Int, inout [SQLValue]) -> Void
  ) -> [SQLValue] {
    var arrays = columns.map { _ in PostgresArray() }
    var row: [SQLValue] = []
    for index in portion {
      row.removeAll(keepingCapacity: true)
      bind(index, &row)
      for (column, value) in row.enumerated() { arrays[column].append(value) }
    }
    return common + arrays.map { .text($0.text) }
  }
}

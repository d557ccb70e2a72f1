/// One statement over a list of rows, in a few constant texts that differ in the number of rows: several rows a statement are
/// about twice as fast as one, on both engines, and few texts stay prepared.
public struct BatchStatement: Sendable {
  /// How many rows a text carries; a list is cut into these, longest first.
  private static let sizes = [100, 25, 5, 1]

  /// By size.
  private let texts: [Int: String]
  private let columns: Int

  /// `common` parameters, `$1` and on, are the same for all rows; each row has `columns` of its own. `row` gets the names of a
  /// row's parameters, and whether it is the first row; `text` gets all rows, separated by commas.
  ///
  /// `single` is the text for one row, whose parameters follow the common ones; nil: `text` serves one row too.
  public init(
    common: Int, columns: Int, single: String? = nil, row: (_ parameters: [String], _ isFirst: Bool) -> String,
    text: (_ rows: String) -> String
  ) {
    self.columns = columns
    texts = Dictionary(
      uniqueKeysWithValues: Self.sizes.map { size in
        if let single, size == 1 { return (size, single) }
        let rows = (0..<size).map { index in
          let first = common + index * columns + 1
          return row((first..<first + columns).map { "$\($0)" }, index == 0)
        }
        return (size, text(rows.joined(separator: ", ")))
      })
  }

  /// Runs the statement for `count` rows, of which `bind` appends the values of the columns of each, and hands on what it
  /// returns; `eachPortion` is called after each text with the rows that it carried. `bind` is called for each index in order.
  public func run(
    _ count: Int, common: [SQLValue] = [], in transaction: Transaction, bind: (Int, inout [SQLValue]) -> Void,
    eachRow: (Row) throws -> Void = { _ in }, eachPortion: (Range<Int>) throws -> Void = { _ in }
  ) throws {
    var next = 0
    while next < count {
      let size = Self.sizes.first { $0 <= count - next } ?? 1
      var binds = common
      binds.reserveCapacity(common.count + size * columns)
      for index in next..<next + size { bind(index, &binds) }
      guard let text = texts[size] else { preconditionFailure("every size has a text") }
      try transaction.forEachRow(text, binds, eachRow)
      try eachPortion(next..<next + size)
      next += size
    }
  }
}

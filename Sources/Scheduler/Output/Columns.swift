/// Text in columns that are as wide as their content.
struct Columns {
  private static let gap = "  "

  /// Whether each column holds numbers, which stand on the right.
  let isRight: [Bool]
  var rows: [[String]]

  /// `header` is the first row.
  init(_ header: [String], isRight: [Bool], rows: [[String]] = []) {
    self.isRight = isRight
    self.rows = [header] + rows
  }

  var lines: [String] {
    let widths = isRight.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (column, text) in row.enumerated() {
        let blank = String(repeating: " ", count: widths[column] - text.count)
        let isLast = column == row.count - 1
        line += isRight[column] ? blank + text : isLast ? text : text + blank
        if !isLast { line += Self.gap }
      }
      return line
    }
  }
}

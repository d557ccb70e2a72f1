import Operations

/// Text in columns, fitted to the terminal.
struct Table: Sendable {
  struct Column: Sendable {
    var title: String
    var isRight: Bool
    var widthMin: Int?
    var isDispensable: Bool

    init(_ column: Listing.Column) {
      title = column.title
      isRight = column.isNumber
      widthMin = column.widthMin.map { max($0, column.title.count) }
      isDispensable = column.isDispensable
    }
  }

  struct Cell: Sendable {
    var text: String
    var colour: StandardStream.Colour?
  }

  private static let gap = 2

  var columns: [Column]
  var rows: [[Cell]]

  func lines(on screen: Screen) -> [String] {
    let shown = shownColumns(in: screen.width)
    let widths = widths(of: shown, in: screen.width)
    let header = line(shown.map { (columns[$0], Cell(text: columns[$0].title)) }, widths, screen)
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(
      separator: String(repeating: " ", count: Self.gap))
    return [header] + (screen.width == nil ? [] : [rule])
      + rows.map { row in line(shown.map { (columns[$0], row[$0]) }, widths, screen) }
  }

  /// The width that a column's content needs.
  private func contentWidth(_ column: Int) -> Int {
    rows.reduce(columns[column].title.count) { max($0, $1[column].text.count) }
  }

  /// Dispensable columns go, the last one first, until the others fit at their least width.
  private func shownColumns(in available: Int?) -> [Int] {
    var shown = Array(columns.indices)
    guard let available else { return shown }
    let least = columns.indices.map { min(contentWidth($0), columns[$0].widthMin ?? .max) }
    while shown.reduce(-Self.gap, { $0 + least[$1] + Self.gap }) > available {
      guard let dispensable = shown.last(where: { columns[$0].isDispensable }) else { break }
      shown.removeAll { $0 == dispensable }
    }
    return shown
  }

  /// As wide as the content needs; when that is too much, the widest column that may be shortened gives way first.
  private func widths(of shown: [Int], in available: Int?) -> [Int] {
    var widths = shown.map(contentWidth)
    guard let available else { return widths }
    var excess = widths.reduce(-Self.gap) { $0 + $1 + Self.gap } - available
    while excess > 0 {
      let flexible = shown.indices.filter { index in columns[shown[index]].widthMin.map { widths[index] > $0 } ?? false
      }
      guard let widest = flexible.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
      excess -= 1
    }
    return widths
  }

  private func line(_ cells: [(column: Column, cell: Cell)], _ widths: [Int], _ screen: Screen) -> String {
    var line = ""
    for (index, (column, cell)) in cells.enumerated() {
      let isLast = index == cells.count - 1
      let text = Self.shortened(cell.text, to: widths[index])
      let blank = String(repeating: " ", count: max(0, widths[index] - text.count))
      let shown = screen.coloured(text, cell.colour)
      line += column.isRight ? blank + shown : isLast ? shown : shown + blank
      if !isLast { line += String(repeating: " ", count: Self.gap) }
    }
    // Nothing invisible at the end: behind a pipe a narrow terminal would give it a line of its own.
    while line.last == " " { line.removeLast() }
    return line
  }

  private static func shortened(_ text: String, to width: Int) -> String {
    text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
  }
}

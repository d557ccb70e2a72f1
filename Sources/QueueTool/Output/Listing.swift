import Operations
import Timekeeping

/// Rows under named columns: shown as a table, or as a JSON document with the same content.
struct Listing: Sendable {
  struct Column: Sendable {
    /// Above the column.
    var title: String
    /// The stable name in JSON.
    var field: String
    /// Numbers stand to the right.
    var isNumber = false
    /// May be shortened when the terminal is too narrow, though not below this width; nil: never.
    var widthMin: Int?
    /// Left out when the terminal is too narrow even so. In JSON and without a terminal it is always there.
    var isDispensable = false
  }

  enum Cell: Sendable {
    case none
    case text(String, StandardStream.Colour? = nil)
    case integer(Int64)
    case number(Double)
    case time(Timestamp)
    case list([String])
    case integers([Int64])

    static func int(_ value: Int) -> Cell { .integer(Int64(value)) }
    static func optional(_ text: String?) -> Cell { text.map { .text($0) } ?? .none }
    static func optional(_ value: Int64?) -> Cell { value.map { .integer($0) } ?? .none }
    static func optional(_ time: Timestamp?) -> Cell { time.map { .time($0) } ?? .none }
  }

  /// The name of the list in JSON.
  var name: String
  var columns: [Column]
  var rows: [[Cell]] = []
  /// Said instead of an empty table.
  var whenEmpty: String

  /// As a table.
  func lines(on screen: Screen) -> [String] {
    guard !rows.isEmpty else { return Tree(whenEmpty).lines(on: screen) }
    let table = Table(
      columns: columns.map { Table.Column($0) },
      rows: rows.map { $0.map { Listing.shown($0, screen.time) } })
    let hasTimes = rows.contains { $0.contains { if case .time = $0 { true } else { false } } }
    return table.lines(on: screen) + (hasTimes ? ["Times: \(screen.time.zoneName)"] : [])
  }

  /// As one JSON document: an object with the list under its name.
  func document(_ time: ShownTime) -> JSONText { .object([(name, list(time))]) }

  /// The rows alone, each an object.
  func list(_ time: ShownTime) -> JSONText {
    .list(
      rows.map { row in
        .object(zip(columns, row).map { ($0.field, Listing.json($1, time)) })
      })
  }

  private static func shown(_ cell: Cell, _ time: ShownTime) -> Table.Cell {
    switch cell {
    case .none: Table.Cell(text: "–")
    case .text(let text, let colour): Table.Cell(text: text.escapingUnprintable(), colour: colour)
    case .integer(let value): Table.Cell(text: String(value))
    case .number(let value): Table.Cell(text: String(value))
    case .time(let moment): Table.Cell(text: time.table(moment))
    case .integers(let values): Table.Cell(text: values.map(String.init).joined(separator: ", "))
    case .list(let texts): Table.Cell(text: texts.joined(separator: ", ").escapingUnprintable())
    }
  }

  private static func json(_ cell: Cell, _ time: ShownTime) -> JSONText {
    switch cell {
    case .none: .null
    case .text(let text, _): .text(text)
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .time(let moment): time.json(moment)
    case .integers(let values): .list(values.map { .integer($0) })
    case .list(let texts): .list(texts.map { .text($0) })
    }
  }
}

/// PostgreSQL's text form of an array of one dimension
/// (https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO): elements in braces, texts in double quotes with `\` before quotes and backslashes.
struct PostgresArray {
  private var elements = "{"

  /// Adds an element: NULL, an integer, a floating-point number or a text. Arrays of blobs are not needed.
  mutating func append(_ value: SQLValue) {
    if elements.utf8.count > 1 { elements += "," }
    switch value {
    case .null: elements += "NULL"
    case .integer(let integer): elements += String(integer)
    case .real(let real): elements += String(real)
    case .text(let text): append(quoted: text)
    case .blob: preconditionFailure("a blob in an array")
    }
  }

  private mutating func append(quoted text: String) {
    elements += "\""
    if text.utf8.contains(where: Self.isSpecial) {
      for scalar in text.unicodeScalars {
        if scalar == "\"" || scalar == "\\" { elements += "\\" }
        elements.unicodeScalars.append(scalar)
      }
    } else {
      elements += text
    }
    elements += "\""
  }

  private static func isSpecial(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") }

  var text: String { elements + "}" }
}

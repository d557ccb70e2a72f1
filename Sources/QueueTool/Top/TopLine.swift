import Operations

/// One line of `top`: pieces of text, each in a colour, cut off where the terminal ends.
struct TopLine: Sendable {
  private(set) var pieces: [(text: String, colour: StandardStream.Colour?)] = []

  init(_ text: String = "", _ colour: StandardStream.Colour? = nil) {
    if !text.isEmpty { add(text, colour) }
  }

  /// What the store holds may be written by anybody: nothing of it moves the cursor.
  mutating func add(_ text: String, _ colour: StandardStream.Colour? = nil) {
    pieces.append((text.escapingUnprintable(), colour))
  }

  /// `share` of it filled, 0 to 1.
  mutating func addBar(_ share: Double, width: Int, _ colour: StandardStream.Colour? = nil) {
    guard width > 0 else { return }
    let filled = min(width, max(0, Int((share * Double(width)).rounded())))
    add(String(repeating: "█", count: filled), colour)
    add(String(repeating: "░", count: width - filled))
  }

  var count: Int { pieces.reduce(0) { $0 + $1.text.count } }

  /// At most `width` columns.
  func shown(width: Int, on output: StandardStream) -> String {
    var (line, room) = ("", count > width ? max(0, width - 1) : width)
    for (text, colour) in pieces where room > 0 {
      let part = String(text.prefix(room))
      line += output.coloured(part, colour)
      room -= part.count
    }
    return count > width && width > 0 ? line + "…" : line
  }
}

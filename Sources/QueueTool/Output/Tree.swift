import Operations

/// Nested lines, drawn with box characters.
struct Tree: Sendable {
  var text: String
  var colour: StandardStream.Colour?
  var children: [Tree]

  init(_ text: String, _ colour: StandardStream.Colour? = nil, _ children: [Tree] = []) {
    self.text = text
    self.colour = colour
    self.children = children
  }

  /// On a terminal long lines are broken between words and stay inside their branch.
  func lines(on screen: Screen) -> [String] {
    var lines: [String] = []
    append(to: &lines, first: "", rest: "", on: screen)
    return lines
  }

  private func append(to lines: inout [String], first: String, rest: String, on screen: Screen) {
    // The branch to the children goes on beside a text of several lines.
    let beside = rest + (children.isEmpty ? "  " : "│ ")
    let room = screen.width.map { max(24, $0 - beside.count) }
    for (index, part) in Self.broken(text.escapingUnprintable(), at: room).enumerated() {
      lines.append((index == 0 ? first : beside) + screen.coloured(part, colour))
    }
    for (index, child) in children.enumerated() {
      let isLast = index == children.count - 1
      child.append(
        to: &lines, first: rest + (isLast ? "└─ " : "├─ "), rest: rest + (isLast ? "   " : "│  "), on: screen)
    }
  }

  /// The text in lines of at most `room` characters, broken between words; nil: in one.
  static func broken(_ text: String, at room: Int?) -> [String] {
    guard let room, text.count > room else { return [text] }
    var parts: [String] = []
    var part: String?
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      if let current = part, current.contains(where: { $0 != " " }), current.count + 1 + word.count > room {
        parts.append(current)
        part = String(word)
      } else {
        part = part.map { $0 + " " + word } ?? String(word)
      }
    }
    return parts + [part ?? ""]
  }
}

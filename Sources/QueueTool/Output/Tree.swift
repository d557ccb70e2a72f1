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
    for (index, part) in text.escapingUnprintable().broken(at: room).enumerated() {
      lines.append((index == 0 ? first : beside) + screen.coloured(part, colour))
    }
    for (index, child) in children.enumerated() {
      let isLast = index == children.count - 1
      child.append(
        to: &lines, first: rest + (isLast ? "└─ " : "├─ "), rest: rest + (isLast ? "   " : "│  "), on: screen)
    }
  }
}

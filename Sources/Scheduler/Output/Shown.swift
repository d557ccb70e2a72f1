import Operations

/// A result as lines for people on standard output.
enum Shown {
  /// On a terminal each is fitted to its width.
  static func print(_ lines: [String]) {
    let width = Terminal.width()
    for line in lines.flatMap({ $0.fitted(to: width) }) { Swift.print(line) }
  }
}

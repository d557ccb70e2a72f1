/// The text that `--help` shows of a command, as roff. Lines that are indented, and a command behind a colon, are examples: each
/// stands alone and is never broken, so that it can be read and copied.
enum DiscussionText {
  private enum Part: Equatable {
    /// Lines that are filled, each beginning anew.
    case prose(String)
    case example(String)
    case paragraph
  }

  /// `program` is what an example within a line begins with.
  static func lines(_ text: String, program: String) -> [String] {
    var lines: [String] = []
    var previous = Part.paragraph
    for part in parts(text, program: program) {
      switch (part, previous) {
      case (.paragraph, _): lines.append(".PP")
      case (.prose(let line), .prose): lines += [".br", RoffText.prose(line)]
      case (.prose(let line), .example): lines += [".fi", ".RE", RoffText.prose(line)]
      case (.prose(let line), .paragraph): lines.append(RoffText.prose(line))
      case (.example(let line), .example): lines.append(RoffText.escaped(line))
      case (.example(let line), _): lines += [".RS 4", ".nf", RoffText.escaped(line)]
      }
      if part == .paragraph, case .example = previous { lines.insert(contentsOf: [".fi", ".RE"], at: lines.count - 1) }
      previous = part
    }
    if case .example = previous { lines += [".fi", ".RE"] }
    return lines
  }

  /// The commands that the text shows, in its order.
  static func examples(in text: String, program: String) -> [String] {
    parts(text, program: program).compactMap { if case .example(let line) = $0 { line } else { nil } }
  }

  /// The text behind an argument: filled, without examples.
  static func entry(_ text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).map { RoffText.prose(String($0.drop { $0 == " " })) }
  }

  private static func parts(_ text: String, program: String) -> [Part] {
    var parts: [Part] = []
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init) {
      let words = line.drop { $0 == " " }
      if words.isEmpty {
        // Several empty lines, and those at the ends, are none or one.
        if let last = parts.last, last != .paragraph { parts.append(.paragraph) }
      } else if line.hasPrefix("  ") {
        parts.append(.example(String(line.dropFirst(2))))
      } else if let command = line.firstRange(of: ": \(program) ") {
        parts.append(.prose(String(line[..<command.lowerBound]) + ":"))
        parts.append(.example(String(line[command.lowerBound...].dropFirst(2))))
      } else {
        parts.append(.prose(line))
      }
    }
    if parts.last == .paragraph { parts.removeLast() }
    return parts
  }
}

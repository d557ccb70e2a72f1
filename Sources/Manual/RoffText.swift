/// Text as roff reads it: nothing of it is taken for a request, and what is typed comes out as it is typed.
enum RoffText {
  /// Text as a line of its own, or within one. Hyphens and quotes stay those of ASCII, so that commands can be copied from the
  /// page (groff_char(7)).
  static func escaped(_ text: String) -> String { asLine(characters(of: text)) }

  private static func characters(of text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "\\": escaped += "\\e"
      case "-": escaped += "\\-"
      case "'": escaped += "\\(aq"
      case "`": escaped += "\\(ga"
      case "^": escaped += "\\(ha"
      case "~": escaped += "\\(ti"
      case "\"": escaped += "\\(dq"
      default: escaped.append(character)
      }
    }
    return escaped
  }

  /// A request begins with a dot; an apostrophe is escaped already.
  private static func asLine(_ escaped: String) -> String { escaped.hasPrefix(".") ? "\\&" + escaped : escaped }

  static func bold(_ text: String) -> String { "\\fB\(characters(of: text))\\fR" }

  static func italic(_ text: String) -> String { "\\fI\(characters(of: text))\\fR" }

  /// Text in which what stands between backticks is to be typed: that is set in bold.
  static func prose(_ text: String) -> String {
    let parts = text.split(separator: "`", omittingEmptySubsequences: false)
    // One that is not closed is a character like others.
    guard parts.count % 2 == 1 else { return escaped(text) }
    let pieces = parts.enumerated().map { index, part in
      index % 2 == 1 ? bold(String(part)) : characters(of: String(part))
    }
    return asLine(pieces.joined())
  }
}

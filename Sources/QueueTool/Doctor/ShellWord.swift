/// Texts as words of a command that a person copies into a shell.
enum ShellWord {
  static func quoted(_ text: String) -> String {
    let plain = text.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || ("0"..."9").contains($0) || "/._-:=@+".unicodeScalars.contains($0)
    }
    return plain && !text.isEmpty ? text : "'" + text.replacing("'", with: #"'\''"#) + "'"
  }

  static func quoted(_ texts: [String]) -> String { texts.map { quoted($0) }.joined(separator: " ") }
}

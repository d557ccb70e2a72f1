import Foundation

/// One file of the tree.
struct SourceFile: Sendable {
  /// From the root of the project.
  let path: String
  let text: String
  /// The text without `//` comments, line by line as long as before. A `//` inside a string literal of one line is no
  /// comment.
  let code: String

  init(path: String, text: String) {
    self.path = path
    self.text = text
    code = Self.withoutComments(text)
  }

  var name: String { path.split(separator: "/").last.map(String.init) ?? path }
  var lineCount: Int { text.utf8.count { $0 == UInt8(ascii: "\n") } }

  /// `path:line` of each place where the pattern is found: in the code, or in the whole text. In the pattern `^` and `$` are
  /// the ends of a line.
  func places(of pattern: String, inComments: Bool = false) throws -> [String] {
    let searched = inComments ? text : code
    return try matches(of: pattern, in: searched).map { match in
      guard let range = Range(match.range, in: searched) else { return path }
      let line = searched[..<range.lowerBound].utf8.count { $0 == UInt8(ascii: "\n") } + 1
      return "\(path):\(line)"
    }
  }

  /// The modules it imports.
  func imports() throws -> [String] {
    let pattern =
      #"^[ \t]*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+"#
      + #"(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)"#
    return try matches(of: pattern, in: code).compactMap { match in
      Range(match.range(at: 1), in: code).map { String(code[$0]) }
    }
  }

  private func matches(of pattern: String, in searched: String) throws -> [NSTextCheckingResult] {
    let expression = try NSRegularExpression(pattern: pattern, options: [.anchorsMatchLines])
    return expression.matches(in: searched, range: NSRange(searched.startIndex..., in: searched))
  }

  private static func withoutComments(_ text: String) -> String {
    let (quote, slash, backslash) = (UInt8(ascii: "\""), UInt8(ascii: "/"), UInt8(ascii: "\\"))
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var (isInString, isInComment, isEscaped) = (false, false, false)
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\n") {
        (isInString, isInComment, isEscaped) = (false, false, false)
      } else if isInComment {
        continue
      } else if byte == slash, !isInString, bytes.last == slash {
        isInComment = true
        bytes.removeLast()
        continue
      } else if byte == quote, !isEscaped {
        isInString.toggle()
      }
      isEscaped = byte == backslash && !isEscaped
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

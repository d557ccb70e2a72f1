#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The terminal that standard output may be.
package enum Terminal {
  /// Its columns, 80 where it does not say; nil where no person watches.
  package static func width() -> Int? {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}

extension String {
  /// The text in lines of at most `room` characters, broken between words; a word that is longer stays whole. Nil: in one.
  package func broken(at room: Int?) -> [String] {
    guard let room, count > room else { return [self] }
    var parts: [String] = []
    var part: String?
    for word in split(separator: " ", omittingEmptySubsequences: false) {
      if let current = part, current.contains(where: { $0 != " " }), current.count + 1 + word.count > room {
        parts.append(current)
        part = String(word)
      } else {
        part = part.map { $0 + " " + word } ?? String(word)
      }
    }
    return parts + [part ?? ""]
  }

  /// One line as it is shown on a terminal of `width` columns: what goes on stands two columns further right than where it
  /// begins. Nil: as it is.
  package func fitted(to width: Int?) -> [String] {
    guard let width, count > width else { return [self] }
    let indent = String(prefix { $0 == " " })
    let parts = String(dropFirst(indent.count)).broken(at: Swift.max(24, width - indent.count - 2))
    return parts.enumerated().map { indent + ($0 == 0 ? "" : "  ") + $1 }
  }
}

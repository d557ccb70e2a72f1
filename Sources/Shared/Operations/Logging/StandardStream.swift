#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Standard output or standard error, as the user meets it.
package struct StandardStream: Sendable {
  /// Whether a person watches: the stream is a terminal.
  package let isTerminal: Bool
  /// Whether colour may be used: on a terminal, unless `NO_COLOR` is set (https://no-color.org).
  package let isColoured: Bool
  private let send: @Sendable (String) -> Void

  /// A stream that hands each line, without its newline, to `send`.
  package init(isTerminal: Bool, isColoured: Bool, send: @escaping @Sendable (String) -> Void) {
    self.isTerminal = isTerminal
    self.isColoured = isColoured
    self.send = send
  }

  package static func output(isColourRefused: Bool) -> StandardStream {
    StandardStream(descriptor: STDOUT_FILENO, isColourRefused: isColourRefused)
  }

  package static func error(isColourRefused: Bool) -> StandardStream {
    StandardStream(descriptor: STDERR_FILENO, isColourRefused: isColourRefused)
  }

  private init(descriptor: Int32, isColourRefused: Bool) {
    let isTerminal = isatty(descriptor) == 1
    self.init(isTerminal: isTerminal, isColoured: isTerminal && !isColourRefused) { line in
      // Nobody is left to be told when a standard stream is closed; the log file has the line.
      _ = Descriptor.write(line + "\n", to: descriptor)
    }
  }

  /// Writes one line; `line` has no newline.
  package func write(_ line: String) { send(line) }

  /// The text in a colour, where colour may be used.
  package func coloured(_ text: String, _ colour: Colour?) -> String {
    guard isColoured, let colour else { return text }
    return "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m"
  }

  /// Colours by their SGR code.
  package enum Colour: Int, Sendable {
    case red = 31
    case green = 32
    case yellow = 33
  }
}

import Foundation
import Operations
import Synchronization

/// The terminal as `top` uses it: another screen, keys without Enter, and everything as it was at the end. Plain ANSI, so that it
/// works wherever a person can log in.
final class TopTerminal: Sendable {
  enum Event: Sendable {
    case tick
    /// The window has another size.
    case resized
    case end
  }

  private let former: Mutex<termios?>
  let events: AsyncStream<Event>
  private let send: AsyncStream<Event>.Continuation

  /// Takes the screen. Give it back by `restore`.
  init() {
    // One of each kind is enough: a slow terminal is never behind.
    (events, send) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(4))
    var attributes = termios()
    let isTerminal = tcgetattr(STDIN_FILENO, &attributes) == 0
    former = Mutex(isTerminal ? attributes : nil)
    if isTerminal {
      attributes.c_lflag &= ~tcflag_t(ICANON | ECHO)
      tcsetattr(STDIN_FILENO, TCSANOW, &attributes)
      listen()
    }
    write("\u{1b}[?1049h\u{1b}[?25l")
  }

  /// Keys: q ends; so does the end of the input.
  private func listen() {
    let send = send
    Thread {
      var byte: UInt8 = 0
      while true {
        let count = read(STDIN_FILENO, &byte, 1)
        if count < 0, errno == EINTR { continue }
        // Ctrl-D comes as a key here.
        if count <= 0 || [UInt8(ascii: "q"), UInt8(ascii: "Q"), 4].contains(byte) {
          send.yield(.end)
          return
        }
      }
    }.start()
  }

  func tick() { send.yield(.tick) }

  /// The signals that concern it. Keep what is returned.
  func heedSignals() -> [any DispatchSourceSignal] {
    Signals.handle([SIGWINCH, SIGINT, SIGTERM, SIGHUP]) { [send] number in
      send.yield(number == SIGWINCH ? .resized : .end)
    }
  }

  /// Columns and rows; 80 and 24 where the terminal does not say.
  static var size: (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Draws over what is there, so that nothing flickers.
  func draw(_ lines: [String]) {
    write("\u{1b}[H" + lines.joined(separator: "\u{1b}[K\r\n") + "\u{1b}[K\u{1b}[J")
  }

  func restore() {
    send.finish()
    write("\u{1b}[?25h\u{1b}[?1049l")
    former.withLock { if var attributes = $0 { tcsetattr(STDIN_FILENO, TCSANOW, &attributes) } }
  }

  private func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
}

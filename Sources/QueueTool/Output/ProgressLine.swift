import Foundation

/// One line on standard error that is written over, only on a terminal, so that long work is seen to move.
struct ProgressLine: Sendable {
  private let isShown = isatty(STDERR_FILENO) == 1

  func show(_ text: String) {
    if isShown { write("\r\u{1b}[2K" + text) }
  }

  /// Takes the line away.
  func clear() {
    if isShown { write("\r\u{1b}[2K") }
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

import Foundation

/// A question to the person at the terminal, on standard error.
enum Question {
  /// Whether there is somebody to answer.
  static var canBeAsked: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

  /// Anything but `y` or `yes` is a no.
  static func isConfirmed(_ question: String) -> Bool {
    FileHandle.standardError.write(Data(question.utf8))
    return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
  }
}

import Glibc

/// What a process was started with.
public enum Launch {
  /// The words behind the program's name.
  ///
  /// Swift's runtime looks for them beside the environment while it is loaded (`CommandLine.cpp`), and finds none once a preloaded
  /// library has set a variable (swiftlang/swift#76080). A program that then took its defaults would do something else than it
  /// was told; so the kernel is asked, and without an answer the process ends.
  public static var arguments: [String] {
    words(known: CommandLine.arguments, kernel: "/proc/self/cmdline")
  }

  /// `known`: with the program's name, empty when the runtime found nothing. `kernel`: a file of words that each end with NUL.
  static func words(known: [String], kernel: String) -> [String] {
    guard known.isEmpty else { return Array(known.dropFirst()) }
    guard let file = fopen(kernel, "rb") else {
      perror("The arguments of this process are not known: \(kernel)")
      exit(1)
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
    let words = bytes.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    // Behind the last NUL there is nothing.
    return Array(words.dropFirst().dropLast())
  }
}

import Foundation

/// Messages to the user, on standard error, apart from the results.
enum Message {
  static func error(_ text: String) { FileHandle.standardError.write(Data("Error: \(text)\n".utf8)) }
  static func warn(_ text: String) { FileHandle.standardError.write(Data("Warning: \(text)\n".utf8)) }
  /// What needs no attention, yet is no result either.
  static func note(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
}

import Logging

/// The words a level of logging may be given by: those of swift-log, and the capitals of the replaced script.
package enum LogLevel {
  /// Every accepted word in small letters.
  static let accepted = Logger.Level.allCases.map(\.rawValue)

  /// The level; capitals make no difference. Nil for any other word.
  static func parse(_ text: String) -> Logger.Level? { Logger.Level(rawValue: text.lowercased()) }
}

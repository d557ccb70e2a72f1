import Database
import Foundation
import Leads
import Timekeeping

/// The forms that texts of the configuration take.
package enum TextForm: Sendable, Equatable {
  /// At least one character, none of them a control character.
  case plain
  /// A path of an URL, beginning with `/`, without query.
  case urlPath
  /// `http://` or `https://`, host, optional port and path; without user, query and fragment.
  case baseURL
  /// `HH:MM`, 00:00–23:59.
  case time
  /// `YYYY-MM-DD`, a day that exists.
  case date
  /// A name of the IANA time zone database.
  case timeZone
  /// A SQLite path, or `postgresql://…` without a password.
  case storeLocation
  /// The name of a PostgreSQL schema that needs no quotes.
  case schemaName
  /// An address of e-mail.
  case emailAddress
  /// Two letters of a state of the United States, whatever their case.
  case state

  package var expectation: String {
    switch self {
    case .plain: "a text that is not empty"
    case .urlPath: "a path that begins with /"
    case .baseURL: "a URL such as http://127.0.0.1:8006, without user, password and query"
    case .time: "a time of day as \"HH:MM\""
    case .date: "a date as \"YYYY-MM-DD\""
    case .timeZone: "a time zone by its IANA name, such as \"America/New_York\""
    case .storeLocation: "the path of a SQLite file, or postgresql://… without a password"
    case .schemaName: "a name of a-z, 0-9 and _ that begins with a letter, up to 63 characters, not with pg_"
    case .emailAddress: "an e-mail address"
    case .state: "the two letters of a US state"
    }
  }

  package func accepts(_ text: String) -> Bool {
    guard !text.isEmpty, text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
      return false
    }
    return switch self {
    case .plain: text.contains { !$0.isWhitespace }
    case .urlPath: text.hasPrefix("/") && !text.contains { " ?#".contains($0) }
    case .baseURL: TextForm.isBaseURL(text)
    case .time: Configuration.TimeOfDay(text) != nil
    case .date: CivilDay(text) != nil
    case .timeZone: TextForm.isTimeZone(text)
    case .storeLocation: StoreLocation(text) != nil && !DatabaseAddress.holdsPassword(text)
    case .schemaName: ServerAddress.isSchemaName(text)
    case .emailAddress: TextForm.isEmailAddress(text)
    case .state: text.utf8.count == 2 && USState.code(of: text) != nil
    }
  }

  /// A base URL to which paths that begin with `/` can be appended.
  static func withoutTrailingSlashes(_ url: String) -> String {
    var url = url
    while url.hasSuffix("/") { url.removeLast() }
    return url
  }

  /// The canonical names, for suggestions.
  static var knownTimeZones: [String] { TimeZone.knownTimeZoneIdentifiers }

  private static func isBaseURL(_ text: String) -> Bool {
    guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return false }
    let rest = text.dropFirst(scheme.count)
    if rest.contains(where: { "@?# \\".contains($0) }) { return false }
    let authority = rest.prefix { $0 != "/" }
    // In "[::1]:8006" the last colon outside the brackets parts host and port.
    let afterBrackets = authority.lastIndex(of: "]") ?? authority.startIndex
    guard let colon = authority[afterBrackets...].lastIndex(of: ":") else { return !authority.isEmpty }
    guard let port = Int(authority[authority.index(after: colon)...]) else { return false }
    return colon > authority.startIndex && (1...65_535).contains(port)
  }

  /// Foundation also takes offsets such as "GMT+5", which know no daylight saving; those are refused.
  private static func isTimeZone(_ text: String) -> Bool {
    guard text == "UTC" || !(text.hasPrefix("GMT") && text.count > 3), let zone = TimeZone(identifier: text) else {
      return false
    }
    return zone.identifier == text || text == "UTC"
  }

  private static func isEmailAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && !parts[0].isEmpty && parts[1].contains(".") && !parts[1].hasPrefix(".")
      && !parts[1].hasSuffix(".") && !text.contains { $0.isWhitespace || ",;<>\"".contains($0) }
  }
}

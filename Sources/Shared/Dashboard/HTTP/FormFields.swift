import Foundation

/// The fields of a query or of a form (`application/x-www-form-urlencoded`). Of a name that comes twice the first counts; what
/// is no UTF-8 is left out.
struct FormFields: Sendable, Equatable {
  private var values: [String: String] = [:]

  init(_ text: some StringProtocol) {
    for pair in text.split(separator: "&").prefix(64) {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decoded(parts[0]), values[name] == nil else { continue }
      values[name] = parts.count > 1 ? Self.decoded(parts[1]) : ""
    }
  }

  /// Without blanks around it; nil when it is missing or empty.
  subscript(_ name: String) -> String? {
    guard let value = values[name]?.trimmingCharacters(in: .whitespacesAndNewlines), !value.isEmpty else { return nil }
    return value
  }

  private static func decoded(_ text: some StringProtocol) -> String? {
    text.replacingOccurrences(of: "+", with: " ").removingPercentEncoding
  }

  /// A query of these pairs, those without a value left out.
  static func query(_ pairs: [(name: String, value: String?)]) -> String {
    var allowed = CharacterSet.alphanumerics
    allowed.insert(charactersIn: "-._~")
    return pairs.compactMap { name, value in
      value.flatMap { $0.addingPercentEncoding(withAllowedCharacters: allowed) }.map { "\(name)=\($0)" }
    }.joined(separator: "&")
  }
}

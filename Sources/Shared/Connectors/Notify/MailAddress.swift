import Foundation

/// An address of mail, with the name that goes with it. Nothing in it can end a header or a command.
package struct MailAddress: Sendable, Equatable {
  /// `user@host`, printable ASCII.
  package let address: String
  /// Nil: none.
  package let name: String?

  /// `user@host` or `Name <user@host>`; nil for anything else, and for control characters anywhere.
  package init?(_ text: String) {
    guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else { return nil }
    let trimmed = text.trimmingCharacters(in: .whitespaces)
    if trimmed.hasSuffix(">") {
      guard let open = trimmed.lastIndex(of: "<") else { return nil }
      address = String(trimmed[trimmed.index(after: open)...].dropLast())
      let name = trimmed[..<open].trimmingCharacters(in: .whitespaces.union(CharacterSet(charactersIn: "\"")))
      self.name = name.isEmpty ? nil : name
    } else {
      (address, name) = (trimmed, nil)
    }
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
      address.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !Self.forbidden.contains($0) })
    else { return nil }
  }

  private static let forbidden = Set("<>()[]\\,;:\"".utf8)

  /// The part behind the `@`.
  var host: Substring { address.split(separator: "@")[1] }

  /// As a header has it, the address on a line of its own.
  var header: String { name.map { "\(EncodedWord.text($0, isPhrase: true))\r\n <\(address)>" } ?? address }
}

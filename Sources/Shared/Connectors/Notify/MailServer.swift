import Foundation

/// A mail server, and how to reach it.
package struct MailServer: Sendable {
  /// `smtp://` or `smtps://` with host, and a port if there is one.
  let url: String
  /// Whether everything must be encrypted before the login and the message: everywhere but on this machine.
  var requiresTLS: Bool
  /// Name and password; nil: it wants none.
  var login: (username: String, password: String)?
  /// Certificates in PEM to trust in place of the machine's own; nil: those.
  var certificates: String?
  /// Name lookup, TCP and TLS.
  var connectTimeout = Duration.seconds(10)
  /// From start to end.
  var totalTimeout = Duration.seconds(30)

  /// Nil when `url` is not `smtp://HOST[:PORT]` or `smtps://HOST[:PORT]`, without user and password.
  package init?(url text: String, login: (username: String, password: String)? = nil, certificates: String? = nil) {
    guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
      ["smtp", "smtps"].contains(scheme), let host = parts.encodedHost?.lowercased(), !host.isEmpty,
      parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil, parts.path.count <= 1,
      parts.port.map({ (1...65_535).contains($0) }) ?? true
    else { return nil }
    url = "\(scheme)://\(host)" + (parts.port.map { ":\($0)" } ?? "")
    requiresTLS = !Loopback.isHost(host)
    self.login = login
    self.certificates = certificates
  }
}

/// What never leaves this machine.
enum Loopback {
  static func isHost(_ host: String) -> Bool {
    let name = host.lowercased()
    return name == "localhost" || name == "[::1]" || name == "::1"
      || name.hasPrefix("127.") && name.split(separator: ".").count == 4 && name.allSatisfy { $0.isNumber || $0 == "." }
  }
}

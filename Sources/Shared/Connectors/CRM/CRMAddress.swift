import Foundation

/// A CRM's base URL, checked: `http` or `https`, a host, no user and no password, no query.
package struct CRMAddress: Sendable, Equatable, CustomStringConvertible {
  /// Scheme, host, port and path, without a slash at the end; scheme and host in lower case, the scheme's own port left
  /// out. Two spellings of one address are equal.
  package let text: String
  let isSecure: Bool

  /// Nil for anything else than described above.
  package init?(_ text: String) {
    guard let parts = URLComponents(string: text.trimmingCharacters(in: .whitespaces)) else { return nil }
    guard let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme) else { return nil }
    guard let host = parts.encodedHost?.lowercased(), !host.isEmpty else { return nil }
    guard parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil else { return nil }
    isSecure = scheme == "https"
    var address = "\(scheme)://\(host)"
    if let port = parts.port {
      guard (1...65535).contains(port) else { return nil }
      if port != (isSecure ? 443 : 80) { address += ":\(port)" }
    }
    var path = parts.percentEncodedPath
    while path.hasSuffix("/") { path.removeLast() }
    self.text = address + path
  }

  /// The address of `path`, which begins with a slash.
  func url(_ path: String, query: String = "") -> String {
    text + path + (query.isEmpty ? "" : "?" + query)
  }

  package var description: String { text }
}

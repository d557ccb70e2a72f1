/// What may be shown of a PostgreSQL connection string, and whether one carries a password.
package enum DatabaseAddress {
  /// Host, port and database only, of a URL (`postgresql://…`) or of keywords (`host=… dbname=…`); `•••` when neither can
  /// be made out.
  package static func redacted(_ address: Secret) -> String {
    let text = address.revealed
    if let url = urlParts(text) {
      let query = url.query.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
      let queried = Dictionary(
        query.filter { $0.count == 2 }.map { ($0[0], $0[1]) }, uniquingKeysWith: { _, last in last })
      // A `@` left in the host means that the password holds a `/`: what follows cannot be trusted to be a host.
      if url.host.contains("@") || url.path.contains("@") { return "postgresql://•••" }
      let host = url.host.isEmpty ? shown(host: queried["host"], port: queried["port"]) : url.host
      return "postgresql://\(host)/\(queried["dbname"] ?? url.path)"
    }
    let keywords = keywordParts(text)
    guard keywords["host"] != nil || keywords["dbname"] != nil else { return "•••" }
    return "postgresql://\(shown(host: keywords["host"], port: keywords["port"]))/\(keywords["dbname"] ?? "")"
  }

  /// Whether the text holds a password: `scheme://user:password@…`, `?password=…`, or `password=…` among keywords. Also
  /// true for `--option=` in front of it.
  package static func holdsPassword(_ text: String) -> Bool {
    if let scheme = text.firstRange(of: "://") {
      let rest = text[scheme.upperBound...]
      let authority = rest.prefix { !"/?# \t".contains($0) }
      // An unescaped '/' in a password cuts the authority short; for a database the last '@' ends it all the same.
      let user = rest[..<(authority.lastIndex(of: "@") ?? authority.startIndex)]
      let isDatabase = ["postgresql", "postgres"].contains { text[..<scheme.lowerBound].hasSuffix($0) }
      let suspect = user.isEmpty && isDatabase ? rest[..<(rest.lastIndex(of: "@") ?? rest.startIndex)] : user
      if let colon = suspect.firstIndex(of: ":"), suspect.index(after: colon) < suspect.endIndex { return true }
    }
    return ["password", "passwd", "sslpassword"].contains { name in holdsAssignment(of: name, in: text) }
  }

  private static func holdsAssignment(of name: String, in text: String) -> Bool {
    // libpq allows blanks around '='.
    let compact = text.lowercased().filter { $0 != " " && $0 != "\t" }
    guard let range = compact.firstRange(of: name + "=") else { return false }
    return range.upperBound < compact.endIndex
  }

  private static func shown(host: String?, port: String?) -> String {
    (host ?? "local") + (port.map { ":" + $0 } ?? "")
  }

  private static func urlParts(_ text: String) -> (host: String, path: String, query: String)? {
    guard let scheme = text.firstRange(of: "://") else { return nil }
    var rest = text[scheme.upperBound...]
    var query = ""
    if let mark = rest.firstIndex(of: "?") {
      query = String(rest[rest.index(after: mark)...])
      rest = rest[..<mark]
    }
    let slash = rest.firstIndex(of: "/")
    var host = rest[..<(slash ?? rest.endIndex)]
    let path = slash.map { String(rest[rest.index(after: $0)...]) } ?? ""
    if let at = host.lastIndex(of: "@") { host = host[host.index(after: at)...] }
    return (String(host), path, query)
  }

  /// `key = value` pairs; a value may stand in single quotes, with `\` before `'` and `\`.
  private static func keywordParts(_ text: String) -> [String: String] {
    var parts: [String: String] = [:]
    var rest = Substring(text)
    while let equals = rest.firstIndex(of: "=") {
      let key = rest[..<equals].trimmingBlanks()
      rest = rest[rest.index(after: equals)...].drop { $0 == " " }
      var value = ""
      if rest.first == "'" {
        rest = rest.dropFirst()
        while let character = rest.popFirst(), character != "'" {
          value.append(character == "\\" ? rest.popFirst() ?? "\\" : character)
        }
      } else {
        while let character = rest.first, character != " " {
          value.append(character)
          rest = rest.dropFirst()
        }
      }
      parts[key] = value
      rest = rest.drop { $0 == " " }
    }
    return parts
  }
}

extension Substring {
  fileprivate func trimmingBlanks() -> String {
    var text = self.drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

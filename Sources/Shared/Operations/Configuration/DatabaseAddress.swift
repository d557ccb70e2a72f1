/// What may be shown of a PostgreSQL connection string, and whether one carries a password.
///
/// Texts are read scalar by scalar, as libpq reads bytes: a mark and an accent behind it are one `Character`, and the mark
/// would go unnoticed.
package enum DatabaseAddress {
  private typealias Scalars = Substring.UnicodeScalarView

  /// Host, port and database only, of a URL (`postgresql://…`) or of keywords (`host=… dbname=…`); `•••` for what cannot be
  /// made out, or cannot be a host, a port or a database: it may be a piece of a password.
  package static func redacted(_ address: Secret) -> String {
    let text = address.revealed
    if let url = urlParts(text) {
      // A `@` left over means that the password holds a `/` or `?`: what follows cannot be trusted to be a host.
      if [url.host, url.path, url.query].contains(where: { $0.contains("@") }) { return "postgresql://•••" }
      let query = parameters(url.query)
      let host = url.host.isEmpty ? authority(query) : url.host
      return shown(host, database: query["dbname"] ?? String(url.path))
    }
    let keywords = keywordParts(text)
    guard keywords["host"] != nil || keywords["dbname"] != nil else { return "•••" }
    return shown(authority(keywords), database: keywords["dbname"] ?? "")
  }

  /// Whether the text holds a password: `scheme://user:password@…`, `?password=…`, or `password=…` among keywords. Also
  /// true for `--option=` in front of it.
  package static func holdsPassword(_ text: String) -> Bool {
    if let (scheme, rest) = parted(text) {
      let isDatabase = ["postgresql", "postgres"].contains { ends(scheme, with: $0) }
      // An unescaped '/' or '@' in a password cuts the authority short; for a database the last '@' ends it all the same.
      let authority = isDatabase ? rest : rest.prefix { !"/?#".unicodeScalars.contains($0) && !isBlank($0) }
      let user = authority[..<(authority.lastIndex(of: "@") ?? authority.startIndex)]
      if let colon = user.firstIndex(of: ":"), user.index(after: colon) < user.endIndex { return true }
    }
    return ["password", "passwd", "sslpassword"].contains { holdsAssignment(of: $0, in: text) }
  }

  private static func holdsAssignment(of name: String, in text: String) -> Bool {
    // libpq allows blanks around '='.
    let compact = text.unicodeScalars.filter { !isBlank($0) }.flatMap { $0.properties.lowercaseMapping.utf8 }
    guard let range = compact.firstRange(of: Array((name + "=").utf8)) else { return false }
    return range.upperBound < compact.endIndex
  }

  // MARK: Showing

  private static func shown(_ host: String, database: String) -> String {
    guard isAuthority(host), database.unicodeScalars.allSatisfy({ isName($0) }) else { return "postgresql://•••" }
    return "postgresql://\(host)/\(database)"
  }

  private static func authority(_ parts: [String: String]) -> String {
    (parts["host"] ?? "local") + (parts["port"].map { ":" + $0 } ?? "")
  }

  /// Hosts with ports, parted by commas: names, numbers, `[::1]`, folders.
  private static func isAuthority(_ text: String) -> Bool {
    text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { part in
      var host = part.unicodeScalars
      if let colon = host.lastIndex(of: ":"), !ends(host, with: "]") {
        guard host[host.index(after: colon)...].allSatisfy({ ("0"..."9").contains($0) }) else { return false }
        host = host[..<colon]
      }
      let isBracketed = host.first == "[" && host.last == "]"
      return host.allSatisfy { isName($0) || $0 == "/" || (isBracketed && ":[]".unicodeScalars.contains($0)) }
    }
  }

  /// Nothing that parts one thing from another in a connection string.
  private static func isName(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "-_.%~".unicodeScalars.contains(scalar)
  }

  // MARK: Reading

  private static func parted(_ text: String) -> (scheme: Scalars, rest: Scalars)? {
    let scalars = text[...].unicodeScalars
    guard let mark = scalars.firstRange(of: "://".unicodeScalars) else { return nil }
    return (scalars[..<mark.lowerBound], scalars[mark.upperBound...])
  }

  private static func urlParts(_ text: String) -> (host: String, path: String, query: String)? {
    // By libpq's rule; elsewhere, `://` may stand in a password.
    guard let (scheme, whole) = parted(text), ["postgresql", "postgres"].contains(String(scheme)) else { return nil }
    var rest = whole
    var query = Scalars()
    if let mark = rest.firstIndex(of: "?") {
      query = rest[rest.index(after: mark)...]
      rest = rest[..<mark]
    }
    let slash = rest.firstIndex(of: "/")
    var host = rest[..<(slash ?? rest.endIndex)]
    let path = slash.map { rest[rest.index(after: $0)...] } ?? Scalars()
    if let at = host.lastIndex(of: "@") { host = host[host.index(after: at)...] }
    return (String(host), String(path), String(query))
  }

  private static func parameters(_ query: String) -> [String: String] {
    let pairs = query.unicodeScalars.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1) }
    return Dictionary(
      pairs.filter { $0.count == 2 }.map { (String($0[0]), String($0[1])) }, uniquingKeysWith: { _, last in last })
  }

  /// `key = value` pairs; a value may stand in single quotes, with `\` before `'` and `\`.
  private static func keywordParts(_ text: String) -> [String: String] {
    var parts: [String: String] = [:]
    var rest = text[...].unicodeScalars
    while let equals = rest.firstIndex(of: "=") {
      let key = String(String.UnicodeScalarView(rest[..<equals].filter { !isBlank($0) }))
      rest = rest[rest.index(after: equals)...].drop(while: isBlank)
      var value = String.UnicodeScalarView()
      let isQuoted = rest.first == "'"
      if isQuoted { rest = rest.dropFirst() }
      while let scalar = rest.popFirst(), isQuoted ? scalar != "'" : !isBlank(scalar) {
        value.append(scalar == "\\" ? rest.popFirst() ?? scalar : scalar)
      }
      parts[key] = String(value)
      rest = rest.drop(while: isBlank)
    }
    return parts
  }

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    scalar == " " || (0x09...0x0D).contains(scalar.value)
  }

  private static func ends(_ scalars: Scalars, with end: String) -> Bool {
    scalars.reversed().starts(with: end.unicodeScalars.reversed())
  }
}

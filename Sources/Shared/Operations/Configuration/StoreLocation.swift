package import Database

/// Where the store is: one SQLite file, or a PostgreSQL database. Prints without user and password.
package enum StoreLocation: Sendable, Equatable, CustomStringConvertible {
  /// A path; relative ones count from the working directory.
  case sqlite(path: String)
  /// A `postgresql://` URL, whole; a secret because it may hold a password.
  case postgresql(url: Secret)

  /// A path, or a URL that begins with `postgresql://` or `postgres://`. Nil for an empty text, another scheme, or control
  /// characters.
  package init?(_ text: String) {
    guard !text.isEmpty, text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f }) else { return nil }
    if text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") {
      self = .postgresql(url: Secret(text))
    } else if text.contains("://") {
      return nil
    } else {
      self = .sqlite(path: text)
    }
  }

  /// The folder of the copies of uploaded leads: beside the file of the store (`data/lead-queue.uploaded`), or, for a store on a
  /// server, in the working directory.
  package var uploadCopies: String {
    switch self {
    case .sqlite(let path): (path.hasSuffix(".db") ? String(path.dropLast(3)) : path) + ".uploaded"
    case .postgresql: "lead-queue.uploaded"
    }
  }

  /// The store there. `schema` and `isNotifying` concern PostgreSQL only.
  package func address(schema: String, isNotifying: Bool) -> StoreAddress {
    switch self {
    case .sqlite(let path): .file(path)
    case .postgresql(let url):
      .server(
        ServerAddress(url: url.revealed, shownURL: description, schema: schema, isNotifying: isNotifying))
    }
  }

  package var description: String {
    switch self {
    case .sqlite(let path): path
    case .postgresql(let url): DatabaseAddress.redacted(url)
    }
  }
}

/// Where a store is.
public enum StoreAddress: Sendable, Equatable {
  /// A SQLite file; relative paths count from the working directory.
  case file(String)
  /// A database on a PostgreSQL server.
  case server(ServerAddress)

  /// What the store is called in messages: a path, or a server without user and password.
  public var name: String {
    switch self {
    case .file(let path): path
    case .server(let address): address.name
    }
  }

  /// What its engine wants said differently.
  public var dialect: Dialect {
    switch self {
    case .file: .sqlite
    case .server: .postgresql
    }
  }
}

/// A store on a PostgreSQL server: a schema of its own in a database that others may use too.
public struct ServerAddress: Sendable, Equatable {
  /// The schema where none is named.
  public static let schemaDefault = "lead_queue"

  /// libpq's connection URL, with all of its parameters. It may hold a password and is never shown.
  public var url: String
  /// What may be shown of it.
  public var shownURL: String
  /// Created when it is missing. See `isSchemaName`.
  public var schema: String
  /// Whether commits are announced (LISTEN and NOTIFY). Off where a pooler such as PgBouncer hands each transaction to another
  /// session: nothing is kept in sessions then, and programs look for work by themselves.
  public var isNotifying: Bool

  /// See the properties. Requires a name that `isSchemaName` accepts.
  public init(url: String, shownURL: String, schema: String = schemaDefault, isNotifying: Bool = true) {
    precondition(Self.isSchemaName(schema), "a schema's name is made of a-z, 0-9 and _")
    self.url = url
    self.shownURL = shownURL
    self.schema = schema
    self.isNotifying = isNotifying
  }

  /// Whether the text is fit for a schema: a–z, 0–9 and `_`, beginning with a letter, up to 63 bytes, not PostgreSQL's own.
  public static func isSchemaName(_ text: String) -> Bool {
    guard let first = text.utf8.first, text.utf8.count <= 63, !text.hasPrefix("pg_") else { return false }
    let isLetter = { (byte: UInt8) in (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    return isLetter(first) && text.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
  }

  var name: String { schema == Self.schemaDefault ? shownURL : "\(shownURL) (schema \(schema))" }
}

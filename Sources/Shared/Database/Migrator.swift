import CCrypto
public import Timekeeping

/// One step of the schema's history.
public struct SchemaStep: Sendable {
  /// Its place in the history, > 0.
  public let version: Int
  /// What it is about, for people.
  public let name: String
  /// Its statements. Once released they never change: a store keeps their SHA-256.
  public let sql: String
  /// Whether this program needs it. One that it does not need is not applied, but a store that went through it, by the hand
  /// of another program, is known and not refused.
  public let isNeeded: Bool

  /// See the properties.
  public init(version: Int, name: String, sql: String, isNeeded: Bool = true) {
    self.version = version
    self.name = name
    self.sql = sql
    self.isNeeded = isNeeded
  }
}

/// Brings a store's schema up to date, inside one exclusive transaction of the caller.
///
/// Each applied step is recorded with the SHA-256 of its text; a store that went through another text, or through a step that
/// this program does not know, is refused unchanged. Steps that other programs left out are made up for, in order of version.
public struct Migrator: Sendable {
  private let steps: [SchemaStep]

  /// `steps` in ascending order of version.
  public init(steps: [SchemaStep]) {
    self.steps = steps
  }

  /// Returns the versions that were applied, empty when the schema was current.
  /// Throws `newerSchema`, `alteredMigration`, or what a step's statements throw.
  @discardableResult
  public func migrate(_ connection: any Connection, path: String, now: Timestamp) throws -> [Int] {
    try connection.run(
      """
      CREATE TABLE IF NOT EXISTS migration (
        version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)
      """)
    let recorded = try connection.query("SELECT version, checksum FROM migration ORDER BY version") {
      (version: $0.int(0), checksum: $0.text(1))
    }
    let known = Dictionary(uniqueKeysWithValues: steps.map { ($0.version, SHA256.hexadecimal(of: $0.sql)) })
    for (version, checksum) in recorded {
      guard let expected = known[version] else {
        throw DatabaseError.newerSchema(path, found: version, known: steps.last?.version ?? 0)
      }
      guard expected == checksum else { throw DatabaseError.alteredMigration(path, version: version) }
    }
    let done = Set(recorded.map(\.version))
    let missing = steps.filter { $0.isNeeded && !done.contains($0.version) }
    for step in missing {
      try connection.execute(step.sql)
      try connection.run(
        "INSERT INTO migration (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
        [
          .int(step.version), .text(step.name), .text(SHA256.hexadecimal(of: step.sql)), .time(now),
        ])
    }
    return missing.map(\.version)
  }
}

/// SHA-256 (FIPS 180-4) by OpenSSL's libcrypto.
public enum SHA256 {
  /// The 32 bytes of the digest.
  public static func digest(of bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    precondition(lq_sha256(bytes, bytes.count, &digest) == 1, "libcrypto has no SHA-256: its installation is broken")
    return digest
  }

  /// 64 lower-case hexadecimal digits of the digest of the text's UTF-8.
  public static func hexadecimal(of text: String) -> String {
    hexadecimal(digest(of: Array(text.utf8)))
  }

  /// Two lower-case hexadecimal digits for each byte.
  public static func hexadecimal(_ bytes: [UInt8]) -> String {
    String(PostgresBytes.encode(bytes).dropFirst(2))
  }
}

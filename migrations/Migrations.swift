/// The schema's history, compiled into the programs. Released migrations never change: their checksums are recorded in
/// every store.
public struct Migration: Sendable {
  /// 1, 2, 3 …, the number in the file's name.
  public let version: Int
  public let name: String
  public let sql: String

  /// In ascending order of version, without gaps.
  public static let sqlite: [Migration] = [
    Migration(version: 1, name: "queue", sql: text(PackageResources._001_queue_sqlite_sql)),
    Migration(version: 2, name: "leads", sql: text(PackageResources._002_leads_sqlite_sql)),
    Migration(version: 3, name: "queue_strength", sql: text(PackageResources._003_queue_strength_sqlite_sql)),
    Migration(version: 4, name: "permanent_uploads", sql: text(PackageResources._004_permanent_uploads_sqlite_sql)),
  ]

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// The schema's history, compiled into the programs. Released migrations never change: their checksums are recorded in
/// every store.
public struct Migration: Sendable {
  /// 1, 2, 3 …, the number in the file's name.
  public let version: Int
  /// As in the file's name.
  public let name: String
  public let part: Part
  /// The file's text.
  public let sql: String

  /// What a migration belongs to. A store may hold the queue without the leads, never the other way round: a migration of
  /// the queue must not mention a table of the leads, and one of the leads must not mind which later ones of the queue came
  /// before it.
  public enum Part: Sendable {
    /// The job queue, which programs without leads use too.
    case queue
    /// Catalog, plans, batches and books.
    case leads
  }

  /// In ascending order of version.
  public static let sqlite: [Migration] = [
    Migration(version: 1, name: "queue", part: .queue, sql: text(PackageResources._001_queue_sqlite_sql)),
    Migration(version: 2, name: "leads", part: .leads, sql: text(PackageResources._002_leads_sqlite_sql)),
    Migration(
      version: 3, name: "queue_strength", part: .queue, sql: text(PackageResources._003_queue_strength_sqlite_sql)),
    Migration(
      version: 4, name: "permanent_uploads", part: .leads,
      sql: text(PackageResources._004_permanent_uploads_sqlite_sql)),
    Migration(version: 5, name: "doubt", part: .leads, sql: text(PackageResources._005_doubt_sqlite_sql)),
    Migration(version: 6, name: "audit", part: .leads, sql: text(PackageResources._006_audit_sqlite_sql)),
    Migration(version: 7, name: "quota", part: .leads, sql: text(PackageResources._007_quota_sqlite_sql)),
    Migration(version: 8, name: "restore", part: .leads, sql: text(PackageResources._008_restore_sqlite_sql)),
    Migration(version: 9, name: "settled", part: .leads, sql: text(PackageResources._009_settled_sqlite_sql)),
    Migration(version: 10, name: "cells", part: .leads, sql: text(PackageResources._010_cells_sqlite_sql)),
    Migration(
      version: 11, name: "applied_plan", part: .leads, sql: text(PackageResources._011_applied_plan_sqlite_sql)),
    Migration(version: 12, name: "forecast", part: .leads, sql: text(PackageResources._012_forecast_sqlite_sql)),
    Migration(version: 13, name: "alerts", part: .leads, sql: text(PackageResources._013_alerts_sqlite_sql)),
  ]

  /// PostgreSQL came later, so its history begins with the whole schema as SQLite had it then: a migration here leaves what the
  /// one of the same number, and those before it, leave on SQLite. From here on migrations come in pairs. In ascending order.
  public static let postgresql: [Migration] = [
    Migration(version: 3, name: "queue", part: .queue, sql: text(PackageResources._003_queue_postgresql_sql)),
    Migration(version: 8, name: "leads", part: .leads, sql: text(PackageResources._008_leads_postgresql_sql)),
    Migration(version: 9, name: "settled", part: .leads, sql: text(PackageResources._009_settled_postgresql_sql)),
    Migration(version: 10, name: "cells", part: .leads, sql: text(PackageResources._010_cells_postgresql_sql)),
    Migration(
      version: 11, name: "applied_plan", part: .leads, sql: text(PackageResources._011_applied_plan_postgresql_sql)),
    Migration(version: 12, name: "forecast", part: .leads, sql: text(PackageResources._012_forecast_postgresql_sql)),
    Migration(version: 13, name: "alerts", part: .leads, sql: text(PackageResources._013_alerts_postgresql_sql)),
  ]

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

package import Database
package import Timekeeping

/// A step of the schema's history that the store went through.
package struct AppliedMigration: Sendable, Equatable {
  package var version: Int
  package var name: String
  package var appliedAt: Timestamp
}

/// What the migrator recorded: `migration`. It alone writes it.
package enum MigrationTable {
  /// In order; bounded by the number of migrations there are.
  package static func list(in transaction: Transaction) throws -> [AppliedMigration] {
    try transaction.query("SELECT version, name, applied_at FROM migration ORDER BY version") {
      AppliedMigration(version: $0.int(0), name: $0.text(1), appliedAt: $0.time(2))
    }
  }
}

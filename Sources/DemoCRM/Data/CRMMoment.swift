import Database

/// A moment in the two spellings the CRM mixes: `created_at` and `updated_at` in the session's zone, the others in UTC.
struct CRMMoment: Sendable {
  let local: SQLValue
  let utc: SQLValue

  /// `secondsAgo` before now; now is one moment throughout a PostgreSQL transaction, as in the real CRM.
  static func read(_ connection: any Connection, secondsAgo: Int = 0) throws -> CRMMoment {
    let sql =
      switch connection.dialect {
      case .sqlite:
        """
        SELECT strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || $1 || ' seconds'),
          strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || $1 || ' seconds')
        """
      case .postgresql:
        """
        SELECT CAST(LOCALTIMESTAMP - CAST($1 AS bigint) * interval '1 second' AS text),
          CAST(timezone('UTC', now()) - CAST($1 AS bigint) * interval '1 second' AS text)
        """
      }
    let moment = try connection.first(sql, [.int(secondsAgo)]) {
      CRMMoment(local: .text($0.text(0)), utc: .text($0.text(1)))
    }
    guard let moment else { throw DatabaseError.failed(code: "no row", message: "the clock gave no answer") }
    return moment
  }
}

package import Database
package import Timekeeping

/// Reading for people: `audit list` and `audit export`.
extension AuditTable {
  /// Which entries; nil: any.
  package struct Filter: Sendable, Equatable {
    package var action: AuditAction?
    package var actor: String?
    package var subject: String?
    /// That moment or later.
    package var since: Timestamp?
    /// Before that moment.
    package var until: Timestamp?

    package init(
      action: AuditAction? = nil, actor: String? = nil, subject: String? = nil, since: Timestamp? = nil,
      until: Timestamp? = nil
    ) {
      self.action = action
      self.actor = actor
      self.subject = subject
      self.since = since
      self.until = until
    }
  }

  /// The newest `limit` entries that the filter means, oldest first. Walks back from the end; for people, not for loops.
  package static func latest(_ filter: Filter, limit: Int, in transaction: Transaction) throws -> [AuditEntry] {
    try transaction.query(
      "SELECT \(columns) FROM audit WHERE \(matches) ORDER BY id DESC LIMIT $6", filter.binds + [.int(limit)], decode
    ).reversed()
  }

  /// Up to `limit` entries after `id` that the filter means, oldest first.
  package static func entries(
    _ filter: Filter, after id: Int64, limit: Int, in transaction: Transaction
  ) throws -> [AuditEntry] {
    try transaction.query(
      "SELECT \(columns) FROM audit WHERE id > $6 AND \(matches) ORDER BY id LIMIT $7",
      filter.binds + [.integer(id), .int(limit)], decode)
  }

  /// As `latest`, among the entries after `start` and before `end`, newest first.
  static func latest(
    _ filter: Filter, between start: Int64, _ end: Int64, limit: Int, in transaction: Transaction
  ) throws -> [AuditEntry] {
    try transaction.query(
      "SELECT \(columns) FROM audit WHERE id > $6 AND id < $7 AND \(matches) ORDER BY id DESC LIMIT $8",
      filter.binds + [.integer(start), .integer(end), .int(limit)], decode)
  }

  private static let matches = """
    (CAST($1 AS text) IS NULL OR action = $1) AND (CAST($2 AS text) IS NULL OR actor = $2)
    AND (CAST($3 AS text) IS NULL OR subject = $3)
    AND (CAST($4 AS bigint) IS NULL OR at >= $4) AND (CAST($5 AS bigint) IS NULL OR at < $5)
    """
}

extension AuditTable.Filter {
  fileprivate var binds: [SQLValue] {
    [
      .optional(action?.rawValue), .optional(actor), .optional(subject), .optional(since?.milliseconds),
      .optional(until?.milliseconds),
    ]
  }
}

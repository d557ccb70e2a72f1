package import Alerts
package import Database
package import Timekeeping

/// Messages to people as they are sent, each by a `notify` job for every channel: `bulletin`. A message never changes, so that
/// one that goes out twice is the same twice.
package enum BulletinTable {
  /// Keeps a message of alerts or a digest. Returns its id.
  package static func add(_ bulletin: Bulletin, now: Timestamp, in transaction: Transaction) throws -> Int64 {
    let id = try transaction.first(
      "INSERT INTO bulletin (made_at, kind, title, body) VALUES ($1, $2, $3, $4) RETURNING id",
      [
        .time(now), .text(bulletin.kind.rawValue), .text(bulletin.title), .text(bulletin.lines.joined(separator: "\n")),
      ]
    ) { $0.int64(0) }
    guard let id else { preconditionFailure("INSERT … RETURNING gave no row") }
    return id
  }

  /// The message, and when it was made; nil when it was let go.
  package static func find(
    _ id: Int64, in transaction: Transaction
  ) throws -> (bulletin: Bulletin, madeAt: Timestamp)? {
    try transaction.first("SELECT kind, title, body, made_at FROM bulletin WHERE id = $1", [.integer(id)]) { row in
      let lines = row.text(2).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      return (Bulletin(kind: try row.value(0, as: Bulletin.Kind.self), title: row.text(1), lines: lines), row.time(3))
    }
  }

  /// A channel has taken it.
  package static func noteSent(_ id: Int64, now: Timestamp, in transaction: Transaction) throws {
    try transaction.run(
      "UPDATE bulletin SET sent_at = COALESCE(sent_at, $2) WHERE id = $1", [.integer(id), .time(now)])
  }
}

package import Database

/// Tells cheaply whether anything that a screen shows has changed.
package enum ChangeMarkTable {
  /// A text that is another one after each cycle, reading, plan, audited action, transition of a job, line of the ledger, pause,
  /// reading of a source, and sign-on or sign-off of a worker. The ends of a few indexes; costs the same for every store.
  package static func mark(in transaction: Transaction) throws -> String {
    try transaction.first(
      """
      SELECT (SELECT max(id) FROM job_event), (SELECT entry_id FROM audit_head WHERE id = 1),
        (SELECT max(id) FROM stock_snapshot), (SELECT max(id) FROM cycle), (SELECT max(id) FROM plan),
        (SELECT max(id) FROM ledger), (SELECT count(*) FROM pause), (SELECT max(read_at) FROM source),
        (SELECT count(*) FROM worker), (SELECT count(*) FROM worker WHERE ended_at IS NULL)
      """
    ) { row in
      (0..<10).map { row.optionalInt64($0).map(String.init) ?? "" }.joined(separator: ".")
    } ?? ""
  }
}

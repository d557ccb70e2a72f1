package import Database

extension BatchTable {
  /// Leads without a final state, over all open batches: how many are pending, and how many in doubt.
  package static func openStates(in transaction: Transaction) throws -> (pending: Int, unresolved: Int) {
    var counts: [BatchLeadState: Int] = [:]
    try transaction.forEachRow(
      """
      SELECT batch_lead.state, count(*) FROM batch JOIN batch_lead ON batch_lead.batch_id = batch.id
      WHERE batch.settled_at IS NULL AND batch_lead.state IN ('pending', 'unresolved') GROUP BY batch_lead.state
      """
    ) { counts[try $0.value(0, as: BatchLeadState.self)] = $0.int(1) }
    return (counts[.pending] ?? 0, counts[.unresolved] ?? 0)
  }
}

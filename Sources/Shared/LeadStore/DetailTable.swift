package import Database
import JobQueue
package import Timekeeping

/// Details of finished uploads that nobody needs for ever: the rows as they were sent, and the steps of the jobs that sent them.
///
/// What stays is whatever the promises rest on: the keys of leads with their states, batches, the ledger, the counters and the
/// audit trail. So nothing goes up twice, and `lead-queue verify` proves the same as before.
package enum DetailTable {
  /// Lets go the details of at most `limit` batches that were settled before `end`, oldest first. Returns how many there were;
  /// fewer than `limit`: there are no more.
  package static func prune(settledBefore end: Timestamp, limit: Int, in transaction: Transaction) throws -> Int {
    let batches = try transaction.query(
      """
      SELECT id, job_id FROM batch WHERE settled_at IS NOT NULL AND has_details = 1 AND settled_at < $1
      ORDER BY settled_at, id LIMIT $2
      """, [.time(end), .int(limit)]
    ) { (id: $0.int64(0), job: $0.int64(1)) }
    for batch in batches {
      // A lead that went back to the catalog since stands there with the row that it will be sent with.
      try transaction.run(
        """
        UPDATE lead SET body = '' WHERE state IN ('created', 'duplicate') AND id IN (
          SELECT lead_id FROM batch_lead WHERE batch_id = $1 AND state IN ('created', 'duplicate'))
        """, [.integer(batch.id)])
      try JobTable.forgetSteps(of: batch.job, in: transaction)
      try transaction.run("UPDATE batch SET has_details = 0 WHERE id = $1", [.integer(batch.id)])
    }
    return batches.count
  }
}

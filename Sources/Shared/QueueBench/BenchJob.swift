package import Database
import JobQueue
package import Timekeeping

/// The job that does nothing.
package struct BenchJob: Sendable {
  package static let kind = "nothing"

  package var queue: String
  /// As long as the payload of a job that names what it is to do.
  package var payload = #"{"batch_id":1048576,"attempted_by":"nobody"}"#

  package init(queue: String) {
    self.queue = queue
  }

  var new: NewJob { NewJob(kind: Self.kind, queue: queue, payload: payload) }

  /// Enqueues `count` of them in the caller's transaction; returns the last one's id.
  @discardableResult
  package func enqueue(_ count: Int, now: Timestamp, in transaction: Transaction) throws -> Int64? {
    try JobTable.enqueue([NewJob](repeating: new, count: count), now: now, in: transaction).last ?? nil
  }
}

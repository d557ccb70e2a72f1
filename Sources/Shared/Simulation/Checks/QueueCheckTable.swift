import Database
import JobQueue

/// Attempts rise by one, an attempt ends once and while its lease is held, and no more uploads run at once than may: read from
/// the events of the jobs, as they are committed.
// Unchecked: used on the one thread of `SingleThread` only.
final class QueueCheckTable: @unchecked Sendable {
  private struct Job {
    let queue: String
    var attempt: Int64 = 0
    var holder: String?
    var isLeased = false
  }

  private let world: World
  private let connection: any Connection
  private var lastEvent: Int64 = 0
  private var jobs: [Int64: Job] = [:]

  init(world: World, connection: any Connection) {
    self.world = world
    self.connection = connection
  }

  /// Looks at what was committed since the last time; to be called at every commit.
  func run() throws {
    // The newest events may be let go with their jobs, and their numbers given out again.
    let newest = try connection.first("SELECT coalesce(max(id), 0) FROM job_event", []) { $0.int64(0) } ?? 0
    lastEvent = min(lastEvent, newest)
    guard newest > lastEvent else { return }
    try connection.forEachRow(
      """
      SELECT e.id, e.job_id, e.transition, e.attempt, e.worker_id, j.queue FROM job_event e JOIN job j ON j.id = e.job_id
      WHERE e.id > $1 ORDER BY e.id
      """, [.integer(lastEvent)]
    ) { row in
      lastEvent = row.int64(0)
      follow(row.int64(1), row.text(2), attempt: row.int64(3), worker: row.optionalText(4), queue: row.text(5))
    }
    let uploads = jobs.values.count { $0.isLeased && $0.queue == "upload" }
    if uploads > 1 { world.fail("one upload runs at a time", "\(uploads) are leased") }
  }

  private func follow(_ id: Int64, _ transition: String, attempt: Int64, worker: String?, queue: String) {
    var job = jobs[id] ?? Job(queue: queue)
    defer { jobs[id] = job }
    func fail(_ finding: String) {
      world.fail("attempts rise, and each ends once", "job \(id), attempt \(attempt): \(finding)")
    }
    switch transition {
    case "leased":
      if job.isLeased { fail("it is leased while attempt \(job.attempt) holds it") }
      if attempt != job.attempt + 1 { fail("it follows attempt \(job.attempt)") }
      job = Job(queue: queue, attempt: attempt, holder: worker, isLeased: true)
    case "succeeded", "retried", "snoozed", "discarded", "exhausted", "returned", "reclaimed":
      if !job.isLeased || attempt != job.attempt { fail("\(transition), while attempt \(job.attempt) is the last") }
      if let worker, let holder = job.holder, worker != holder { fail("\(transition) by \(worker), held by \(holder)") }
      job.isLeased = false
    case "cancelled":
      if job.isLeased, attempt != job.attempt { fail("cancelled, while attempt \(job.attempt) holds it") }
      job.isLeased = false
    default: break
    }
  }
}

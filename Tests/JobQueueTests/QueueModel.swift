import JobQueue
import Timekeeping

/// The rules of the queue once more, over plain values: what the store is compared with.
struct QueueModel {
  struct Job: Equatable {
    var state: JobState
    var attempt = 0
    var failures = 0
    var maxFailures: Int
    var priority: Int
    var runAt: Timestamp
    var uniqueKey: String?
    var expiresAt: Timestamp?
    var isCancelAsked = false
  }

  let concurrencyMax: Int
  var jobs: [Int64: Job] = [:]

  /// Whether a job with this key may be enqueued.
  func isFree(_ key: String?) -> Bool {
    guard let key else { return true }
    return !jobs.values.contains { $0.uniqueKey == key && $0.state.isUnfinished }
  }

  func holds(_ lease: Lease) -> Bool {
    jobs[lease.jobID]?.state == .leased && jobs[lease.jobID]?.attempt == lease.attempt
  }

  /// Reclaims, moves what is due, and leases: the leases in the order in which they are given.
  mutating func lease(_ count: Int, for duration: Duration, now: Timestamp) -> [Lease] {
    for (id, job) in jobs where job.state == .leased && job.expiresAt.map({ $0 <= now }) == true { fail(id) }
    for (id, job) in jobs where job.state == .waiting && job.runAt <= now { jobs[id]?.state = .available }
    let leased = jobs.values.count { $0.state == .leased }
    let chosen = jobs.filter { $0.value.state == .available }
      .map { (order: $0.value.runAt - .seconds(60 * $0.value.priority), id: $0.key) }
      .sorted { ($0.order, $0.id) < ($1.order, $1.id) }
      .prefix(max(0, min(count, concurrencyMax - leased)))
    return chosen.map { _, id in
      jobs[id]?.state = .leased
      jobs[id]?.attempt += 1
      jobs[id]?.expiresAt = now + duration
      return Lease(jobID: id, attempt: jobs[id]?.attempt ?? 0)
    }
  }

  /// An expired lease.
  private mutating func fail(_ id: Int64) {
    guard var job = jobs[id] else { return }
    job.failures += 1
    job.expiresAt = nil
    job.state = job.isCancelAsked ? .cancelled : job.failures >= job.maxFailures ? .dead : .available
    jobs[id] = job
  }

  /// The state afterwards; nil when the lease is lost.
  mutating func settle(_ lease: Lease, _ outcome: Outcome, backoff: Duration, now: Timestamp) -> JobState? {
    guard holds(lease), var job = jobs[lease.jobID] else { return nil }
    job.expiresAt = nil
    switch outcome {
    case .succeeded: job.state = .succeeded
    case .retry(let after, _):
      job.failures += 1
      job.state = job.failures >= job.maxFailures ? .dead : .waiting
      if job.state == .waiting, !job.isCancelAsked { job.runAt = now + max(after, backoff) }
    case .snooze(let until, _):
      job.state = .waiting
      if !job.isCancelAsked { job.runAt = until }
    case .holdOff(_, let time, _):
      job.state = .waiting
      if !job.isCancelAsked { job.runAt = now + max(time, backoff) }
    case .discard:
      job.failures += 1
      job.state = .dead
    }
    if job.isCancelAsked, job.state != .succeeded { job.state = .cancelled }
    jobs[lease.jobID] = job
    return job.state
  }

  mutating func giveBack(_ lease: Lease) {
    guard holds(lease), var job = jobs[lease.jobID] else { return }
    job.expiresAt = nil
    job.state = job.isCancelAsked ? .cancelled : .available
    jobs[lease.jobID] = job
  }

  mutating func cancel(_ id: Int64) -> Bool {
    switch jobs[id]?.state {
    case .waiting, .available: jobs[id]?.state = .cancelled
    case .leased: jobs[id]?.isCancelAsked = true
    case .succeeded, .dead, .cancelled, nil: return false
    }
    return true
  }
}

import Database
import JobQueue
import LeadStore
import Timekeeping

/// Waits for jobs on behalf of a cycle, keeps the cycle alive meanwhile, and calls for help when nobody takes them.
struct JobWatch: Sendable {
  /// How long all jobs may lie untaken before the scheduler helps.
  private static let helpAfter = Duration.seconds(10)
  /// How long before it gives up.
  private static let untakenMax = Duration.seconds(60)
  private static let signOfLife = Duration.seconds(5)

  /// Nobody took the jobs. They stay in the queue.
  struct Untaken: Error {
    let kind: JobKind
  }

  let workplace: Workplace
  let cycle: Int64
  let scheduler: String
  let crew: Crew

  /// The jobs as they are at the end. `isEnough` may end the wait early; it is asked after each look. Throws `Untaken`.
  func wait(
    for ids: [Int64], kind: JobKind, atMost limit: Duration? = nil,
    isEnough: ([JobRecord]) async throws -> Bool = { _ in false }
  ) async throws -> [JobRecord] {
    let start = workplace.clock.elapsed()
    var (lastSign, lastTaken) = (start, start)
    try await crew.helpUnlessServed(kind, workplace)
    while true {
      try Task.checkCancellation()
      let jobs = try await workplace.store.read { try JobTable.find(ids, in: $0) }
      if jobs.allSatisfy({ !$0.state.isUnfinished }) { return jobs }
      if try await isEnough(jobs) { return jobs }
      let now = workplace.clock.elapsed()
      if let limit, now - start > limit { return jobs }
      if !isUntaken(jobs) { lastTaken = now }
      if now - lastTaken > Self.helpAfter { try await crew.help("nobody took the \(kind.rawValue) job for 10 s") }
      if now - lastTaken > Self.untakenMax { throw Untaken(kind: kind) }
      if now - lastSign > Self.signOfLife {
        lastSign = now
        try await workplace.store.write { [self] in
          try CycleTable.extend(cycle, scheduler: scheduler, now: workplace.clock.now(), in: $0)
        }
        // The worker that served it may have died since.
        try await crew.helpUnlessServed(kind, workplace)
      }
      try await workplace.clock.sleep(for: workplace.watchInterval)
    }
  }

  /// Whether some job could run and none does. A job whose worker died, or that has slept enough, waits for a worker to
  /// find that out.
  private func isUntaken(_ jobs: [JobRecord]) -> Bool {
    let now = workplace.clock.now()
    let isRun: (JobRecord) -> Bool = { job in
      guard job.state == .leased, let expiresAt = job.leaseExpiresAt, expiresAt > now else { return false }
      return job.workerID.flatMap(ProcessIdentity.init)?.isKnownDead != true
    }
    let couldRun = jobs.contains { job in
      switch job.state {
      case .available: true
      case .waiting: job.runAt <= now
      case .leased: !isRun(job)
      case .succeeded, .dead, .cancelled: false
      }
    }
    return couldRun && !jobs.contains(where: isRun)
  }
}

import JobQueue
import Timekeeping

/// Waits for upload jobs, but not for ever: when the CRM stays out of reach, when nothing happens to any lead for long, or
/// when every job sleeps for long, the jobs go on without the cycle.
struct UploadWatch: Sendable {
  /// How long the CRM may be out of reach.
  private static let silenceMax = Duration.seconds(30)
  /// How long nothing may happen, at the least; two grace periods and a request are always waited for.
  private static let idleMax = Duration.seconds(180)
  /// A job that sleeps longer than this, and longer than a grace period, is not waited for.
  private static let sleepMax = Duration.seconds(120)
  private static let countInterval = Duration.seconds(1)

  let watch: JobWatch

  /// The jobs as they are at the end. `countOpen` tells how many leads have no final state yet; it is asked whenever
  /// something happened to the jobs, and once a second. Throws `JobWatch.Untaken`.
  func wait(for ids: [Int64], countOpen: () async throws -> Int) async throws -> [JobRecord] {
    var seen: [JobRecord] = []
    var open = Int.max
    let clock = watch.workplace.clock
    var (lastCount, lastProgress) = (clock.elapsed(), clock.elapsed())
    var outOfReachSince: ContinuousClock.Instant?
    return try await watch.wait(for: ids, kind: .upload) { jobs in
      let now = clock.elapsed()
      if jobs != seen || now - lastCount > Self.countInterval {
        (seen, lastCount) = (jobs, now)
        let count = try await countOpen()
        if count < open { (open, lastProgress, outOfReachSince) = (count, now, nil) }
      }
      if jobs.contains(where: { $0.state == .waiting && ($0.failures > 0 || $0.isReadBackFailed) }) {
        outOfReachSince = outOfReachSince ?? now
      }
      if let outOfReachSince, now - outOfReachSince > Self.silenceMax { return true }
      return now - lastProgress > idleLimit || areAllAsleep(jobs)
    }
  }

  private var idleLimit: Duration {
    let upload = watch.workplace.upload
    return max(Self.idleMax, upload.readBackGrace * 2 + upload.requestTimeout + .seconds(10))
  }

  private func areAllAsleep(_ jobs: [JobRecord]) -> Bool {
    let grace = watch.workplace.upload.readBackGrace + .seconds(5)
    let soon = watch.workplace.clock.now() + max(Self.sleepMax, grace)
    return jobs.filter(\.state.isUnfinished).allSatisfy { $0.state == .waiting && $0.runAt > soon }
  }
}

extension JobRecord {
  fileprivate var isReadBackFailed: Bool { reason?.hasPrefix(readBackFailed) == true }
}

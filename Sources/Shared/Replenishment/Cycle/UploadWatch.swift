import JobQueue
import Timekeeping

/// Waits for upload jobs, but not for ever: when the CRM stays out of reach, or when every job sleeps for long, until
/// tomorrow's limit for example, the jobs go on without the cycle.
struct UploadWatch: Sendable {
  /// How long the CRM may be out of reach.
  private static let silenceMax = Duration.seconds(30)
  /// A job that sleeps longer than this, and longer than a grace period, is not waited for.
  private static let sleepMax = Duration.seconds(120)

  let watch: JobWatch

  /// The jobs as they are at the end. `onChange` is called whenever something happened to them. Throws `JobWatch.Untaken`.
  func wait(for ids: [Int64], onChange: () async throws -> Void) async throws -> [JobRecord] {
    var outOfReachSince: ContinuousClock.Instant?
    var seen: [JobRecord] = []
    return try await watch.wait(for: ids, kind: .upload) { jobs in
      if jobs != seen {
        seen = jobs
        try await onChange()
      }
      if jobs.contains(where: { $0.state == .waiting && ($0.failures > 0 || $0.isReadBackFailed) }) {
        outOfReachSince = outOfReachSince ?? .now
      } else if !jobs.contains(where: { $0.state == .leased }) {
        outOfReachSince = nil
      }
      if let outOfReachSince, .now - outOfReachSince > Self.silenceMax { return true }
      return areAllAsleep(jobs)
    }
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

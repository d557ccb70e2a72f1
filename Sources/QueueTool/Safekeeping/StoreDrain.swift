import Database
import Foundation

/// Asks the schedulers and workers that have a store in a file open to end, as a service manager does, and waits for them. They
/// finish or give back what they are at.
struct StoreDrain: Sendable {
  /// The programs that may be asked; whatever else has the store open is somebody's, and is left alone.
  private static let programs: Set<String> = ["lead-scheduler", "lead-worker"]
  private static let pause = Duration.milliseconds(100)

  let path: String
  /// How long they may take.
  let limit: Duration

  /// Returns when nobody has the store open. Throws `PromotionError.inUse`: at once when another program has it open, else at
  /// the limit.
  func run() async throws {
    let deadline = ContinuousClock.now + limit
    var asked: Set<Int32> = []
    while true {
      let users = StoreUser.all(of: path)
      if users.isEmpty { return }
      let others = users.filter { $0.pid <= 0 || !Self.programs.contains($0.name) }
      guard others.isEmpty else { throw PromotionError.inUse(path: path, users: others, isAsked: false) }
      for user in users where asked.insert(user.pid).inserted { kill(user.pid, SIGTERM) }
      guard ContinuousClock.now < deadline else { throw PromotionError.inUse(path: path, users: users, isAsked: true) }
      try await Task.sleep(for: Self.pause)
    }
  }
}

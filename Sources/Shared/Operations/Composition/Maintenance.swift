import Database
import JobQueue
import Logging
import Timekeeping

/// Keeps the store in shape: moves the write-ahead log into the file, away from everybody's writes. Of all processes the one
/// that holds the maintenance lease does it.
package struct Maintenance: Sendable {
  private static let interval = Duration.seconds(5)
  private static let lease = Duration.seconds(20)

  private let program: Program

  package init(program: Program) {
    self.program = program
  }

  /// Runs until cancelled.
  package func run() async {
    while !Task.isCancelled {
      do {
        try await Task.sleep(for: Self.interval)
        try await pass()
      } catch is CancellationError {
        return
      } catch {
        program.logger.warning("maintenance failed", metadata: ["reason": "\(ErrorText.describe(error))"])
      }
    }
  }

  /// One pass, if the maintenance lease is free or ours.
  package func pass() async throws {
    let term = try await program.store.write { [program] in
      try LeadershipTable.claim(
        "maintenance", holder: program.processID, duration: Self.lease, now: program.clock.now(), in: $0)
    }
    guard term != nil else { return }
    if try await !program.store.checkpoint() {
      program.logger.debug("the checkpoint was put off: the store is busy")
    }
  }
}

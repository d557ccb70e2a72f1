import Connectors
import Database
import Foundation
import JobQueue
import Logging
import Operations
import Synchronization
import Timekeeping

/// The life of a worker process: find the CRM, work, drain at a signal.
struct WorkerService: Sendable {
  private static let crmLookInterval = Duration.seconds(5)

  let program: Program
  /// Brings messages to people, from the start and whether the CRM is there or not; nil: this process does not.
  let bulletins: WorkerPool?
  /// Whether it serves anything else.
  let needsCRM: Bool

  func run(_ makePool: @escaping @Sendable (CRMClient) -> WorkerPool) async throws {
    let stop = StopRequest()
    let sources = Signals.handle([SIGTERM, SIGINT]) { _ in
      // The first one drains; whoever sends a second one does not want to wait.
      if !stop.request() { _exit(130) }
    }
    let reload = Signals.handle([SIGHUP]) { [program] _ in program.reload() }
    defer { (sources + reload).forEach { $0.cancel() } }
    try await program.supervisor.attended(program.store) {
      try await work(makePool, until: stop)
    }
  }

  private func work(_ makePool: (CRMClient) -> WorkerPool, until stop: StopRequest) async throws {
    stop.whenRequested { [program, bulletins] in
      program.supervisor.stopping()
      bulletins?.drain()
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      if let bulletins { group.addTask { try await bulletins.run() } }
      if needsCRM { try await workWithCRM(makePool, until: stop) }
      try await group.waitForAll()
    }
  }

  private func workWithCRM(_ makePool: (CRMClient) -> WorkerPool, until stop: StopRequest) async throws {
    guard let crm = try await findCRM(unless: stop) else { return }
    let pool = makePool(crm)
    stop.whenRequested { [program, bulletins] in
      program.supervisor.stopping()
      bulletins?.drain()
      pool.drain()
      program.endWaiting(after: pool.settings.drainTimeout)
    }
    program.logger.info(
      "worker started",
      metadata: ["worker": "\(pool.worker.id)", "crm": "\(crm.identity)", "store": "\(program.store.path)"])
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await program.maintenance().run() }
      try await pool.run()
      group.cancelAll()
    }
    program.logger.info("worker ended", metadata: ["worker": "\(pool.worker.id)"])
  }

  /// A worker may start before the CRM does, and then waits for it.
  private func findCRM(unless stop: StopRequest) async throws -> CRMClient? {
    var isTold = false
    while !stop.isRequested {
      do {
        return try await CRMConnection.open(for: program)
      } catch ProgramError.noCRM {
        if !isTold { program.logger.warning("waiting for the CRM", metadata: ["reason": "\(ProgramError.noCRM)"]) }
        isTold = true
        await stop.wait(upTo: Self.crmLookInterval)
      }
    }
    return nil
  }
}

/// Somebody wants the process to end.
final class StopRequest: Sendable {
  private struct State {
    var isRequested = false
    var action: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  var isRequested: Bool { state.withLock { $0.isRequested } }

  /// False when it was requested before.
  func request() -> Bool {
    let (isFirst, action) = state.withLock { state in
      defer { state.isRequested = true }
      return (!state.isRequested, state.action)
    }
    if isFirst { action?() }
    return isFirst
  }

  /// Calls `action` at the request, at once if it was made already.
  func whenRequested(_ action: @escaping @Sendable () -> Void) {
    let isRequested = state.withLock { state in
      state.action = action
      return state.isRequested
    }
    if isRequested { action() }
  }

  /// Returns at the request or after `limit`.
  func wait(upTo limit: Duration) async {
    let deadline = ContinuousClock.now + limit
    while !isRequested && ContinuousClock.now < deadline {
      try? await Task.sleep(for: .milliseconds(100))
    }
  }
}

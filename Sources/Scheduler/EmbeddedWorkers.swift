import JobQueue
import Leads
import Operations
import Replenishment
import Synchronization

/// Workers inside the scheduler's process: started once, on purpose or when nobody else takes the jobs, and drained at the
/// end.
final class EmbeddedWorkers: Sendable {
  private struct State {
    var task: Task<Void, any Error>?
    var pool: WorkerPool?
  }

  private let program: Program
  private let crm: any CRM
  private let concurrency: Int?
  private let queues: [String]
  private let tell: @Sendable (CycleEvent) -> Void
  private let state = Mutex(State())

  init(
    program: Program, crm: any CRM, concurrency: Int?, queues: [String] = JobKind.workerQueues,
    tell: @escaping @Sendable (CycleEvent) -> Void
  ) {
    self.program = program
    self.crm = crm
    self.concurrency = concurrency
    self.queues = queues
    self.tell = tell
  }

  /// Starts them unless they run. `reason` nil: they were asked for, nothing needs to be explained.
  func start(because reason: String?) {
    let pool = program.workerPool(crm: crm, concurrency: concurrency, queues: queues)
    let isNew = state.withLock { state in
      guard state.task == nil else { return false }
      state.pool = pool
      state.task = Task { try await pool.run() }
      return true
    }
    if isNew, let reason { tell(.workingAlone(reason: reason)) }
  }

  /// What a cycle needs of them.
  var crew: Crew { Crew(start: { self.start(because: $0) }) }

  /// Lets them finish what they run, then ends them.
  func stop() async throws {
    let (pool, task) = state.withLock { ($0.pool, $0.task) }
    pool?.drain()
    try await task?.value
  }
}

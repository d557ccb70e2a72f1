import Database
import Glibc
import JobQueue
import Logging
import Synchronization
import Timekeeping

/// The very pool that runs real jobs, with a handler that does nothing.
enum BenchPool {
  /// `batch`: jobs leased at once and settled at once. `began` is called on the cooperative pool as each job begins.
  static func make(
    store: Store, worker: WorkerRecord, batch: Int, durability: Durability,
    began: @escaping @Sendable (LeasedJob) -> Void
  ) -> WorkerPool {
    var settings = WorkerPool.Settings(queues: worker.queues)
    // While one batch is settled and the next leased, others run: as many as a worker of some size runs at once.
    settings.concurrency = max(8, 4 * batch)
    settings.leaseBatch = batch
    settings.settleBatch = batch
    // Longer than any round: a lease is not lost by a machine that has other things to do.
    settings.leaseDuration = .seconds(3600)
    var logger = Logger(label: "bench")
    logger.logLevel = .error
    let handler = JobHandler(kind: ServedKind(BenchJob.kind)) { job, _ in
      began(job)
      return Settlement(.succeeded(result: nil), durability: durability)
    }
    return WorkerPool(
      store: store, worker: worker, handlers: [handler], settings: settings, clock: .system, logger: logger,
      randomness: { SystemRandomNumberGenerator() }, describe: { "\($0)" })
  }

  /// A worker of this process with a name of its own.
  static func worker(queue: String) -> WorkerRecord {
    let identity = ProcessIdentity(random: .random(in: .min ... .max))
    let now = WallClock.system.now()
    return WorkerRecord(
      id: identity.text, host: "bench", pid: Int(getpid()), version: "bench", kinds: [BenchJob.kind],
      queues: [queue], startedAt: now, heartbeatAt: now)
  }
}

/// Counts what has begun, and says once when a goal is reached.
final class Tally: Sendable {
  private let begun = Atomic<Int>(0)
  private let goal: Int
  private let reached = Mutex<(@Sendable () -> Void)?>(nil)

  init(goal: Int = .max) {
    self.goal = goal
  }

  var count: Int { begun.load(ordering: .relaxed) }

  /// To be set before the first `add`.
  func whenReached(_ body: @escaping @Sendable () -> Void) { reached.withLock { $0 = body } }

  func add() {
    guard begun.add(1, ordering: .relaxed).newValue == goal else { return }
    reached.withLock { $0 }?()
  }
}

import Synchronization
import Timekeeping

/// Runs the jobs of one kind.
public struct JobHandler: Sendable {
  /// What it runs, up to which version of the payload.
  public let kind: ServedKind
  /// How long one attempt may take; then its task is cancelled, and it counts as failed. Nil: as long as it likes.
  public let timeout: Duration?
  /// Runs one attempt. Throwing counts as a failure to be retried, `JobQueueError.leaseLost` too when the lease turns out to
  /// be held still; after a drain's deadline or a request to cancel it hands the job back. An attempt whose lease is lost
  /// writes nothing: its task is cancelled when a heartbeat finds out, and its settle is refused. It must return soon after
  /// its task is cancelled.
  public let run: @Sendable (LeasedJob, JobContext) async throws -> Settlement

  /// `timeout` > 0.
  public init(
    kind: ServedKind, timeout: Duration? = nil,
    run: @escaping @Sendable (LeasedJob, JobContext) async throws -> Settlement
  ) {
    precondition(timeout.map { $0 > .zero } ?? true, "a time-out is above zero")
    self.kind = kind
    self.timeout = timeout
    self.run = run
  }
}

/// What a running attempt knows of its lease. The deadline is measured by elapsed time, that of a
/// suspended machine too, from before the lease was asked for: it never ends later than the store's.
public final class JobContext: Sendable {
  /// Why an attempt is to end before its time.
  enum Stop: Sendable {
    case cancelRequested
    case timedOut
    case drained
    /// Somebody else owns the job by now.
    case leaseLost
  }

  private struct State {
    var deadline: ContinuousClock.Instant
    var stop: Stop?
    var task: Task<Void, Never>?
  }

  /// Which job this is, and which attempt at it. The pair never comes again, and the job's id alone names the work over all
  /// attempts: a good idempotency key toward whoever is called.
  public let lease: Lease
  private let clock: WallClock
  private let state: Mutex<State>

  init(lease: Lease, deadline: ContinuousClock.Instant, clock: WallClock) {
    self.lease = lease
    self.clock = clock
    state = Mutex(State(deadline: deadline))
  }

  /// Throws `leaseLost` unless the lease lasts at least `time` from now: to be asked immediately before an effect on the
  /// outside world.
  public func requireTime(_ time: Duration) throws(JobQueueError) {
    guard hasTime(time) else { throw .leaseLost(lease) }
  }

  /// Whether the lease lasts at least `time` from now; may be asked on any thread.
  public func hasTime(_ time: Duration) -> Bool {
    state.withLock { $0.deadline } >= clock.elapsed() + time
  }

  /// Whether somebody asked to cancel the job; its task is cancelled too.
  public var isCancelRequested: Bool {
    if case .cancelRequested = stopped { true } else { false }
  }

  /// Whether the lease has time left.
  var isHeld: Bool { state.withLock { $0.deadline } > clock.elapsed() }

  /// The first reason to end.
  var stopped: Stop? { state.withLock { $0.stop } }

  /// The task that runs the attempt.
  func attach(_ task: Task<Void, Never>) {
    let isStopped = state.withLock { state in
      state.task = task
      return state.stop != nil
    }
    if isStopped { task.cancel() }
  }

  func stop(_ reason: Stop) {
    let task = state.withLock { state in
      if state.stop == nil { state.stop = reason }
      return state.task
    }
    task?.cancel()
  }

  func extend(to deadline: ContinuousClock.Instant) { state.withLock { $0.deadline = deadline } }

  /// The lease is somebody else's.
  func expire() {
    state.withLock { $0.deadline = clock.elapsed() - .seconds(1) }
    stop(.leaseLost)
  }
}

import Synchronization

/// Runs the jobs of one kind.
public struct JobHandler: Sendable {
  public let kind: String
  /// Runs one attempt. Throwing counts as a failure to be retried; `CancellationError` while draining hands the job back;
  /// `JobQueueError.leaseLost` drops the attempt, which somebody else owns by then. It must return soon after its task is
  /// cancelled.
  public let run: @Sendable (LeasedJob, JobContext) async throws -> Settlement

  public init(kind: String, run: @escaping @Sendable (LeasedJob, JobContext) async throws -> Settlement) {
    self.kind = kind
    self.run = run
  }
}

/// What a running attempt knows of its lease. The deadline is measured on `ContinuousClock`, which counts the time of a
/// suspended machine too, from before the lease was asked for: it never ends later than the store's.
public final class JobContext: Sendable {
  private struct State {
    var deadline: ContinuousClock.Instant
    var isCancelRequested = false
  }

  private let lease: Lease
  private let state: Mutex<State>

  init(lease: Lease, deadline: ContinuousClock.Instant) {
    self.lease = lease
    state = Mutex(State(deadline: deadline))
  }

  /// Throws `leaseLost` unless the lease lasts at least `time` from now: to be asked immediately before an effect on the
  /// outside world.
  public func requireTime(_ time: Duration) throws(JobQueueError) {
    guard state.withLock({ $0.deadline }) >= ContinuousClock.now + time else { throw .leaseLost(lease) }
  }

  /// Whether somebody asked to cancel the job; a handler looks between two effects.
  public var isCancelRequested: Bool { state.withLock { $0.isCancelRequested } }

  func extend(to deadline: ContinuousClock.Instant) { state.withLock { $0.deadline = deadline } }
  func requestCancel() { state.withLock { $0.isCancelRequested = true } }
  func expire() { state.withLock { $0.deadline = ContinuousClock.now - .seconds(1) } }
}

import Timekeeping

/// Time that passes only when nothing else can happen.
///
/// Not synchronised: everything runs on the one thread of `SingleThread`, which is what makes `@unchecked Sendable` safe here
/// and in all classes of the simulation.
final class SimulatedTime: @unchecked Sendable {
  private struct Timer {
    let due: Duration
    let number: Int
    let fire: () -> Void
  }

  /// What `elapsed` counts from; only differences mean anything.
  private static let origin = ContinuousClock.now

  /// Since the simulation began.
  private(set) var now = Duration.zero
  /// By due time, the soonest last; equal ones in the order in which they were set.
  private var timers: [Timer] = []
  private var count = 0

  var elapsed: ContinuousClock.Instant { Self.origin + now }

  /// Calls `fire` when `delay` has passed. Returns a number to cancel it by.
  @discardableResult
  func after(_ delay: Duration, _ fire: @escaping () -> Void) -> Int {
    count += 1
    let timer = Timer(due: now + max(.zero, delay), number: count, fire: fire)
    var (low, high) = (0, timers.count)
    while low < high {
      let middle = (low + high) / 2
      if timers[middle].due > timer.due { low = middle + 1 } else { high = middle }
    }
    timers.insert(timer, at: low)
    return count
  }

  func cancel(_ number: Int) {
    timers.removeAll { $0.number == number }
  }

  /// Lets time pass to the next timer, and fires it. False when there is none.
  func advance() -> Bool {
    guard let timer = timers.popLast() else { return false }
    now = timer.due
    timer.fire()
    return true
  }

  /// Forgets everything that was to come.
  func clear() {
    timers = []
  }

  /// Waits; ends early when the task is cancelled, or when `sleepers` are woken.
  func sleep(for delay: Duration, among sleepers: Sleepers) async throws {
    try Task.checkCancellation()
    let sleeper = Sleeper()
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        sleeper.continuation = continuation
        sleeper.timer = after(delay) { sleeper.wake() }
        sleepers.add(sleeper)
        if Task.isCancelled { sleeper.wake() }
      }
    } onCancel: {
      sleeper.wake()
    }
    cancel(sleeper.timer)
    sleepers.remove(sleeper)
    try Task.checkCancellation()
  }
}

/// One task that waits.
// Unchecked: used on the one thread of `SingleThread` only.
final class Sleeper: @unchecked Sendable {
  var continuation: CheckedContinuation<Void, Never>?
  var timer = 0

  func wake() {
    let waiting = continuation
    continuation = nil
    waiting?.resume()
  }
}

/// The tasks of one process that wait, in the order in which they lay down.
// Unchecked: used on the one thread of `SingleThread` only.
final class Sleepers: @unchecked Sendable {
  private var waiting: [Sleeper] = []
  private var isClosed = false

  /// Whoever was on the way to bed when they were all woken for good is woken at once.
  func add(_ sleeper: Sleeper) {
    waiting.append(sleeper)
    if isClosed { sleeper.wake() }
  }

  func remove(_ sleeper: Sleeper) {
    waiting.removeAll { $0 === sleeper }
  }

  /// Nobody sleeps from now on.
  func wakeForGood() {
    isClosed = true
    for sleeper in waiting { sleeper.wake() }
  }
}

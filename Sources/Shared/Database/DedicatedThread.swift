import Foundation
import Synchronization

/// A thread of its own that runs blocking calls one after another, so that they never block Swift's cooperative pool.
///
/// Work runs in the order in which it was handed in. A caller's cancellation does not interrupt it.
public final class DedicatedThread: Sendable {
  private let queue = WorkQueue()

  /// Starts the thread. It ends when the last reference goes, after the work handed in before.
  public init(name: String) {
    let queue = self.queue
    let thread = Thread {
      while let work = queue.next() { work() }
    }
    thread.name = name
    thread.stackSize = 2 << 20
    thread.start()
  }

  deinit {
    queue.close()
  }

  /// Runs `body` on the thread and returns what it returns or throws what it throws.
  public func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.add { continuation.resume(with: Result(catching: body)) }
    }
  }

  /// Hands `body` in without waiting for it.
  public func submit(_ body: @escaping @Sendable () -> Void) {
    queue.add(body)
  }
}

/// The waiting line of a `DedicatedThread`: unbounded by itself; its users bound what they hand in.
private final class WorkQueue: Sendable {
  private struct State {
    var waiting: [@Sendable () -> Void] = []
    var next = 0
    var isClosed = false
  }

  private let state = Mutex(State())
  private let arrived = DispatchSemaphore(value: 0)

  func add(_ work: @escaping @Sendable () -> Void) {
    state.withLock { $0.waiting.append(work) }
    arrived.signal()
  }

  func close() {
    state.withLock { $0.isClosed = true }
    arrived.signal()
  }

  /// The next piece of work; waits for one. Nil once closed and empty.
  func next() -> (@Sendable () -> Void)? {
    while true {
      arrived.wait()
      let (work, isOver): ((@Sendable () -> Void)?, Bool) = state.withLock { state in
        guard state.next < state.waiting.count else { return (nil, state.isClosed) }
        let work = state.waiting[state.next]
        state.next += 1
        // Done work goes in halves, so that a line that never empties stays bounded too.
        if state.next == state.waiting.count || (state.next >= 64 && state.next * 2 >= state.waiting.count) {
          state.waiting.removeFirst(state.next)
          state.next = 0
        }
        return (work, false)
      }
      if let work { return work }
      if isOver { return nil }
    }
  }
}

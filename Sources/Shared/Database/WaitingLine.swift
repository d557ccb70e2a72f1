import Dispatch
import Glibc
import Synchronization

/// What waits for a thread, first in, first out. Unbounded by itself; its users bound what they hand in.
final class WaitingLine<Item: Sendable>: Sendable {
  private struct State {
    var waiting: [Item] = []
    var next = 0
    var isClosed = false
    /// The thread sleeps, or is about to.
    var isAwaited = false

    /// The first `count` items, or as many as there are.
    mutating func take(_ count: Int) -> [Item] {
      let items = Array(waiting[next..<min(waiting.count, next + count)])
      next += items.count
      // What is done goes in halves, so that a line that never empties stays bounded too.
      if next == waiting.count || (next >= 64 && next * 2 >= waiting.count) {
        waiting.removeFirst(next)
        next = 0
      }
      return items
    }
  }

  private let state = Mutex(State())
  private let arrived = DispatchSemaphore(value: 0)

  func add(_ item: Item) {
    let isAwaited = state.withLock { state in
      state.waiting.append(item)
      defer { state.isAwaited = false }
      return state.isAwaited
    }
    if isAwaited { arrived.signal() }
  }

  func close() {
    let isAwaited = state.withLock { state in
      state.isClosed = true
      defer { state.isAwaited = false }
      return state.isAwaited
    }
    if isAwaited { arrived.signal() }
  }

  /// The next items, at least one; waits for it. Nil once closed and empty. For one thread.
  ///
  /// For `patience` it looks again and again, leaving the processor to whoever wants it, before it sleeps: waking a thread takes
  /// as long as a small transaction.
  func next(atMost count: Int, patience: Duration = .zero) -> [Item]? {
    let patientUntil = patience > .zero ? ContinuousClock.now + patience : nil
    while true {
      let isPatient = patientUntil.map { ContinuousClock.now < $0 } ?? false
      let (items, isOver) = state.withLock { state in
        let items = state.take(count)
        state.isAwaited = items.isEmpty && !state.isClosed && !isPatient
        return (items, state.isClosed)
      }
      if !items.isEmpty { return items }
      if isOver { return nil }
      if isPatient { sched_yield() } else { arrived.wait() }
    }
  }
}

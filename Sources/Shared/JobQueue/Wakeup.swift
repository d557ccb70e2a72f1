import Synchronization
import Timekeeping

/// Wakes waiting loops of this process. A ring before the wait is not lost; several rings are one.
final class Wakeup: Sendable {
  private enum Waiter {
    /// Not suspended yet.
    case arriving
    case suspended(CheckedContinuation<Void, Never>)
    /// Woken before it was suspended.
    case woken
  }

  private struct State {
    var isRung = false
    var waiters: [UInt64: Waiter] = [:]
    var arrivals: UInt64 = 0
  }

  private let clock: WallClock
  private let state = Mutex(State())

  /// `clock` is what waiting is measured by.
  init(clock: WallClock) {
    self.clock = clock
  }

  /// Wakes everybody who waits; else the next to come.
  func ring() {
    let waiting = state.withLock { state in
      state.isRung = state.waiters.isEmpty
      return Array(state.waiters.keys)
    }
    for id in waiting { wake(id) }
  }

  /// Returns at the next ring, after `limit` (nil: never by itself), or when the task is cancelled.
  func wait(upTo limit: Duration?) async {
    guard let id = arrive() else { return }
    let timer = limit.map { limit in
      Task {
        try await clock.sleep(for: limit)
        wake(id)
      }
    }
    defer { timer?.cancel() }
    await withTaskCancellationHandler {
      await withCheckedContinuation { suspend(id, $0) }
    } onCancel: {
      wake(id)
    }
  }

  /// Waits for the whole time, also in a cancelled task.
  static func pause(for time: Duration, on clock: WallClock) async {
    _ = await Task { try await clock.sleep(for: time) }.result
  }

  /// Nil when the bell was rung before.
  private func arrive() -> UInt64? {
    state.withLock { state in
      guard !state.isRung else {
        state.isRung = false
        return nil
      }
      state.arrivals += 1
      state.waiters[state.arrivals] = .arriving
      return state.arrivals
    }
  }

  private func suspend(_ id: UInt64, _ continuation: CheckedContinuation<Void, Never>) {
    let isWoken = state.withLock { state in
      if case .woken? = state.waiters[id] {
        state.waiters[id] = nil
        return true
      }
      state.waiters[id] = .suspended(continuation)
      return false
    }
    if isWoken { continuation.resume() }
  }

  private func wake(_ id: UInt64) {
    let suspended: CheckedContinuation<Void, Never>? = state.withLock { state in
      switch state.waiters[id] {
      case .arriving:
        state.waiters[id] = .woken
        return nil
      case .suspended(let continuation):
        state.waiters[id] = nil
        return continuation
      case .woken, nil:
        return nil
      }
    }
    suspended?.resume()
  }
}

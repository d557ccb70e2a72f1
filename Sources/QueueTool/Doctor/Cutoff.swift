import Database
import Synchronization

/// Waiting that ends: `doctor` tells what it knows, whatever hangs.
enum Cutoff {
  /// What `body` returns; nil when that takes longer than `limit`. It then goes on by itself, and nobody hears of it.
  static func within<Value: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async -> Value
  ) async -> Value? {
    await withCheckedContinuation { continuation in
      let first = First(continuation)
      let work = Task { first.give(await body()) }
      Task {
        try? await Task.sleep(for: limit)
        first.give(nil)
        work.cancel()
      }
    }
  }

  /// The same for calls that block: on a thread of their own.
  static func blocking<Value: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () throws -> Value
  ) async -> Result<Value, any Error>? {
    await within(limit) {
      do {
        return .success(try await DedicatedThread(name: "doctor").run(body))
      } catch {
        return .failure(error)
      }
    }
  }
}

/// The first of two answers; the other one is dropped.
private final class First<Value: Sendable>: Sendable {
  private let continuation: Mutex<CheckedContinuation<Value?, Never>?>

  init(_ continuation: CheckedContinuation<Value?, Never>) {
    self.continuation = Mutex(continuation)
  }

  func give(_ value: Value?) {
    continuation.withLock { $0.take() }?.resume(returning: value)
  }
}

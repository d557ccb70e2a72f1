import Foundation
import Synchronization

/// A thread of its own that runs blocking calls one after another, so that they never block Swift's cooperative pool.
///
/// Work runs in the order in which it was handed in. A caller's cancellation does not interrupt it.
public final class DedicatedThread: Sendable {
  /// Nil: the caller's own thread is used.
  private let line: WaitingLine<@Sendable () -> Void>?

  /// Starts the thread. It ends when the last reference goes, after the work handed in before.
  public convenience init(name: String) {
    self.init(name: name, isThread: true)
  }

  /// As the store that the work belongs to: with a thread of its own, or without.
  package convenience init(name: String, beside store: Store) {
    self.init(name: name, isThread: store.isThreaded)
  }

  private init(name: String, isThread: Bool) {
    guard isThread else {
      line = nil
      return
    }
    let line = WaitingLine<@Sendable () -> Void>()
    self.line = line
    Self.start(name: name) {
      while let work = line.next(atMost: 1) { work[0]() }
    }
  }

  deinit {
    line?.close()
  }

  static func start(name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.name = name
    thread.stackSize = 2 << 20
    thread.start()
  }

  /// Runs `body` on the thread and returns what it returns or throws what it throws.
  public func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      submit { continuation.resume(with: Result(catching: body)) }
    }
  }

  /// Hands `body` in without waiting for it.
  public func submit(_ body: @escaping @Sendable () -> Void) {
    if let line { line.add(body) } else { body() }
  }
}

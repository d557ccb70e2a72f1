import Dispatch
import Synchronization

/// A connection (or another resource for one thread at a time) that lives on its own thread and never leaves it.
public final class ConnectionLane<Resource>: Sendable {
  private let thread: DedicatedThread
  // Only work on `thread` touches the box's content, one piece after another.
  private let box = ThreadBox<Resource>()

  /// `name` is the thread's, for debuggers.
  public init(name: String) {
    thread = DedicatedThread(name: name)
  }

  /// Makes the resource on the thread; called before the first `run`, and again to replace it.
  public func start(_ make: @escaping @Sendable () throws -> Resource) async throws {
    try await thread.run { [box] in box.resource = try make() }
  }

  /// Runs `body` on the thread, after all work handed in before.
  public func run<Value: Sendable>(_ body: @escaping @Sendable (Resource) throws -> Value) async throws -> Value {
    try await thread.run { [box] in
      guard let resource = box.resource else { preconditionFailure("the lane was not started") }
      return try body(resource)
    }
  }

  /// As `run`, for a caller on a thread of its own, which it blocks; never to be called on Swift's cooperative pool.
  public func runBlocking<Value: Sendable>(_ body: @escaping @Sendable (Resource) throws -> Value) throws -> Value {
    let answer = Answer<Value>()
    thread.submit { [box] in
      answer.give(
        Result {
          guard let resource = box.resource else { preconditionFailure("the lane was not started") }
          return try body(resource)
        })
    }
    return try answer.wait()
  }
}

/// Carries one result from one thread to another that waits for it.
final class Answer<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)
  private let isGiven = DispatchSemaphore(value: 0)

  func give(_ result: Result<Value, any Error>) {
    self.result.withLock { $0 = result }
    isGiven.signal()
  }

  func wait() throws -> Value {
    isGiven.wait()
    guard let result = result.withLock({ $0 }) else { preconditionFailure("signalled without a result") }
    return try result.get()
  }
}

/// Holds what belongs to one thread. Safe because `ConnectionLane` touches `resource` only from work on its own serial thread, and the
/// last reference is dropped when no such work is left.
private final class ThreadBox<Resource>: @unchecked Sendable {
  var resource: Resource?
}

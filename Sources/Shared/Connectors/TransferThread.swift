import Database

/// A thread of its own for blocking transfers of libcurl, one after another.
final class TransferThread: Sendable {
  private let thread: DedicatedThread

  /// `name` is the thread's, for debuggers.
  init(name: String) {
    thread = DedicatedThread(name: name)
  }

  /// Runs `body`, which performs transfers under the stop it is given, on the thread. Cancelling the caller raises the stop.
  func run<Value: Sendable>(_ body: @escaping @Sendable (TransferStop) throws -> Value) async throws -> Value {
    let stop = TransferStop()
    return try await withTaskCancellationHandler {
      try await thread.run { try body(stop) }
    } onCancel: {
      stop.raise()
    }
  }
}

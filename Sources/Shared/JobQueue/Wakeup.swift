import Synchronization

/// Wakes one waiting loop of this process. A ring before the wait is not lost; several rings are one.
final class Wakeup: Sendable {
  private let stream: AsyncStream<Void>
  private let bell: AsyncStream<Void>.Continuation

  init() {
    (stream, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  func ring() {
    bell.yield()
  }

  /// Returns at the next ring, after `limit`, or when the task is cancelled.
  func wait(upTo limit: Duration) async {
    let timer = Task { [bell] in
      if (try? await Task.sleep(for: limit)) != nil { bell.yield() }
    }
    defer { timer.cancel() }
    for await _ in stream { return }
  }
}

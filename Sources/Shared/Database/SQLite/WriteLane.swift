import Synchronization

/// The writing thread of a store, with group commit: what has queued up while a transaction ran goes into the next one
/// together, each caller in a savepoint of its own. Under `power` they share one sync.
final class WriteLane: Sendable {
  /// How many callers share a transaction at the most, so that none of them waits long.
  private static let groupMax = 64
  /// How long the thread stays awake for the next caller.
  private static let patience = Duration.microseconds(100)

  private enum Work: Sendable {
    case write(WriteRequest)
    case other(@Sendable (SQLiteWriter) -> Void)
  }

  private let line = WaitingLine<Work>()

  /// Opens the writer on the thread; throws what it throws.
  init(_ open: @escaping @Sendable () throws -> SQLiteWriter) async throws {
    let line = self.line
    try await withCheckedThrowingContinuation { (opened: CheckedContinuation<Void, any Error>) in
      DedicatedThread.start(name: "store-write") {
        let writer: SQLiteWriter
        do {
          writer = try open()
        } catch {
          opened.resume(throwing: error)
          return
        }
        opened.resume()
        Self.attend(line, writer)
      }
    }
  }

  deinit {
    line.close()
  }

  private static func attend(_ line: WaitingLine<Work>, _ writer: SQLiteWriter) {
    while let works = line.next(atMost: groupMax, patience: patience) {
      var group: [WriteRequest] = []
      for work in works {
        switch work {
        case .write(let request): group.append(request)
        case .other(let body):
          writer.write(group)
          group = []
          body(writer)
        }
      }
      writer.write(group)
    }
  }

  func submit(_ request: WriteRequest) {
    line.add(.write(request))
  }

  /// Runs `body` between two transactions, after all that was handed in before.
  func run<Value: Sendable>(_ body: @escaping @Sendable (SQLiteWriter) throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      line.add(.other { writer in continuation.resume(with: Result { try body(writer) }) })
    }
  }
}

import Synchronization

/// The two connections of a store, and who runs what is done on them: threads of their own, or the callers.
enum StoreLanes: Sendable {
  case threads(WriteLane, ConnectionLane<SQLiteConnection>)
  case callers(CallerLanes)

  func submit(_ request: WriteRequest) {
    switch self {
    case .threads(let writing, _): writing.submit(request)
    case .callers(let lanes): lanes.write(request)
    }
  }

  /// Runs `body` between two write transactions.
  func writing<Value: Sendable>(
    _ body: @escaping @Sendable (SQLiteWriter) throws -> Value
  ) async throws -> Value {
    switch self {
    case .threads(let writing, _): try await writing.run(body)
    case .callers(let lanes): try lanes.withWriter(body)
    }
  }

  func reading<Value: Sendable>(
    _ body: @escaping @Sendable (SQLiteConnection) throws -> Value
  ) async throws -> Value {
    switch self {
    case .threads(_, let reading): try await reading.run(body)
    case .callers(let lanes): try lanes.withReader(body)
    }
  }
}

/// Connections that whoever comes uses himself, one at a time.
final class CallerLanes: Sendable {
  private let writer: Mutex<SQLiteWriter>
  private let reader: Mutex<SQLiteConnection>

  init(writer: sending SQLiteWriter, reader: sending SQLiteConnection) {
    self.writer = Mutex(writer)
    self.reader = Mutex(reader)
  }

  func write(_ request: WriteRequest) {
    writer.withLock { $0.write([request]) }
  }

  func withWriter<Value: Sendable>(_ body: @Sendable (SQLiteWriter) throws -> Value) throws -> Value {
    try writer.withLock { try body($0) }
  }

  func withReader<Value: Sendable>(_ body: @Sendable (SQLiteConnection) throws -> Value) throws -> Value {
    try reader.withLock { try body($0) }
  }
}

package import Timekeeping

/// A store in a file that this process alone has open, until the hold is let go of or the process dies: programs that want to
/// open it wait at its gate, and nobody writes to it, whatever tool is used.
package final class StoreHold: Sendable {
  private let path: String
  private let lane: ConnectionLane<HeldFile>

  /// Takes the store, which must exist, and brings its schema up to date, as every program does that opens it; one that was moved
  /// is left as it is.
  ///
  /// Throws `StoreInUse` when a process has it open, `busy` when another one opens it just now for longer than `waitMax`, and
  /// every `DatabaseError` of opening.
  package static func take(
    _ path: String, steps: [SchemaStep], now: Timestamp, waitMax: Duration = .seconds(10)
  ) async throws -> StoreHold {
    let lane = ConnectionLane<HeldFile>(name: "store-hold")
    try await lane.start { try HeldFile(path: path, steps: steps, now: now, waitMax: waitMax) }
    return StoreHold(path: path, lane: lane)
  }

  private init(path: String, lane: ConnectionLane<HeldFile>) {
    self.path = path
    self.lane = lane
  }

  /// What is noted beside the file; nil: nothing.
  package var mark: MoveMark? {
    get throws { try MoveMark.read(beside: path) }
  }

  /// Notes it, or takes the note away.
  package func set(_ mark: MoveMark?) throws {
    if let mark { try mark.write(beside: path) } else { try MoveMark.remove(beside: path) }
  }

  /// Runs `body` on the held store, on a thread of its own.
  package func read<Value: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Value) async throws -> Value {
    try await lane.run { try body(Transaction(connection: $0.connection, isReading: true)) }
  }

  /// As `read`, on the caller's thread, which it blocks.
  package func readBlocking<Value>(_ body: (Transaction) throws -> Value) throws -> Value {
    try StoreCopy.read(path, body)
  }
}

private final class HeldFile {
  /// In a transaction that keeps everybody else from writing.
  let connection: SQLiteConnection
  private let gate: Gate

  init(path: String, steps: [SchemaStep], now: Timestamp, waitMax: Duration) throws {
    try StoreFile(path: path).create()
    let gate = try Gate(of: path)
    guard gate.take(within: waitMax) else { throw DatabaseError.busy(path, waited: waitMax) }
    // Before it is opened here, and behind the gate: whoever is not seen now cannot come in any more.
    let users = StoreUser.all(of: path)
    guard users.isEmpty else { throw StoreInUse(users: users) }
    let connection = try SQLiteConnection(path: path, access: .readWrite)
    try connection.execute("PRAGMA synchronous = FULL; BEGIN IMMEDIATE")
    if case .moved = try MoveMark.read(beside: path) {
      // Nothing is changed any more.
    } else {
      try Migrator(steps: steps).migrate(connection, path: path, now: now)
      try connection.execute("COMMIT; BEGIN IMMEDIATE")
    }
    self.connection = connection
    self.gate = gate
  }
}

import Foundation

/// The one writing connection of a process.
final class SQLiteWriter {
  /// How long a caller waits for the write lock before `busy`.
  private static let waitMax = Duration.seconds(10)
  /// After this wait a writer takes the gate, so that nobody new begins before it.
  private static let patience = Duration.milliseconds(3)

  private let connection: SQLiteConnection
  private let gate: Gate
  private var durability = Durability.process

  init(path: String) throws(DatabaseError) {
    let gate = try Gate(path: path + ".gate")
    // Under the gate, since switching an empty file to WAL needs it alone.
    guard gate.take(within: Self.waitMax) else { throw .busy(path, waited: Self.waitMax) }
    let opened = Result { () throws(DatabaseError) in try SQLiteConnection(path: path, access: .readWrite) }
    gate.leave()
    self.gate = gate
    connection = try opened.get()
  }

  func write<Value>(_ durability: Durability, _ body: (Transaction) throws -> Value) throws -> Value {
    try begin(durability)
    do {
      let value = try body(Transaction(connection: connection))
      try connection.execute("COMMIT")
      return value
    } catch {
      // A full disk may have rolled back already.
      if !connection.isIdle { try connection.execute("ROLLBACK") }
      throw error
    }
  }

  /// As `write`, with the gate held throughout: for changes of the schema.
  func exclusively<Value>(_ body: (any Connection) throws -> Value) throws -> Value {
    guard gate.take(within: Self.waitMax) else { throw DatabaseError.busy(connection.path, waited: Self.waitMax) }
    defer { gate.leave() }
    return try write(.power) { try body($0.connection) }
  }

  /// Runs `wal_checkpoint(TRUNCATE)` with the gate held. False when it could not finish.
  func checkpoint() throws -> Bool {
    guard gate.take(within: .milliseconds(250)) else { return false }
    defer { gate.leave() }
    let busy = try connection.first("PRAGMA wal_checkpoint(TRUNCATE)") { $0.int(0) }
    return busy == 0
  }

  private func begin(_ durability: Durability) throws(DatabaseError) {
    if durability != self.durability {
      // Cannot change inside a transaction.
      try connection.execute(durability == .power ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
      self.durability = durability
    }
    gate.pass()
    try connection.beginImmediate(gate, patience: Self.patience, waitMax: Self.waitMax)
  }
}

extension SQLiteConnection {
  /// Begins, waiting for the write lock at most `waitMax`; from `patience` on with the gate taken when it is free.
  fileprivate func beginImmediate(
    _ gate: borrowing Gate, patience: Duration, waitMax: Duration
  ) throws(DatabaseError) {
    let clock = ContinuousClock()
    let start = clock.now
    var isHolding = false
    defer { if isHolding { gate.leave() } }
    setBusyTimeout(milliseconds: 0)
    defer { setBusyTimeout(milliseconds: 250) }
    while true {
      do {
        try run("BEGIN IMMEDIATE")
        return
      } catch DatabaseError.busy {
        let waited = clock.now - start
        guard waited < waitMax else { throw .busy(path, waited: waited) }
        if !isHolding && waited > patience { isHolding = gate.takeIfFree() }
        usleep(waited < patience ? 200 : 500)
      }
    }
  }
}

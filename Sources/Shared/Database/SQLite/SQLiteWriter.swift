import Foundation

/// The one writing connection of a process.
final class SQLiteWriter {
  /// After this wait a writer takes the gate, so that nobody new begins before it.
  private static let patience = Duration.milliseconds(3)

  private let connection: SQLiteConnection
  private let gate: Gate
  private let waitMax: Duration
  private var durability = Durability.process

  /// `waitMax`: how long a caller waits for the write lock before `busy`.
  init(path: String, waitMax: Duration) throws(DatabaseError) {
    let gate = try Gate(of: path)
    self.waitMax = waitMax
    // Under the gate, since switching an empty file to WAL needs it alone.
    guard gate.take(within: waitMax) else { throw .busy(path, waited: waitMax) }
    let opened = Result { () throws(DatabaseError) in try SQLiteConnection(path: path, access: .readWrite) }
    gate.leave()
    self.gate = gate
    connection = try opened.get()
  }

  func write<Value>(_ durability: Durability, _ body: (Transaction) throws -> Value) throws -> Value {
    try set(durability)
    gate.pass()
    try connection.beginImmediate(gate, patience: Self.patience, waitMax: waitMax)
    return try finish(body)
  }

  /// As `write`, with the gate held throughout: for changes of the schema.
  func exclusively<Value>(_ body: (any Connection) throws -> Value) throws -> Value {
    guard gate.take(within: waitMax) else { throw DatabaseError.busy(connection.path, waited: waitMax) }
    defer { gate.leave() }
    try set(.power)
    try connection.beginImmediate(gate, isHeld: true, patience: Self.patience, waitMax: waitMax)
    return try finish { try body($0.connection) }
  }

  /// Runs `body` in the transaction that was begun, and ends it.
  private func finish<Value>(_ body: (Transaction) throws -> Value) throws -> Value {
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

  /// Runs `wal_checkpoint(TRUNCATE)` with the gate held. False when it could not finish.
  func checkpoint() throws -> Bool {
    guard gate.take(within: .milliseconds(250)) else { return false }
    defer { gate.leave() }
    let busy = try connection.first("PRAGMA wal_checkpoint(TRUNCATE)") { $0.int(0) }
    return busy == 0
  }

  /// Cannot change inside a transaction.
  private func set(_ durability: Durability) throws(DatabaseError) {
    guard durability != self.durability else { return }
    try connection.execute(durability == .power ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
    self.durability = durability
  }
}

extension SQLiteConnection {
  /// Begins, waiting for the write lock at most `waitMax`; from `patience` on with the gate taken when it is free. A gate
  /// that the caller holds (`isHeld`) stays his.
  fileprivate func beginImmediate(
    _ gate: borrowing Gate, isHeld: Bool = false, patience: Duration, waitMax: Duration
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
        if !isHeld && !isHolding && waited > patience { isHolding = gate.takeIfFree() }
        usleep(waited < patience ? 200 : 500)
      }
    }
  }
}

import Foundation

/// The one writing connection of a process.
final class SQLiteWriter {
  /// After this wait a writer takes the gate, so that nobody new begins before it.
  private static let patience = Duration.milliseconds(3)

  private let connection: SQLiteConnection
  private let gate: Gate
  private let bell: any Bell
  private let waitMax: Duration
  private var durability = Durability.process

  /// `waitMax`: how long a caller waits for the write lock before `busy`.
  init(path: String, bell: any Bell, waitMax: Duration) throws(DatabaseError) {
    self.bell = bell
    let gate = try Gate(of: path)
    self.waitMax = waitMax
    // Under the gate, since switching an empty file to WAL needs it alone.
    guard gate.take(within: waitMax) else { throw .busy(path, waited: waitMax) }
    let opened = Result { () throws(DatabaseError) in try SQLiteConnection(path: path, access: .readWrite) }
    gate.leave()
    self.gate = gate
    connection = try opened.get()
  }

  /// Runs all requests in one transaction, each in a savepoint of its own, and answers them once it is committed: those
  /// whose body threw with their error, all with the commit's error if it fails.
  func write(_ requests: [WriteRequest]) {
    guard let durability = requests.map(\.durability).max() else { return }
    do {
      try begin(durability)
    } catch {
      for request in requests { request.finish(error) }
      return
    }
    connection.isTransactionExpected = true
    var errors: [(any Error)?] = []
    var notices: Set<Notice> = []
    for request in requests {
      do {
        notices.formUnion(try perform(request, isAlone: requests.count == 1))
        errors.append(nil)
      } catch {
        errors.append(error)
        // A full disk may have rolled back everything; then those who come later begin anew.
        if connection.isIdle { break }
      }
    }
    let failure = end(unlessAllFailed: errors)
    if failure == nil { bell.ring(notices) }
    for (request, error) in zip(requests, errors) { request.finish(error ?? failure) }
    write(Array(requests.dropFirst(errors.count)))
  }

  /// Returns whom the request wants woken.
  private func perform(_ request: WriteRequest, isAlone: Bool) throws -> Set<Notice> {
    let transaction = Transaction(connection: connection)
    if isAlone {
      try request.perform(transaction)
      return transaction.notices.all
    }
    try connection.run("SAVEPOINT caller")
    do {
      try request.perform(transaction)
    } catch {
      if !connection.isIdle { try connection.run("ROLLBACK TO caller") }
      throw error
    }
    try connection.run("RELEASE caller")
    return transaction.notices.all
  }

  /// Commits, unless nothing is left to be committed. Returns why it failed.
  private func end(unlessAllFailed errors: [(any Error)?]) -> (any Error)? {
    connection.isTransactionExpected = false
    do {
      if connection.isIdle {
        throw errors.compactMap(\.self).last ?? DatabaseError.failed(code: "", message: "rolled back")
      }
      try connection.run(errors.allSatisfy { $0 != nil } ? "ROLLBACK" : "COMMIT")
    } catch {
      return rolledBack(after: error)
    }
    return nil
  }

  private func rolledBack(after error: any Error) -> any Error {
    do {
      if !connection.isIdle { try connection.run("ROLLBACK") }
      return error
    } catch {
      return error
    }
  }

  private func begin(_ durability: Durability) throws {
    try set(durability)
    gate.pass()
    try connection.beginImmediate(gate, patience: Self.patience, waitMax: waitMax)
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

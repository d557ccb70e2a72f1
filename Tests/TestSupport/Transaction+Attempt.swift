public import Database

extension Transaction {
  /// Runs `body` in a savepoint, and takes back what it did when it throws: after a refused statement PostgreSQL takes nothing
  /// more in the same transaction otherwise.
  public func attempt<Value>(_ body: () throws -> Value) throws -> Value {
    try run("SAVEPOINT attempt")
    do {
      let value = try body()
      try run("RELEASE SAVEPOINT attempt")
      return value
    } catch {
      try run("ROLLBACK TO SAVEPOINT attempt")
      throw error
    }
  }
}

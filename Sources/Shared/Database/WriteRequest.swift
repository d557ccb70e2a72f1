import Synchronization

/// One caller's part of a transaction.
struct WriteRequest: Sendable {
  let durability: Durability
  let company: Company
  /// Keeps what the caller's body returned until the commit.
  let perform: @Sendable (Transaction) throws -> Void
  /// Called once, after the commit or instead of it.
  let finish: @Sendable ((any Error)?) -> Void

  init<Value: Sendable>(
    _ durability: Durability, _ company: Company = .alone,
    _ body: @escaping @Sendable (Transaction) throws -> Value,
    answer: @escaping @Sendable (Result<Value, any Error>) -> Void
  ) {
    let value = Kept<Value>()
    self.durability = durability
    self.company = company
    perform = { transaction in value.keep(try body(transaction)) }
    finish = { error in
      switch (error, value.take()) {
      case (let error?, _): answer(.failure(error))
      case (nil, let value?): answer(.success(value))
      case (nil, nil): preconditionFailure("committed without having run")
      }
    }
  }

  private final class Kept<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    func keep(_ value: Value) { self.value.withLock { $0 = value } }
    func take() -> Value? { value.withLock { $0 } }
  }
}

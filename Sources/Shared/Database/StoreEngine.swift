import Timekeeping

/// What a store stands on. Conformers: `FileEngine` (SQLite) and `ServerEngine` (PostgreSQL).
protocol StoreEngine: Sendable {
  var dialect: Dialect { get }

  /// Runs the request in a transaction of its own or, with others, in savepoints of one, and answers it once that is committed.
  func submit(_ request: WriteRequest)

  /// Runs `body` in a transaction that sees one consistent state and writes nothing.
  func read<Value: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Value) async throws -> Value

  /// See `Store.listen`.
  func listen(_ heard: @escaping @Sendable (Set<Notice>) -> Void) -> Listening

  /// Called in every transaction before it does anything. Throws `replaced`.
  func requireSameStore() throws(DatabaseError)

  /// See `Store.endWaiting`.
  func endWaiting(in time: Duration)

  /// See `Store.checkpoint`.
  func checkpoint() async throws -> Bool

  /// See `Store.copy`.
  func copy(to path: String) async throws

  /// How far the store's own clock is ahead of this machine's; nil: it has none of its own.
  var clockLead: Duration? { get }
}

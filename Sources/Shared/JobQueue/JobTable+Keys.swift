import Database

extension JobTable {
  /// A concurrency key within its queue.
  struct QueueKey: Hashable, Sendable {
    let queue: String
    let key: String
  }

  static func admitHeld(_ keys: Set<QueueKey>, in transaction: Transaction) throws {
    for key in keys { try admitHeld(queue: key.queue, key: key.key, in: transaction) }
  }

  /// Lets in as many held jobs of the key as its limit leaves room for, best first: to be called in every transaction in which
  /// jobs of the key came, or left `leased` and `available`. Thus leasing never meets a job that its key forbids, and its
  /// cost does not depend on how many of them there are.
  static func admitHeld(queue: String, key: String, in transaction: Transaction) throws {
    let limit = try keyLimit(of: queue, in: transaction)
    guard limit.isKnown else { return }
    let taken = try transaction.first(
      """
      SELECT count(*) FROM job
      WHERE queue = $1 AND concurrency_key = $2 AND is_held = 0
        AND concurrency_key IS NOT NULL AND state IN ('available', 'leased')
      """, [.text(queue), .text(key)]
    ) { $0.int(0) }
    // Without a limit all of them; LIMIT −1 would say so in SQLite only.
    let room = limit.max.map { max(0, $0 - (taken ?? 0)) } ?? .max
    guard room > 0 else { return }
    let admitted = try transaction.run(
      """
      UPDATE job SET is_held = 0 WHERE id IN (
        SELECT id FROM job
        WHERE queue = $1 AND concurrency_key = $2 AND is_held = 1
          AND concurrency_key IS NOT NULL AND state IN ('available', 'leased')
        ORDER BY order_at, id LIMIT $3)
      """, [.text(queue), .text(key), .int(room)])
    if admitted > 0 { transaction.announce(.work) }
  }

  /// After a queue's limit for keys was changed: whoever does not run stands behind it again.
  static func holdAnew(_ queue: String, in transaction: Transaction) throws {
    try transaction.run(
      """
      UPDATE job SET is_held = 1
      WHERE queue = $1 AND is_held = 0 AND state = 'available' AND concurrency_key IS NOT NULL
        AND state IN ('available', 'leased')
      """, [.text(queue)])
    // As many as there are keys; limits are changed by hand, and seldom.
    let keys = try transaction.query(
      """
      SELECT DISTINCT concurrency_key FROM job
      WHERE queue = $1 AND is_held = 1 AND concurrency_key IS NOT NULL AND state IN ('available', 'leased')
      """, [.text(queue)]
    ) { $0.text(0) }
    try admitHeld(Set(keys.map { QueueKey(queue: queue, key: $0) }), in: transaction)
  }

  /// Whether the queue exists, and its limit for keys.
  static func keyLimit(of queue: String, in transaction: Transaction) throws -> (isKnown: Bool, max: Int?) {
    let limit = try transaction.first(
      "SELECT key_concurrency_max FROM queue WHERE name = $1" + transaction.lockRow, [.text(queue)]
    ) { $0.optionalInt(0) }
    return (limit != nil, limit ?? nil)
  }
}

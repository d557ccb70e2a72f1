package import Database

extension CycleTable {
  /// The cycles before `id`, or the newest ones, newest first.
  package static func page(before id: Int64?, limit: Int, in transaction: Transaction) throws -> [CycleRow] {
    try transaction.query(
      """
      SELECT id, state, scheduler, started_at, finished_at, message FROM cycle WHERE id < $1 ORDER BY id DESC LIMIT $2
      """, [.integer(id ?? .max), .int(limit)]
    ) { row in
      CycleRow(
        id: row.int64(0), state: try row.value(1, as: CycleState.self), scheduler: row.text(2), startedAt: row.time(3),
        finishedAt: row.optionalTime(4), message: row.optionalText(5))
    }
  }

  /// The cycle that stands as running, whether its scheduler is alive or not.
  package static func open(in transaction: Transaction) throws -> CycleRow? {
    guard let id = try transaction.first("SELECT id FROM cycle WHERE state = 'running'", [], { $0.int64(0) }) else {
      return nil
    }
    return try list(id: id, limit: 1, in: transaction).first
  }

  /// How the latest cycles ended: of the last `limit`, how many are in each state.
  package static func outcomes(ofLast limit: Int, in transaction: Transaction) throws -> [CycleState: Int] {
    let counts = try transaction.query(
      """
      SELECT state, count(*) FROM (SELECT state FROM cycle ORDER BY id DESC LIMIT $1) AS latest GROUP BY state
      """, [.int(limit)]
    ) { (try $0.value(0, as: CycleState.self), $0.int(1)) }
    return Dictionary(uniqueKeysWithValues: counts)
  }
}

package import Database

extension PlanTable {
  /// The newest plan that selected leads; nil: none did. Looks at the last 1,000 plans.
  package static func lastSelecting(in transaction: Transaction) throws -> PlanSelection? {
    try transaction.first(
      """
      SELECT id, cycle_id, created_at, selected FROM plan
      WHERE id > (SELECT COALESCE(max(id), 0) FROM plan) - 1000 AND selected > 0 ORDER BY id DESC LIMIT 1
      """
    ) { PlanSelection(planID: $0.int64(0), cycleID: $0.int64(1), createdAt: $0.time(2), selected: $0.int(3)) }
  }
}

package import Database
package import Timekeeping

/// Saved plans that were carried out: `applied_plan`. The schema lets each in but once.
package enum AppliedPlanTable {
  package struct Row: Sendable, Equatable {
    package var planID: Int64
    package var appliedAt: Timestamp
    package var appliedBy: String
  }

  /// Whether, and as which plan, a saved plan was carried out.
  package static func find(_ savedPlan: String, in transaction: Transaction) throws -> Row? {
    try transaction.first(
      "SELECT plan_id, applied_at, applied_by FROM applied_plan WHERE saved_plan = $1", [.text(savedPlan)]
    ) { Row(planID: $0.int64(0), appliedAt: $0.time(1), appliedBy: $0.text(2)) }
  }

  /// In the transaction that commits the plan. Throws a `constraint` when the saved plan was carried out before.
  package static func add(
    _ savedPlan: String, plan: Int64, by person: String, now: Timestamp, in transaction: Transaction
  ) throws {
    try transaction.run(
      "INSERT INTO applied_plan (saved_plan, plan_id, applied_at, applied_by) VALUES ($1, $2, $3, $4)",
      [.text(savedPlan), .integer(plan), .time(now), .text(person)])
  }
}

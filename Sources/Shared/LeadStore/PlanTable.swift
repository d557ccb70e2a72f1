package import Database
package import Leads
package import Planning
package import Timekeeping

/// A stored plan.
package struct PlanRow: Sendable, Equatable {
  package var id: Int64
  package var cycleID: Int64
  package var snapshotID: Int64
  package var createdAt: Timestamp
  package var message: String
  package var selected: Int
  package var plan: Plan
}

/// How many leads a plan selected.
package struct PlanSelection: Sendable, Equatable {
  package var planID: Int64
  package var cycleID: Int64
  package var createdAt: Timestamp
  package var selected: Int
}

/// Plans with all their numbers: `plan`, one for each cycle that got so far.
package enum PlanTable {
  /// Returns the plan's id.
  package static func add(
    _ plan: Plan, cycle: Int64, snapshot: Int64, selected: Int, now: Timestamp, in transaction: Transaction
  ) throws -> Int64 {
    let decision =
      switch plan.decision {
      case .upload: "upload"
      case .sufficient: "sufficient"
      case .blocked: "blocked"
      }
    let id = try transaction.first(
      """
      INSERT INTO plan (cycle_id, snapshot_id, created_at, decision, message, selected, document)
      VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id
      """,
      [
        .integer(cycle), .integer(snapshot), .time(now), .text(decision), .text(plan.message), .int(selected),
        .text(try StoredJSON.encode(plan)),
      ]
    ) { $0.int64(0) }
    guard let id else { preconditionFailure("INSERT … RETURNING gave no row") }
    return id
  }

  /// The plans after `id` that selected leads, oldest first, at most `limit`.
  package static func selections(
    after id: Int64, limit: Int, in transaction: Transaction
  ) throws -> [PlanSelection] {
    try transaction.query(
      """
      SELECT id, cycle_id, created_at, selected FROM plan
      WHERE id > $1 AND (selected > 0 OR EXISTS (SELECT 1 FROM batch WHERE batch.plan_id = plan.id))
      ORDER BY id LIMIT $2
      """, [.integer(id), .int(limit)]
    ) { PlanSelection(planID: $0.int64(0), cycleID: $0.int64(1), createdAt: $0.time(2), selected: $0.int(3)) }
  }

  /// The cycle of a plan.
  package static func cycle(ofPlan id: Int64, in transaction: Transaction) throws -> Int64? {
    try transaction.first("SELECT cycle_id FROM plan WHERE id = $1", [.integer(id)]) { $0.int64(0) }
  }

  /// `Performance.teamStates` of the newest plan; nil: no plan yet, or it looked at no performance.
  package static func lastTeamStates(in transaction: Transaction) throws -> [String: TeamState]? {
    let document = try transaction.first("SELECT document FROM plan ORDER BY id DESC LIMIT 1") {
      try StoredJSON.decode(JudgedTeams.self, from: $0.text(0))
    }
    return document?.performance?.teamStates
  }

  /// What the next plan needs of the document of the last one.
  private struct JudgedTeams: Decodable {
    struct Performance: Decodable {
      var teamStates: [String: TeamState]

      private enum CodingKeys: String, CodingKey {
        case teamStates = "team_states"
      }
    }

    var performance: Performance?
  }

  package static func find(ofCycle cycle: Int64, in transaction: Transaction) throws -> PlanRow? {
    try transaction.first(
      "SELECT id, cycle_id, snapshot_id, created_at, message, selected, document FROM plan WHERE cycle_id = $1",
      [.integer(cycle)]
    ) { row in
      PlanRow(
        id: row.int64(0), cycleID: row.int64(1), snapshotID: row.int64(2), createdAt: row.time(3), message: row.text(4),
        selected: row.int(5), plan: try StoredJSON.decode(Plan.self, from: row.text(6)))
    }
  }
}

import Database
import LeadStore
import Leads
import Timekeeping

/// The books agree with themselves and with the CRM, lead by lead; the audit trail is whole and only grows.
// Unchecked: used on the one thread of `SingleThread` only.
final class BooksCheckTable: @unchecked Sendable {
  private let world: World
  private let connection: any Connection
  private var lastPlan: Int64 = 0
  /// The trail as it was seen last: entry and hash.
  private var anchor: (id: Int64, hash: String)?

  init(world: World, connection: any Connection) {
    self.world = world
    self.connection = connection
  }

  // MARK: After every step

  /// Looks at plans that were committed since the last time.
  func runOnPlans() throws {
    try connection.forEachRow(
      """
      SELECT p.id, p.selected, s.total, c.started_at FROM plan p JOIN stock_snapshot s ON s.id = p.snapshot_id
      JOIN cycle c ON c.id = p.cycle_id WHERE p.id > $1 ORDER BY p.id
      """, [.integer(lastPlan)]
    ) { row in
      lastPlan = row.int64(0)
      guard row.int(1) > 0 else { return }
      world.limits.notePlan(lastPlan, selected: row.int(1))
      world.stocks.notePlan(lastPlan, total: row.int(2), readSince: world.cycleBegan)
    }
  }

  // MARK: The whole

  /// Compares everything with everything. `isOver`: nothing may be open any more.
  func run(isOver: Bool) throws {
    try compareWithCRM(isOver: isOver)
    try none(
      "the catalog agrees with the batches",
      """
      SELECT l.key FROM lead l WHERE (l.state = 'selected') <> EXISTS (
        SELECT 1 FROM batch_lead b WHERE b.lead_id = l.id AND b.state IN ('pending', 'unresolved')) LIMIT 1
      """)
    try none(
      "the catalog agrees with the batches",
      """
      SELECT l.key FROM batch_lead b JOIN lead l ON l.id = b.lead_id
      WHERE b.state IN ('created', 'duplicate', 'rejected') AND l.state <> b.state LIMIT 1
      """)
    try none(
      "a settled batch is settled lead by lead",
      """
      SELECT CAST(b.batch_id AS TEXT) FROM batch_lead b JOIN batch a ON a.id = b.batch_id
      WHERE a.settled_at IS NOT NULL AND b.state IN ('pending', 'unresolved') LIMIT 1
      """)
    try none(
      "what was selected is in batches",
      """
      SELECT CAST(p.id AS TEXT) FROM plan p WHERE p.selected <> (
        SELECT count(*) FROM batch_lead l JOIN batch b ON b.id = l.batch_id WHERE b.plan_id = p.id) LIMIT 1
      """)
    try none(
      "the daily counters agree with the leads",
      """
      WITH truth AS (
        SELECT day, count(*) FILTER (WHERE state = 'created') AS created,
          count(*) FILTER (WHERE state IN ('pending', 'unresolved')) AS reserved
        FROM batch_lead GROUP BY day)
      SELECT c.day FROM daily_counter c LEFT JOIN truth t ON t.day = c.day
      WHERE c.created <> coalesce(t.created, 0) OR c.reserved <> coalesce(t.reserved, 0) LIMIT 1
      """)
    if let cell = try CatalogTable.supplyDisagreements(limit: 1, in: Transaction(connection: connection)).first {
      world.fail("the supply is what the catalog holds", "first found: \(cell)")
    }
    try none("the schema refuses nothing", "SELECT reason FROM job WHERE reason LIKE '%refused a row%' LIMIT 1")
    try none("the schema refuses nothing", "SELECT message FROM cycle WHERE message LIKE '%refused a row%' LIMIT 1")
    if isOver {
      try none("nothing stays open", "SELECT CAST(id AS TEXT) FROM batch WHERE settled_at IS NULL LIMIT 1")
      try none("nothing stays selected", "SELECT key FROM lead WHERE state = 'selected' LIMIT 1")
    }
    try checkAudit()
  }

  private func none(_ promise: String, _ sql: String) throws {
    if let found = try connection.first(sql, [], { $0.optionalText(0) ?? "?" }) {
      world.fail(promise, "first found: \(found)")
    }
  }

  private func compareWithCRM(isOver: Bool) throws {
    var states: [String: String] = [:]
    let store = "world-\(world.seed)"
    try connection.forEachRow("SELECT batch_id, position, state, requests FROM batch_lead", []) { row in
      let marker = UploadMarker(storeID: store, batchID: row.int64(0), position: row.int(1)).text
      let state = row.text(2)
      states[marker] = state
      let isThere = world.everCreated.contains(marker)
      if state == "created", !isThere { world.fail("what counts as created was created", "\(marker) was not") }
      // What the CRM lost before anybody saw it there may be anything.
      let isSeen = isThere && !world.crm.lostMarkers.contains(marker)
      if isSeen, state != "created", state != "unresolved", row.int(3) == 0 || state != "pending" || isOver {
        world.fail("what was created counts as created", "\(marker) is \(state)")
      }
    }
    for row in world.crm.rows {
      guard let marker = row.marker else { continue }
      if states[marker] == nil { world.fail("every row of ours is in the books", "\(marker) is not") }
    }
  }

  private func checkAudit() throws {
    let verdict = try AuditTable.verify(in: Transaction(connection: connection))
    if let broken = verdict.firstBreak {
      world.fail("the audit trail is whole", "entry \(broken.entryID): \(broken.reason)")
    }
    // A trail without entries has a head of no entry.
    if let anchor, anchor.id > 0 {
      let hash = try connection.first("SELECT hash FROM audit WHERE id = $1", [.integer(anchor.id)]) { $0.text(0) }
      if hash != anchor.hash { world.fail("the audit trail only grows", "entry \(anchor.id) was changed or is gone") }
    }
    anchor = try connection.first("SELECT entry_id, hash FROM audit_head WHERE id = 1", []) {
      ($0.int64(0), $0.text(1))
    }
  }

  // MARK: The end

  /// What keeps the world from being at rest; nil when nothing does.
  func unrest(after cycle: Int64) throws -> String? {
    let open = try connection.first("SELECT count(*) FROM batch WHERE settled_at IS NULL", []) { $0.int(0) } ?? 0
    if open > 0 { return "\(open) batches are open" }
    let jobs =
      try connection.first(
        "SELECT count(*) FROM job WHERE state IN ('waiting', 'available', 'leased')", []
      ) { $0.int(0) } ?? 0
    if jobs > 0 { return "\(jobs) jobs are unfinished" }
    let done =
      try connection.first("SELECT count(*) FROM cycle WHERE state = 'done' AND id > $1", [.integer(cycle)]) {
        $0.int(0)
      } ?? 0
    return done > 0 ? nil : "no cycle has ended well"
  }

  func lastCycle() throws -> Int64 {
    try connection.first("SELECT coalesce(max(id), 0) FROM cycle", []) { $0.int64(0) } ?? 0
  }
}

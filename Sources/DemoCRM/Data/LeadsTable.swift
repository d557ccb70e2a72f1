import Database

/// Statements on the CRM's `leads`: one text for both engines but where many values travel at once.
enum LeadsTable {
  private static let columns = LeadRow.columns.joined(separator: ", ")

  private static let insertOne = """
    INSERT INTO leads (\(columns)) VALUES (\((1...LeadRow.columns.count).map { "$\($0)" }.joined(separator: ", ")))
    """

  private static let insertAll = """
    INSERT INTO leads (\(columns))
    SELECT \(columns) FROM json_populate_recordset(CAST(NULL AS leads), CAST($1 AS json))
    """

  /// Throws `constraint(unique)` for an npi that is there already.
  ///
  /// A prepared statement a row costs SQLite 20 µs and PostgreSQL ten times that, in round trips and parameters; so
  /// there all rows travel as one parameter.
  static func insert(_ rows: [LeadRow], at moment: CRMMoment, _ connection: any Connection) throws {
    guard !rows.isEmpty else { return }
    switch connection.dialect {
    case .sqlite:
      for row in rows { try connection.run(insertOne, row.binds(at: moment)) }
    case .postgresql:
      try connection.run(insertAll, [.text(LeadRow.json(rows, at: moment))])
    }
  }

  private static let lookupSQLite = "SELECT id, npi FROM leads WHERE npi IN (SELECT value FROM json_each($1))"
  private static let lookupPostgres = """
    SELECT id, npi FROM leads WHERE npi IN (SELECT json_array_elements_text(CAST($1 AS json)))
    """

  /// The ids of those leads whose npi is one of `npis`, which hold no NUL.
  static func ids(ofNPIs npis: [String], _ connection: any Connection) throws -> [String: Int64] {
    var ids: [String: Int64] = [:]
    try connection.forEachRow(
      connection.dialect == .sqlite ? lookupSQLite : lookupPostgres,
      [.text(JSONWriter.text(of: .array(npis.map { .text($0) })))]
    ) { ids[$0.text(1)] = $0.int64(0) }
    return ids
  }

  /// What `GET /api/v1/leads` asks for. `assignee` restricts an agent to its own.
  struct Page: Sendable {
    var showAll = false
    var status: String?
    var assignee: Int64?
    var skip = 0
    var limit = 100
  }

  private static let integers: Set = [
    "id", "providers", "score", "medicare_allograft_score", "overlooked_opportunity_score", "rural_verified_score",
    "assigned_user_id", "times_recycled",
  ]
  private static let times: Set = ["created_at", "updated_at", "assigned_at"]
  /// What an answer shows of a lead: everything but `scoring_breakdown`.
  private static let shown =
    ["id", "npi", "practice_name"] + LeadRow.textFields + ["providers"] + LeadRow.scoreFields
    + ["priority", "status", "source", "assigned_user_id", "times_recycled"] + times.sorted()
  private static let selection = shown.map { name in
    name == "status" || times.contains(name) ? "CAST(\(name) AS text)" : name
  }.joined(separator: ", ")

  // No second sort key: rows of one request tie, and paging may repeat or miss them, as in the real CRM.
  private static let page = """
    SELECT \(selection) FROM leads
    WHERE (CAST($1 AS bigint) = 1 OR status NOT IN ('closed_won', 'closed_lost', 'recycled'))
      AND (CAST($2 AS text) IS NULL OR CAST(status AS text) = $2)
      AND (CAST($3 AS bigint) IS NULL OR assigned_user_id = $3)
    ORDER BY created_at DESC LIMIT CAST($4 AS bigint) OFFSET CAST($5 AS bigint)
    """

  /// The page as JSON objects, newest first. Bounded by the page's own limit, which has no maximum by contract.
  static func page(_ page: Page, _ connection: any Connection) throws -> [JSONObject] {
    try connection.query(
      Self.page,
      [
        .bool(page.showAll), .optional(page.status), .optional(page.assignee), .int(page.limit), .int(page.skip),
      ], object)
  }

  private static let newest = "SELECT \(selection) FROM leads ORDER BY id DESC LIMIT 1"

  /// The lead with the highest id.
  static func newest(_ connection: any Connection) throws -> JSONObject? {
    try connection.first(newest, [], object)
  }

  private static func object(_ row: Row) -> JSONObject {
    JSONObject(
      members: shown.enumerated().map { column, name in
        if integers.contains(name) { return (name, .optional(row.optionalInt64(column))) }
        let text = row.optionalText(column)
        guard times.contains(name) else { return (name, .optional(text)) }
        return (name, .optional(text.map { $0.replacing(" ", with: "T", maxReplacements: 1) }))
      })
  }

  struct Counts: Sendable {
    var total: Int64
    var assigned: Int64
    var closedWon: Int64
    var closedLost: Int64
  }

  static func counts(_ connection: any Connection) throws -> Counts {
    let counts = try connection.first(
      """
      SELECT COUNT(*), COUNT(assigned_user_id), COUNT(*) FILTER (WHERE status = 'closed_won'),
        COUNT(*) FILTER (WHERE status = 'closed_lost')
      FROM leads
      """
    ) { Counts(total: $0.int64(0), assigned: $0.int64(1), closedWon: $0.int64(2), closedLost: $0.int64(3)) }
    return counts ?? Counts(total: 0, assigned: 0, closedWon: 0, closedLost: 0)
  }

  private static func closing(_ status: String) -> String {
    """
    UPDATE leads SET status = '\(status)', updated_at = $1 WHERE id IN (
      SELECT id FROM leads WHERE assigned_user_id IS NULL AND status NOT IN ('closed_won', 'closed_lost')
      ORDER BY CASE priority WHEN 'A+' THEN 3 WHEN 'A' THEN 2 WHEN 'B+' THEN 1 WHEN 'B' THEN 1 ELSE 0 END,
        COALESCE(score, 0), id
      LIMIT CAST($2 AS bigint))
    """
  }

  private static let closingWon = closing("closed_won")
  private static let closingLost = closing("closed_lost")

  /// Closes up to `count` unassigned open leads, the best class last. Returns how many there were.
  static func close(count: Int, asWon: Bool, at moment: CRMMoment, _ connection: any Connection) throws -> Int {
    try connection.run(asWon ? closingWon : closingLost, [moment.local, .int(count)])
  }

  private static let settingClosedWon = settingClosed("closed_won")
  private static let settingClosedLost = settingClosed("closed_lost")

  private static func settingClosed(_ status: String) -> String {
    """
    UPDATE leads SET status = '\(status)', assigned_user_id = CAST($1 AS bigint), assigned_at = $2, created_at = $3,
      updated_at = $4
    WHERE npi = $5
    """
  }

  /// Makes the lead with this npi a closed one of `agent` (nil: of nobody) that was created, assigned and closed then.
  static func setClosed(
    npi: String, asWon: Bool, agent: Int64?, created: CRMMoment, closed: CRMMoment, _ connection: any Connection
  ) throws {
    try connection.run(
      asWon ? settingClosedWon : settingClosedLost,
      [.optional(agent), agent == nil ? .null : created.utc, created.local, closed.local, .text(npi)])
  }
}

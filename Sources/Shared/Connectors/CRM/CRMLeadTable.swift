import Database
import Leads

/// The statements on the CRM's `leads` and `users`. They only read.
///
/// The words are those of `CRMLeadStatus`; columns that the CRM's schema lacks are left out by `CRMSchema`.
struct CRMLeadTable {
  let schema: CRMSchema

  /// What the words of a lead's row mean. `$1` is the window of conversion in seconds.
  private var sorted: String {
    """
    lead AS (
      SELECT
        id,
        regexp_replace(upper(COALESCE(CAST(priority AS text), '')), '\\s|PRIORITY\\s*$', '', 'g') AS class,
        lower(btrim(COALESCE(CAST(status AS text), ''))) AS status,
        \(schema.assignment) IS NOT NULL AS is_assigned,
        CAST(\(schema.assignment) AS text) AS agent,
        \(schema.state) AS state,
        \(schema.timesRecycled) AS times_recycled,
        \(schema.isClosedInWindow) AS is_recent
      FROM leads
    ), sorted AS (
      SELECT
        id, class, status, is_assigned, agent, state, is_recent,
        status IN ('closed_won', 'closed_lost') AS is_closed,
        status = 'recycled' AS is_recycled,
        status = 'recycled' AND times_recycled >= \(CRMLeadStatus.recyclingsMax) AS is_exhausted
      FROM lead
    )
    """
  }

  /// Everything about leads in one pass, one row a class. `$1` is the window of conversion in seconds.
  var stockStatement: String {
    """
    WITH \(sorted)
    SELECT
      class,
      count(*) FILTER (WHERE NOT is_closed AND NOT is_exhausted),
      count(*) FILTER (WHERE NOT is_closed AND NOT is_exhausted AND (NOT is_assigned OR is_recycled)),
      count(*) FILTER (WHERE is_closed),
      count(*) FILTER (WHERE is_assigned AND NOT is_closed AND NOT is_recycled),
      count(*) FILTER (WHERE is_recent AND status = 'closed_won'),
      count(*) FILTER (WHERE is_recent AND status = 'closed_lost'),
      max(id)
    FROM sorted
    GROUP BY class
    """
  }

  static func group(_ row: Row) -> StockCount.Group {
    StockCount.Group(
      leadClass: CRMLeadStatus.leadClass(priority: row.text(0)), total: row.int(1), available: row.int(2),
      closed: row.int(3), deskLoad: row.int(4), conversion: Conversion(won: row.int(5), lost: row.int(6)),
      newestLeadID: row.int64(7))
  }

  /// The agents by their manager, with their desks and what they closed, one row a team. `$1` is the window of conversion in
  /// seconds. Nil where the CRM does not say who manages whom.
  var teamsStatement: String? {
    guard schema.hasTeams else { return nil }
    return """
      WITH \(sorted), agent AS (
        SELECT CAST(u.id AS text) AS id, u.is_active, \(schema.daysOfTenure) AS days,
          COALESCE(\(schema.managerName), CAST(u.manager_id AS text), '') AS team
        FROM users u LEFT JOIN users m ON m.id = u.manager_id
        WHERE lower(btrim(CAST(u.role AS text))) = 'agent'
      ), crew AS (
        SELECT team, count(*) FILTER (WHERE is_active) AS active,
          percentile_cont(0.5) WITHIN GROUP (ORDER BY days) FILTER (WHERE is_active) AS days
        FROM agent GROUP BY team
      ), work AS (
        SELECT agent.team,
          count(*) FILTER (WHERE NOT is_closed AND NOT is_recycled) AS desk,
          count(*) FILTER (WHERE is_recent AND status = 'closed_won') AS won,
          count(*) FILTER (WHERE is_recent AND status = 'closed_lost') AS lost
        FROM sorted JOIN agent ON agent.id = sorted.agent GROUP BY agent.team
      )
      SELECT crew.team, crew.active, COALESCE(work.desk, 0), COALESCE(work.won, 0), COALESCE(work.lost, 0),
        CAST(floor(crew.days) AS bigint)
      FROM crew LEFT JOIN work ON work.team = crew.team
      ORDER BY crew.team COLLATE "C" LIMIT 10000
      """
  }

  static func team(_ row: Row) -> TeamStock {
    TeamStock(
      key: row.text(0), activeAgents: row.int(1), deskLoad: row.int(2),
      conversion: Conversion(won: row.int(3), lost: row.int(4)),
      medianTenureDays: row.optionalInt64(5).map(Double.init))
  }

  /// The pool and what agents took up, one row for each class and text in `state`. `$1` as above. Nil where leads have no
  /// state.
  var regionsStatement: String? {
    guard schema.hasState else { return nil }
    return """
      WITH \(sorted)
      SELECT
        state, class,
        count(*) FILTER (WHERE NOT is_closed AND NOT is_exhausted AND (NOT is_assigned OR is_recycled)),
        count(*) FILTER (WHERE (is_closed AND is_recent) OR (is_assigned AND NOT is_closed AND NOT is_recycled))
      FROM sorted
      GROUP BY state, class LIMIT 100000
      """
  }

  static func regionPart(_ row: Row) -> StockCount.RegionPart {
    StockCount.RegionPart(
      state: row.text(0), leadClass: CRMLeadStatus.leadClass(priority: row.text(1)), available: row.int(2),
      uptake: row.int(3))
  }

  static let activeAgentsStatement = """
    SELECT count(*) FROM users WHERE lower(btrim(CAST(role AS text))) = 'agent' AND is_active
    """

  /// Rows with one of the npis `$1` or one of our markers `$2` (arrays), at most `$3`.
  var byMarkerStatement: String {
    """
    WITH lead AS (
      SELECT id, CAST(npi AS text) AS npi, \(Self.marker) AS marker FROM leads
    )
    SELECT id, npi, marker FROM lead
    WHERE npi = ANY(CAST($1 AS text[])) OR marker = ANY(CAST($2 AS text[]))
    ORDER BY id LIMIT CAST($3 AS bigint)
    """
  }

  /// Rows with one of the npis `$1` (array) or an id above `$2`, at most `$3`: where no marker can be read.
  static let byFieldsStatement = """
    SELECT id, CAST(npi AS text), CAST(owner_name AS text), CAST(practice_name AS text), CAST(practice_phone AS text),
      CAST(zip_code AS text)
    FROM leads
    WHERE CAST(npi AS text) = ANY(CAST($1 AS text[])) OR id > CAST($2 AS bigint)
    ORDER BY id LIMIT CAST($3 AS bigint)
    """

  /// All rows above the id `$1`, in order, at most `$2`: the columns of `markedSighting` or `unmarkedSighting`.
  var sweepStatement: String {
    let marker = schema.hasMarker ? Self.marker : Self.contact
    return """
      SELECT id, CAST(npi AS text), \(marker) FROM leads
      WHERE id > CAST($1 AS bigint) ORDER BY id LIMIT CAST($2 AS bigint)
      """
  }

  private static let contact = """
    CAST(owner_name AS text), CAST(practice_name AS text), CAST(practice_phone AS text), CAST(zip_code AS text)
    """

  static func markedSighting(_ row: Row) -> CRMSighting {
    CRMSighting(id: row.int64(0), npi: row.optionalText(1), marker: row.optionalText(2), key: nil)
  }

  static func unmarkedSighting(_ row: Row) -> CRMSighting {
    let npi = row.optionalText(1)
    return CRMSighting(
      id: row.int64(0), npi: npi, marker: nil,
      key: npi == nil
        ? LeadKey.identifying(
          owner: row.optionalText(2), practice: row.optionalText(3), phone: row.optionalText(4),
          zip: row.optionalText(5)) : nil)
  }

  /// Rows with an id above `$1`, ascending, at most `$2`: what identifies them, and how many seconds ago they were created.
  var newLeadsStatement: String {
    """
    SELECT id, CAST(npi AS text), \(schema.hasMarker ? Self.marker : "CAST(NULL AS text)"), CAST(owner_name AS text),
      CAST(practice_name AS text), CAST(practice_phone AS text), CAST(zip_code AS text), \(schema.secondsSinceCreated)
    FROM leads WHERE id > CAST($1 AS bigint) ORDER BY id LIMIT CAST($2 AS bigint)
    """
  }

  /// The marker out of the JSON's *text*: `->>` decodes every escape of the whole document, so that one row of somebody
  /// else's with `\\u0000` would make the statement fail. Our markers need no escapes.
  private static let marker = """
    CASE WHEN CAST(scoring_breakdown AS text) LIKE '%"lead_queue"%'
      THEN substring(CAST(scoring_breakdown AS text) FROM '"lead_queue"\\s*:\\s*"([^"\\\\]*)"') END
    """
}

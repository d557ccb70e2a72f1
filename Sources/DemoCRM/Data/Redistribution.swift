import Database

/// What the CRM does after each bulk request and every 30 minutes: leads without contact for 24 h are recycled, then
/// each active agent is filled up to 20 active leads, best scores first. A lead recycled three times is never handed
/// out again.
enum Redistribution {
  static let activeLeadsPerAgent = 20
  private static let secondsWithoutContact = 86_400

  private static let recycling = """
    UPDATE leads SET status = 'recycled', assigned_user_id = NULL, times_recycled = times_recycled + 1, updated_at = $1
    WHERE status = 'assigned' AND assigned_at < $2
    """

  private static let desks = """
    SELECT u.id, COUNT(l.id) FROM users u
    LEFT JOIN leads l ON l.assigned_user_id = u.id AND l.status NOT IN ('closed_won', 'closed_lost', 'recycled')
    WHERE u.role = 'agent' AND u.is_active
    GROUP BY u.id ORDER BY u.id
    """

  private static let handing = """
    UPDATE leads SET status = 'assigned', assigned_user_id = CAST($1 AS integer), assigned_at = $2, updated_at = $3
    WHERE id IN (
      SELECT id FROM leads
      WHERE (status = 'new' AND assigned_user_id IS NULL) OR (status = 'recycled' AND times_recycled < 3)
      ORDER BY COALESCE(score, 0) DESC, id LIMIT CAST($4 AS bigint))
    """

  /// One run, in the transaction of the caller. Agents are filled in the order of their ids.
  static func run(_ connection: any Connection) throws {
    let now = try CRMMoment.read(connection)
    let longAgo = try CRMMoment.read(connection, secondsAgo: secondsWithoutContact)
    try connection.run(recycling, [now.local, longAgo.utc])
    // One row an agent.
    let desks = try connection.query(desks) { (agent: $0.int64(0), load: $0.int(1)) }
    for desk in desks where desk.load < activeLeadsPerAgent {
      try connection.run(
        handing, [.integer(desk.agent), now.utc, now.local, .int(activeLeadsPerAgent - desk.load)])
    }
  }
}

import Connectors
import Database
import Foundation
import Leads
import Testing
import Timekeeping

@Suite("Stock read from the CRM's database")
struct DatabaseStockTests {
  private let now = Timestamp(milliseconds: 1_790_000_000_000)
  private let month = Duration.seconds(30 * 86_400)

  /// A client whose HTTP side leads nowhere.
  private func client(_ database: String, timeout: Duration = .seconds(5)) throws -> CRMClient {
    try ConnectorTests.client(of: "http://127.0.0.1:1", database: database, timeout: timeout)
  }

  private func insert(
    _ tables: MeasuredTables, _ count: Int, priority: String?, status: String = "new", agent: Int? = nil,
    recycled: Int = 0,
    closedDaysAgo: Double = 0
  ) throws {
    try tables.connection.run(
      """
      INSERT INTO leads (priority, status, assigned_user_id, times_recycled, updated_at)
      SELECT CAST($1 AS text), CAST(CAST($2 AS text) AS lead_status), CAST($3 AS int), CAST($4 AS int),
        localtimestamp - make_interval(secs => CAST($5 AS double precision))
      FROM generate_series(1, CAST($6 AS int))
      """,
      [
        .optional(priority), .text(status), .optional(agent), .int(recycled), .real(closedDaysAgo * 86_400),
        .int(count),
      ])
  }

  @Test("D7: total leaves out closed and exhausted leads, available also those on desks; B+ is B")
  func definitions() async throws {
    let tables = try MeasuredTables()
    try insert(tables, 1, priority: "A+")
    try insert(tables, 1, priority: " a+ priority ")
    try insert(tables, 3, priority: "A")
    try insert(tables, 4, priority: "B")
    try insert(tables, 5, priority: "b+")
    try insert(tables, 6, priority: "C")
    try insert(tables, 7, priority: nil)
    // On a desk: in the total, not available.
    try insert(tables, 8, priority: "A", status: "contacted", agent: 3)
    // Recycled: available although still assigned, until the third time.
    try insert(tables, 9, priority: "A", status: "recycled", agent: 3, recycled: 2)
    try insert(tables, 10, priority: "A", status: "recycled", recycled: 3)
    // Three times recycled but worked on again: not exhausted.
    try insert(tables, 11, priority: "A", status: "negotiation", agent: 4, recycled: 3)
    // Closed, unassigned or not: in neither.
    try insert(tables, 12, priority: "A+", status: "closed_won", agent: 3)
    try insert(tables, 13, priority: "A+", status: "closed_lost")

    let stock = try await client(tables.url).readStock(window: month, now: now)
    #expect(stock.total == 1 + 1 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 11)
    #expect(stock.available == 1 + 1 + 3 + 4 + 5 + 6 + 7 + 9)
    #expect(stock.availablePerClass == PerClass(aPlus: 2, a: 3 + 9, b: 4 + 5))
    #expect(stock.availableOther == 6 + 7)
    #expect(stock.closed == 12 + 13)
    #expect(stock.deskLoad == 8 + 11)
    #expect(stock.activeAgents == 2)
    #expect(stock.newestLeadID == 90)
    #expect(stock.takenAt == now)
  }

  @Test("an empty CRM is a stock of zero, read and not guessed")
  func empty() async throws {
    let tables = try MeasuredTables()
    let stock = try await client(tables.url).readStock(window: month, now: now)
    #expect(stock.total == 0 && stock.available == 0 && stock.newestLeadID == 0)
    #expect(stock.activeAgents == 2)
  }

  @Test(
    "conversion counts what closed within the window, in the zone of the server's session",
    arguments: ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
  func conversion(zone: String) async throws {
    let tables = try MeasuredTables()
    try tables.connection.execute(
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), '\(zone)'); END $$")
    try tables.connection.execute("SET timezone = '\(zone)'")
    try insert(tables, 2, priority: "A+", status: "closed_won", closedDaysAgo: 29.9)
    try insert(tables, 4, priority: "A+", status: "closed_won", closedDaysAgo: 30.1)
    try insert(tables, 3, priority: "A+", status: "closed_lost", closedDaysAgo: 1)
    try insert(tables, 5, priority: "B+", status: "closed_lost", closedDaysAgo: 0.01)
    try insert(tables, 6, priority: "A", status: "closed_lost", closedDaysAgo: 31)
    try insert(tables, 7, priority: "A", status: "negotiation", agent: 3)
    try insert(tables, 8, priority: "C", status: "closed_won")
    let stock = try await client(tables.url).readStock(window: month, now: now)
    #expect(
      stock.conversion
        == PerClass(
          aPlus: Conversion(won: 2, lost: 3), a: Conversion(won: 0, lost: 0), b: Conversion(won: 0, lost: 5)))
  }

  @Test("the schema on paper is read too: assigned_to, closed_at with zone, no times_recycled; what is missing is said")
  func schemaOnPaper() async throws {
    let tables = try MeasuredTables(
      ddl: """
        CREATE TYPE lead_priority AS ENUM ('A+', 'A', 'B+', 'B', 'C');
        CREATE TABLE users (id int, role text, is_active boolean);
        CREATE TABLE leads (id bigint, npi text, status text, priority lead_priority, assigned_to uuid,
          closed_at timestamptz, updated_at timestamptz);
        INSERT INTO users VALUES (1, 'agent', true);
        INSERT INTO leads VALUES
          (1, NULL, 'NEW', 'A+', NULL, NULL, now()),
          (2, NULL, 'recycled', 'B+', NULL, NULL, now()),
          (3, NULL, 'closed_won', 'A', gen_random_uuid(), now() - interval '40 days', now()),
          (4, NULL, 'closed_lost', 'A', gen_random_uuid(), NULL, now()),
          (5000000000, NULL, 'contacted', 'A', gen_random_uuid(), NULL, now());
        """)
    let client = try client(tables.url)
    let stock = try await client.readStock(window: month, now: now)
    #expect(stock.total == 3 && stock.available == 2 && stock.deskLoad == 1 && stock.closed == 2)
    #expect(stock.availablePerClass == PerClass(aPlus: 1, a: 0, b: 1))
    // Lead 3 closed 40 days ago, though it was touched today.
    #expect(stock.conversion.a == Conversion(won: 0, lost: 1))
    #expect(stock.newestLeadID == 5_000_000_000)
    #expect(client.notes.contains { $0.contains("times_recycled") })
    #expect(client.notes.contains { $0.contains("scoring_breakdown") })
  }

  @Test("D6: a necessary column or table that is missing is an error that names it, never a stock of zero")
  func missingColumns() async throws {
    for (ddl, named) in [
      ("ALTER TABLE leads DROP COLUMN priority", "leads.priority"),
      ("ALTER TABLE leads DROP COLUMN status", "leads.status"),
      ("ALTER TABLE leads DROP COLUMN assigned_user_id", "leads.assigned_user_id"),
      ("ALTER TABLE users DROP COLUMN is_active", "users.is_active"), ("DROP TABLE users", "users"),
      ("DROP TABLE leads", "leads"), ("ALTER TABLE leads ALTER COLUMN id TYPE text", "leads.id"),
    ] {
      let tables = try MeasuredTables()
      try tables.connection.execute(ddl)
      let client = try client(tables.url)
      let error = await #expect(throws: CRMError.self) { try await client.readStock(window: month, now: now) }
      guard case .schemaUnsupported(let text) = error else {
        Issue.record("\(ddl): \(String(describing: error))")
        continue
      }
      #expect(text.contains(named))
    }
  }

  @Test("D6: a database that is unreachable, silent, or refuses the login is an error, and never replaced by the API")
  func unreachable() async throws {
    let crm = try ScriptedCRM { $0.path == "/api/v1/leads" ? .answer(200, "[]") : nil }
    defer { crm.stop() }
    let silent = try LoopbackListener()
    let refusing = try RefusingPostgres(state: "28P01", message: "password of Dr. Mabuse")
    defer { refusing.stop() }
    let free = try LoopbackListener().port
    let urls = [
      ("postgresql://u:s3cr3t-pass@127.0.0.1:\(free)/crm", "Connection refused"),
      ("postgresql://u:s3cr3t-pass@127.0.0.1:\(silent.port)/crm", "no answer in time"),
      ("postgresql://u:s3cr3t-pass@127.0.0.1:\(refusing.port)/crm?sslmode=disable", "refuses the login"),
    ]
    for (url, reason) in urls {
      let client = try ConnectorTests.client(of: crm.baseURL, database: url) { $0.connectTimeout = .milliseconds(300) }
      let error = await #expect(throws: CRMError.self) { try await client.readStock(window: month, now: now) }
      guard case .databaseUnreachable(let text) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(text.contains(reason))
      #expect(!text.contains("s3cr3t") && !text.contains("Mabuse"))
    }
    withExtendedLifetime(silent) {}
    #expect(crm.seen.isEmpty)
  }

  @Test("D13: after an error the next reading works, and no transaction stays open")
  func recovers() async throws {
    let tables = try MeasuredTables()
    try insert(tables, 2, priority: "A")
    let client = try client(tables.url)
    try tables.connection.execute("ALTER TABLE leads RENAME COLUMN status TO hidden")
    await #expect(throws: CRMError.self) { try await client.readStock(window: month, now: now) }
    try tables.connection.execute("ALTER TABLE leads RENAME COLUMN hidden TO status")
    #expect(try await client.readStock(window: month, now: now).total == 2)
    // Ended by the server between two readings.
    try tables.connection.execute(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
      """
    )
    #expect(try await client.readStock(window: month, now: now).total == 2)
    // A migration of the CRM between two readings.
    try tables.connection.execute("ALTER TABLE leads ALTER COLUMN priority TYPE text, ALTER COLUMN id TYPE bigint")
    #expect(try await client.readStock(window: month, now: now).total == 2)
    let open = try tables.connection.first(
      """
      SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'lead-queue' AND state <> 'idle'
      """
    ) { $0.int(0) }
    #expect(open == 0)
  }

  @Test("D12: a table locked by somebody else ends the reading within the time-out")
  func locked() async throws {
    let tables = try MeasuredTables()
    try tables.connection.execute("BEGIN; LOCK TABLE leads IN ACCESS EXCLUSIVE MODE")
    let client = try client(tables.url, timeout: .milliseconds(400))
    let start = ContinuousClock.now
    await #expect(throws: CRMError.databaseUnreachable("no answer in time (the server cancelled the statement)")) {
      try await client.readStock(window: month, now: now)
    }
    #expect(ContinuousClock.now - start < .seconds(10))
    try tables.connection.execute("ROLLBACK")
    #expect(try await client.readStock(window: month, now: now).total == 0)
  }

  @Test("metrics by PostgreSQL without its URL is an error, and metrics by the API ignores the database")
  func choice() async throws {
    let crm = try ScriptedCRM { $0.path == "/api/v1/leads" ? .answer(200, "[]") : nil }
    defer { crm.stop() }
    let without = try ConnectorTests.client(of: crm.baseURL) { $0.metrics = .postgres }
    await #expect(throws: CRMError.databaseUnreachable("crm.metrics is postgres, and LEAD_CRM_DATABASE_URL is not set"))
    {
      try await without.readStock(window: month, now: now)
    }
    let api = try ConnectorTests.client(of: crm.baseURL, database: "postgresql://127.0.0.1:1/x") { $0.metrics = .api }
    #expect(try await api.readStock(window: month, now: now).activeAgents == 3)
  }

  @Test("teams are the agents of a manager, with their desks, what they closed, and the median age of their accounts")
  func teams() async throws {
    let tables = try MeasuredTables()
    try tables.connection.execute(
      """
      DELETE FROM users;
      INSERT INTO users (id, username, role, is_active, manager_id, created_at) VALUES
        (2, 'jones', 'manager', true, 1, now()), (3, 'smith', 'manager', true, 1, now()),
        (5, 'a', 'agent', true, 2, now() - interval '10 days 1 hour'),
        (6, 'b', 'agent', true, 2, now() - interval '30 days 1 hour'),
        (7, 'c', 'agent', false, 2, now() - interval '900 days'),
        (8, 'd', 'agent', true, 3, now() - interval '400 days 1 hour'),
        (9, 'e', 'agent', true, NULL, now() - interval '5 days 1 hour');
      """)
    try insert(tables, 4, priority: "A", status: "contacted", agent: 5)
    try insert(tables, 2, priority: "C", status: "closed_won", agent: 6, closedDaysAgo: 3)
    try insert(tables, 3, priority: "A", status: "closed_lost", agent: 7, closedDaysAgo: 3)
    // Outside of the window, not assigned, and recycled: none of them counts for a team.
    try insert(tables, 5, priority: "A", status: "closed_won", agent: 6, closedDaysAgo: 40)
    try insert(tables, 6, priority: "A", status: "closed_won", closedDaysAgo: 3)
    try insert(tables, 7, priority: "A", status: "recycled", agent: 8, recycled: 1)
    let stock = try await client(tables.url).readStock(window: month, now: now)
    #expect(
      stock.teams == [
        TeamStock(
          key: "", activeAgents: 1, deskLoad: 0, conversion: Conversion(won: 0, lost: 0), medianTenureDays: 5),
        TeamStock(
          key: "jones", activeAgents: 2, deskLoad: 4, conversion: Conversion(won: 2, lost: 3), medianTenureDays: 20),
        TeamStock(
          key: "smith", activeAgents: 1, deskLoad: 0, conversion: Conversion(won: 0, lost: 0), medianTenureDays: 400),
      ])
  }

  @Test("regions are counted by the state of leads, by code or name; what has none stands apart")
  func regions() async throws {
    let tables = try MeasuredTables()
    try insert(tables, 3, priority: "A")
    try tables.connection.execute("UPDATE leads SET state = ' tx'")
    try insert(tables, 2, priority: "B")
    try tables.connection.execute("UPDATE leads SET state = 'Texas' WHERE state IS NULL")
    try insert(tables, 4, priority: "C")
    try insert(tables, 5, priority: "A+", status: "contacted", agent: 3)
    try insert(tables, 6, priority: "A", status: "closed_lost", agent: 3, closedDaysAgo: 2)
    let stock = try await client(tables.url).readStock(window: month, now: now)
    // Class C is no pool of ours; desks and fresh closings are uptake.
    #expect(
      stock.regions == [
        RegionStock(code: "", available: 0, uptake: 11), RegionStock(code: "TX", available: 5, uptake: 0),
      ])
  }

  @Test("without managers or states nothing is known of teams and regions, and the notes say so")
  func withoutTeams() async throws {
    let tables = try MeasuredTables()
    try tables.connection.execute("ALTER TABLE users DROP COLUMN manager_id; ALTER TABLE leads DROP COLUMN state")
    let client = try client(tables.url)
    let stock = try await client.readStock(window: month, now: now)
    #expect(stock.teams == nil && stock.regions == nil && stock.activeAgents == 2)
    #expect(client.notes.contains { $0.contains("manager_id") } && client.notes.contains { $0.contains("leads.state") })
  }
}

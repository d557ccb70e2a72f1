import Database
import Foundation
import Testing

@Suite("A connection to PostgreSQL")
struct PostgresConnectionTests {
  private func connect(
    readOnly: Bool = false, statementTimeout: Duration = .seconds(8)
  ) throws -> PostgresConnection {
    let options = PostgresOptions(
      statementTimeout: statementTimeout, readOnly: readOnly, applicationName: "connector-tests")
    return try PostgresConnection(url: TestPostgres.url(), options: options)
  }

  @Test("every kind of value comes back as it was bound")
  func roundTrip() throws {
    let connection = try connect()
    let sql = """
      SELECT CAST($1 AS bigint), CAST($2 AS double precision), CAST($3 AS text), CAST($4 AS bytea), CAST($5 AS text)
      """
    let binds: [SQLValue] = [.integer(.min), .real(0.1), .text("d'été \"€\" \\ 🏥"), .blob([0, 255, 92, 39]), .null]
    for _ in 1...2 {
      try connection.forEachRow(sql, binds) { row in
        #expect(row.int64(0) == Int64.min)
        #expect(row.double(1) == 0.1)
        #expect(row.text(2) == "d'été \"€\" \\ 🏥")
        #expect(row.blob(3) == [0, 255, 92, 39])
        #expect(row.isNull(4))
        #expect(row.optionalText(4) == nil)
      }
    }
    #expect(try connection.query("SELECT CAST('' AS text)") { $0.text(0) } == [""])
  }

  @Test("run counts the rows that were changed, not those that were read")
  func counts() throws {
    let connection = try connect()
    try connection.execute("CREATE TEMPORARY TABLE t (a bigint PRIMARY KEY, b text)")
    #expect(try connection.run("INSERT INTO t SELECT n, 'x' FROM generate_series(1, 5) n") == 5)
    #expect(try connection.run("UPDATE t SET b = $1 WHERE a > CAST($2 AS bigint)", [.text("y"), .int(3)]) == 2)
    #expect(try connection.run("SELECT a FROM t") == 0)
    #expect(try connection.run("DELETE FROM t") == 5)
  }

  @Test("a statement may run inside the rows of another")
  func nested() throws {
    let connection = try connect()
    var seen: [Int] = []
    try connection.forEachRow("SELECT CAST(n AS bigint) FROM generate_series(1, 3) n ORDER BY n", []) { row in
      let outer = row.int(0)
      seen.append(try connection.first("SELECT CAST($1 AS bigint) * 10", [.int(outer)]) { $0.int(0) } ?? -1)
    }
    #expect(seen == [10, 20, 30])
  }

  @Test("an error leaves the connection usable, and names constraint and state without the values")
  func errors() throws {
    let connection = try connect()
    try connection.execute(
      """
      CREATE TEMPORARY TABLE p (id bigint PRIMARY KEY);
      CREATE TEMPORARY TABLE t (
        a text NOT NULL UNIQUE, b bigint CHECK (b > 0), c bigint REFERENCES p (id));
      CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'append only'; END $$;
      CREATE TRIGGER refuse BEFORE DELETE ON t FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse();
      INSERT INTO t VALUES ('secret-value', 1, NULL);
      """)
    func thrown(_ sql: String, _ binds: [SQLValue] = []) -> DatabaseError? {
      #expect(throws: DatabaseError.self) { try connection.run(sql, binds) }
    }
    func kind(_ error: DatabaseError?) -> DatabaseError.Constraint? {
      guard case .constraint(let kind, let message) = error else { return nil }
      #expect(!message.contains("secret-value"))
      return kind
    }
    let insert = "INSERT INTO t VALUES ($1, CAST($2 AS bigint), CAST($3 AS bigint))"
    #expect(kind(thrown(insert, [.text("secret-value"), .int(1), .null])) == .unique)
    #expect(kind(thrown(insert, [.text("secret-value2"), .int(-1), .null])) == .check)
    #expect(kind(thrown(insert, [.null, .int(1), .null])) == .notNull)
    #expect(kind(thrown(insert, [.text("secret-value3"), .int(1), .int(9)])) == .foreignKey)
    #expect(kind(thrown("DELETE FROM t")) == .trigger)
    #expect(
      thrown("SELECT CAST($1 AS bigint)", [.text("secret \"value\"")])
        == .failed(code: "22P02", message: "invalid input syntax for type bigint: …"))
    #expect(
      thrown("SELECT CAST($1 AS text)", [.text("nul \0")])
        == .failed(code: "22021", message: "a text holds a NUL character"))
    #expect(thrown("SELECT nothing") == .failed(code: "42703", message: "column \"nothing\" does not exist"))
    #expect(connection.isUsable)
    #expect(try connection.query("SELECT a FROM t") { $0.text(0) } == ["secret-value"])
  }

  @Test("a script runs to its first error, and nothing of it stays")
  func script() throws {
    let connection = try connect()
    #expect(throws: DatabaseError.self) {
      try connection.execute("CREATE TEMPORARY TABLE s (a int); INSERT INTO s VALUES (1/0); SELECT 1")
    }
    #expect(connection.isIdle)
    #expect(throws: DatabaseError.failed(code: "42P01", message: "relation \"s\" does not exist")) {
      try connection.run("SELECT a FROM s")
    }
    try connection.execute("BEGIN")
    #expect(!connection.isIdle)
    try connection.execute("ROLLBACK; ")
    try connection.execute("")
    #expect(connection.isIdle)
  }

  @Test("a read-only connection refuses to write")
  func readOnly() throws {
    let connection = try connect(readOnly: true)
    #expect(throws: DatabaseError.readOnly("PostgreSQL")) {
      try connection.execute("CREATE TABLE never_created (a int)")
    }
  }

  @Test("a statement longer than the time-out ends as timed out, by the server, and the connection is given up")
  func slowStatement() throws {
    let connection = try connect(statementTimeout: .milliseconds(400))
    let start = ContinuousClock.now
    #expect(throws: DatabaseError.timedOut(reason: "the server cancelled the statement")) {
      try connection.run("SELECT pg_sleep(60)")
    }
    #expect(ContinuousClock.now - start < .seconds(5))
    #expect(!connection.isUsable)
    #expect(throws: DatabaseError.connectionLost(reason: "closed after an earlier failure")) {
      try connection.run("SELECT 1")
    }
  }

  @Test("a server that accepts and falls silent is timed out within the connect time-out")
  func silentServer() throws {
    let silent = try LoopbackListener()
    withExtendedLifetime(silent) {
      let start = ContinuousClock.now
      #expect(throws: DatabaseError.timedOut(reason: "connecting")) {
        try PostgresConnection(
          url: "postgresql://user:hunter2@127.0.0.1:\(silent.port)/crm",
          options: PostgresOptions(connectTimeout: .milliseconds(300), readOnly: true, applicationName: "t"))
      }
      #expect(ContinuousClock.now - start < .seconds(3))
    }
  }

  @Test("a server that falls silent after the login is timed out within the statement time-out")
  func silentAfterLogin() throws {
    let connection = try connect(statementTimeout: .milliseconds(400))
    let server = try #require(try connection.first("SELECT CAST(pg_backend_pid() AS bigint)") { pid_t($0.int(0)) })
    #expect(kill(server, SIGSTOP) == 0)
    defer { kill(server, SIGCONT) }
    #expect(throws: DatabaseError.timedOut(reason: "no answer")) { try connection.run("SELECT 2") }
    #expect(!connection.isUsable)
  }

  @Test("a connection ended by the server is lost, and says so")
  func ended() throws {
    let connection = try connect()
    let pid = try #require(try connection.first("SELECT CAST(pg_backend_pid() AS bigint)") { $0.int(0) })
    _ = try connect().query("SELECT CAST(pg_terminate_backend(CAST($1 AS int)) AS text)", [.int(pid)]) { $0.text(0) }
    let error = #expect(throws: DatabaseError.self) { try connection.run("SELECT 1") }
    guard case .connectionLost = error else {
      Issue.record("not connectionLost: \(String(describing: error))")
      return
    }
    #expect(!connection.isUsable)
  }

  @Test("a wrong password is a refused login, and no password is ever in an error")
  func wrongPassword() throws {
    // The cluster trusts its socket, so a server's words of refusal are played back.
    for (state, expected) in [
      ("28P01", DatabaseError.authenticationFailed(reason: "wrong user name or password")),
      ("28000", .authenticationFailed(reason: "not allowed to connect (28000)")),
    ] {
      let refusing = try RefusingPostgres(state: state, message: "Passwort für »nobody« falsch")
      defer { refusing.stop() }
      let error = #expect(throws: DatabaseError.self) {
        try PostgresConnection(
          url: "postgresql://nobody:hunter2@127.0.0.1:\(refusing.port)/crm?sslmode=disable",
          options: PostgresOptions(readOnly: true, applicationName: "t"))
      }
      #expect(error == expected)
    }
    let error = #expect(throws: DatabaseError.self) {
      try PostgresConnection(
        url: "postgresql://no:hun@ter2/%zz@127.0.0.1:1/crm",
        options: PostgresOptions(readOnly: true, applicationName: "t"))
    }
    #expect(!"\(String(describing: error))".contains("ter2"))
  }

  @Test("a port where nothing listens cannot be opened")
  func nothingListens() throws {
    let port = try LoopbackListener().port
    #expect(throws: DatabaseError.cannotOpen("PostgreSQL at 127.0.0.1:\(port)", reason: "Connection refused")) {
      try PostgresConnection(
        url: "postgresql://u:hunter2@127.0.0.1:\(port)/crm",
        options: PostgresOptions(readOnly: true, applicationName: "t"))
    }
  }
}

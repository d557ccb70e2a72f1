import TestSupport
import Testing

@testable import Database

/// A store by way of a pooler in transaction mode, which hands a session from one client to the next.
@Suite(
  .serialized, .onPostgreSQL, .timeLimit(.minutes(2)),
  .enabled(if: Pooler.isInstalled, "PgBouncer is not installed: apt-get install pgbouncer"))
struct PoolerTests {
  private let place: StorePlace
  private let pooler: Pooler
  private let address: ServerAddress

  init() async throws {
    place = try await StorePlace()
    pooler = try Pooler()
    address = try pooler.address(place)
  }

  private func open() async throws -> Store {
    try await Store.open(.server(address), steps: serverNotes, now: noon, waitMax: .seconds(20))
  }

  /// What the pooler's one session shows to a client that sets nothing.
  private func session(_ sql: String) throws -> String? {
    var options = PostgresOptions(readOnly: false, applicationName: "test")
    options.ownsSession = false
    return try PostgresConnection(url: pooler.url, options: options).first(sql) { $0.text(0) }
  }

  @Test("Neither writing nor looking leaves a setting or a statement in a session that others get next")
  func leavesNothing() async throws {
    let settings = """
      SELECT concat_ws(' ', current_setting('search_path'), current_setting('default_transaction_read_only'),
        current_setting('statement_timeout'), current_setting('lock_timeout'),
        (SELECT count(*) FROM pg_prepared_statements))
      """
    let before = try session(settings)
    let store = try await open()
    try await store.addNote("one")
    let look = try #require(try StoreLook.open(.server(address), name: "look"))
    #expect(try look.read { try $0.first("SELECT count(*) FROM note") { $0.int(0) } } == 1)
    _ = try StoreLook.time(ofServer: pooler.url, name: "look")
    #expect(try session(settings) == before)
  }

  @Test("A session that others left read-only is written to all the same")
  func leftReadOnly() async throws {
    let store = try await open()
    try await store.addNote("one")
    _ = try session("SELECT set_config('default_transaction_read_only', 'on', false)")
    #expect(try session("SHOW default_transaction_read_only") == "on", "it is one session")
    try await store.addNote("two")
    #expect(try await store.noteCount() == 2)
  }

  @Test("Writers at the same time share a session by turns")
  func together() async throws {
    let store = try await open()
    try await withThrowingTaskGroup { group in
      for number in 0..<100 { group.addTask { try await store.addNote("\(number)") } }
      try await group.waitForAll()
    }
    #expect(try await store.noteCount() == 100)
  }

  @Test(
    "A server that breaks behind the pooler is made up for like one that breaks without: the transaction is run again")
  func brokenBehind() async throws {
    let store = try await open()
    let runs = try await store.addOnce { run, transaction in
      if run == 1 { _ = try transaction.first("SELECT pg_terminate_backend(pg_backend_pid())") { $0.bool(0) } }
    }
    #expect(runs == 2)
    #expect(try await store.noteCount() == 1)
  }
}

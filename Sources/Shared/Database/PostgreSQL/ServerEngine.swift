import Synchronization
import Timekeeping

/// A store in a schema of a PostgreSQL database.
///
/// Write transactions run alone by default, over all processes, held apart by an advisory lock of the schema: what holds on
/// SQLite, where there is one writer, holds here. Those that ask for company take the lock together (`Company.beside`).
/// Isolation is READ COMMITTED for writes, a snapshot for reads.
final class ServerEngine: StoreEngine {
  /// MATERIALIZED, and time-outs for idle transactions.
  private static let serverVersionMin = 130_000

  let dialect = Dialect.postgresql
  private let pool: PostgresPool
  private let bell: any Bell
  private let clock: ServerClock
  private let limit = WaitLimit()
  private let name: String

  /// Connects, makes the schema when it is missing, and brings it up to date under a lock.
  init(
    _ address: ServerAddress, steps: [SchemaStep], now: Timestamp, host: StoreHost, waitMax: Duration
  ) async throws {
    name = address.name
    let clock = ServerClock()
    self.clock = clock
    let setup: @Sendable (PostgresConnection) throws -> Void = { connection in
      guard connection.serverVersion >= Self.serverVersionMin else {
        throw DatabaseError.cannotOpen(address.name, reason: "PostgreSQL 13 or newer is needed")
      }
      try Self.migrate(connection, address, steps: steps, now: now)
    }
    let link: @Sendable () -> PostgresLink = { [limit] in
      PostgresLink(
        address, clock: clock, bell: host.bell, waitMax: waitMax, limit: limit, meters: host.meters)
    }
    if host.isThreaded {
      let pool = PostgresPool.threads(PostgresThreads(link))
      try await pool.run { link in try Self.reaching(address) { try link.withConnection(setup) } }
      self.pool = pool
    } else {
      let open = {
        let link = CallerLink(link())
        try link.run { link in try Self.reaching(address) { try link.withConnection(setup) } }
        return link
      }
      pool = .caller(try host.connections?.link(orOpen: open) ?? open())
    }
    bell = host.bell ?? (address.isNotifying ? PostgresBell(address) : SilentBell())
  }

  var clockLead: Duration? { clock.lead }

  func submit(_ request: WriteRequest) {
    pool.submit { $0.write(request) }
  }

  func read<Value: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Value) async throws -> Value {
    try await pool.run { try $0.read(body) }
  }

  func listen(_ heard: @escaping @Sendable (Set<Notice>) -> Void) -> Listening {
    bell.listen(heard)
  }

  func requireSameStore() {}

  func endWaiting(in time: Duration) { limit.set(.now + time) }

  func checkpoint() async throws -> Bool { true }

  func copy(to path: String) async throws {
    throw DatabaseError.notAFile(name)
  }

  /// At the start nobody waits for a server that is not there; its absence is told by the store's name.
  private static func reaching<Value>(_ address: ServerAddress, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch DatabaseError.cannotOpen(_, let reason) {
      throw DatabaseError.unreachable(address.name, reason: reason)
    }
  }

  /// One process at a time, so that two may meet an empty database.
  private static func migrate(
    _ connection: PostgresConnection, _ address: ServerAddress, steps: [SchemaStep], now: Timestamp
  ) throws {
    let schema = PostgresName.quoted(address.schema)
    try connection.execute(
      "BEGIN READ WRITE; SELECT pg_advisory_xact_lock(\(PostgresLink.lockClass), hashtext('\(address.schema)'))")
    do {
      // Whoever may not create schemas may be given one.
      let isThere = try connection.first(
        "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = CAST($1 AS text)", [.text(address.schema)]
      ) { $0.int(0) }
      if isThere == nil { try connection.execute("CREATE SCHEMA \(schema)") }
      try connection.execute("SET LOCAL search_path = \(schema); \(PostgresLink.markTable)")
      try Migrator(steps: steps).migrate(connection, path: address.name, now: now)
      try connection.execute("COMMIT")
    } catch {
      if connection.isUsable { try connection.execute("ROLLBACK") }
      throw error
    }
  }
}

/// How far the server's clock is ahead of this machine's, as seen at the beginning of each transaction.
final class ServerClock: Sendable {
  private let state = Mutex<Duration?>(nil)

  /// Nil before the first transaction.
  var lead: Duration? { state.withLock { $0 } }

  /// The server's clock shows `time`, just now. The way of the answer makes it late by less than a millisecond on one site.
  func note(_ time: Timestamp) {
    let lead = time - WallClock.system.now()
    state.withLock { $0 = lead }
  }
}

/// Where nothing is announced.
private struct SilentBell: Bell {
  func ring(_ notices: Set<Notice>) {}
  func listen(_ heard: @escaping @Sendable (Set<Notice>) -> Void) -> Listening { Listening() }
}

public import Timekeeping

/// The database that holds everything, shared by any number of processes: one local SQLite file, or a schema on a PostgreSQL
/// server.
///
/// Writes are transactions, all or nothing, on threads of the store's own; reads run beside them and see what was committed.
/// On SQLite write transactions run one after another. On PostgreSQL they do too unless `Company.beside` is asked for. Callers
/// never see a busy store under load: waiting ends after ten seconds with `DatabaseError.busy`. A caller's cancellation rolls
/// nothing back.
public final class Store: Sendable {
  /// What it is called in messages: the file as the user named it, or the server without user and password.
  public let path: String
  /// Where it is.
  public let address: StoreAddress
  private let engine: any StoreEngine
  private let probe: StoreProbe?
  private let meters: StoreMeters?
  /// Whether it has threads of its own. Without them, blocking work beside it belongs to its callers too.
  package let isThreaded: Bool

  /// Opens the store, creating it and bringing its schema up to date under a lock, so that two processes may open an empty one
  /// at once. A new file gets mode 0600.
  ///
  /// Throws every `DatabaseError` of opening, `newerSchema` and `alteredMigration`.
  public static func open(_ address: StoreAddress, steps: [SchemaStep], now: Timestamp) async throws -> Store {
    try await open(address, steps: steps, now: now, host: StoreHost())
  }

  /// As `open(_:steps:now:)`, run by `host`. `waitMax`: how long a write waits for others before `busy`.
  package static func open(
    _ address: StoreAddress, steps: [SchemaStep], now: Timestamp, host: StoreHost = StoreHost(),
    waitMax: Duration = .seconds(10)
  ) async throws -> Store {
    let engine: any StoreEngine
    switch address {
    case .file(let path):
      engine = try await FileEngine(path: path, steps: steps, now: now, host: host, waitMax: waitMax)
    case .server(let server):
      engine = try await ServerEngine(server, steps: steps, now: now, host: host, waitMax: waitMax)
    }
    return Store(address, engine, host)
  }

  private init(_ address: StoreAddress, _ engine: any StoreEngine, _ host: StoreHost) {
    self.address = address
    path = address.name
    self.engine = engine
    probe = host.probe
    meters = host.meters
    isThreaded = host.isThreaded
  }

  /// What its engine wants said differently.
  public var dialect: Dialect { engine.dialect }

  /// The clock by which everything in the store is timed: on a server the server's, which all machines share, told from this
  /// machine's and the distance seen last; otherwise `clock`. A clock that does not follow the machine's stays as it is.
  public func clock(over clock: WallClock) -> WallClock {
    guard case .server = address, !clock.isShifted else { return clock }
    return WallClock { [engine] in
      // Machines share no time since boot, and a server does not tell its own.
      Moment(wall: clock.now() + (engine.clockLead ?? .zero), bootID: nil, sinceBoot: nil)
    }
  }

  /// Runs `body` in a write transaction: what it wrote is committed when it returns, and taken back when it throws.
  ///
  /// On SQLite callers that queue up while another transaction runs share the next one, and with it the sync of `.power`; each
  /// keeps its own all or nothing, and none returns before the commit. Should the commit fail, all of them throw.
  /// On PostgreSQL `body` is run again when the server ended the transaction in favour of another; it must therefore have no
  /// effects but on the store. A commit whose answer was lost is looked up.
  ///
  /// `file` and `function` name the transaction in tests of crashes.
  public func write<Value: Sendable>(
    _ durability: Durability = .process, company: Company = .alone, file: StaticString = #fileID,
    function: StaticString = #function, _ body: @escaping @Sendable (Transaction) throws -> Value
  ) async throws -> Value {
    let site = CallSite(file: file, function: function)
    try await probe?.arrive(site)
    return try await withCheckedThrowingContinuation { continuation in
      submit(durability, company, site, body) { continuation.resume(with: $0) }
    }
  }

  /// As `write`, for a caller on a thread of its own, which it blocks; never to be called on Swift's cooperative pool.
  public func writeBlocking<Value: Sendable>(
    _ durability: Durability = .process, file: StaticString = #fileID, function: StaticString = #function,
    _ body: @escaping @Sendable (Transaction) throws -> Value
  ) throws -> Value {
    let answer = Answer<Value>()
    submit(durability, .alone, CallSite(file: file, function: function), body, answer: answer.give)
    return try answer.wait()
  }

  private func submit<Value: Sendable>(
    _ durability: Durability, _ company: Company, _ site: CallSite,
    _ body: @escaping @Sendable (Transaction) throws -> Value,
    answer: @escaping @Sendable (Result<Value, any Error>) -> Void
  ) {
    let asked = meters.map { _ in ContinuousClock.now }
    let request = WriteRequest(
      durability, company,
      { [engine, probe] transaction in
        try engine.requireSameStore()
        try probe?.reach(.begun, site)
        let value = try body(transaction)
        try probe?.reach(.written, site)
        return value
      },
      answer: { [probe, meters] result in
        if let asked { meters?.ended(result, after: .now - asked) }
        answer(
          result.flatMap { value in
            Result {
              try probe?.reach(.committed, site)
              return value
            }
          })
      })
    engine.submit(request)
  }

  /// Runs `body` on one consistent state of the store. Keep it short (under 100 ms): an open read holds back checkpoints and
  /// the server's clean-up.
  public func read<Value: Sendable>(
    file: StaticString = #fileID, function: StaticString = #function,
    _ body: @escaping @Sendable (Transaction) throws -> Value
  ) async throws -> Value {
    try await probe?.arrive(CallSite(file: file, function: function))
    return try await engine.read { [engine] transaction in
      try engine.requireSameStore()
      return try body(transaction)
    }
  }

  /// Calls `heard` on a thread of its own when any process has committed something that it announced, for as long as the
  /// returned object is kept. A notice may be missed, and may come for nothing.
  public func listen(_ heard: @escaping @Sendable (Set<Notice>) -> Void) -> Listening {
    engine.listen(heard)
  }

  /// For a program that was told to end: from `time` on nothing waits for a server that is away or silent, and calls that do fail at
  /// once. What they would have written is as after a crash: leases run out, and the next program goes on.
  public func endWaiting(in time: Duration) {
    engine.endWaiting(in: time)
  }

  /// Writes a consistent copy of the whole store to a new SQLite file at `path`, which gets mode 0600. Throws `notAFile` for a
  /// store on a server.
  public func copy(to path: String) async throws {
    try await engine.copy(to: path)
  }

  /// Moves SQLite's write-ahead log into the file; nothing to do on a server. Only the holder of the maintenance lease calls
  /// it: SQLite up to 3.51.2 can lose a commit when checkpoints overlap (https://sqlite.org/wal.html#walresetbug).
  /// Returns false when readers or writers kept it from finishing; it is tried again later.
  public func checkpoint() async throws -> Bool {
    try await engine.checkpoint()
  }
}

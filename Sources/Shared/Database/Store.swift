public import Timekeeping

/// The database that holds everything: one local SQLite file, shared by any number of processes.
///
/// Writes run one after another on a thread of their own, each an immediate transaction, all or nothing; reads run on another
/// connection and thread and see the last commit. Callers never see SQLITE_BUSY under load: waiting is fair (see `Gate`)
/// and ends after ten seconds with `DatabaseError.busy`. A caller's cancellation rolls nothing back.
public final class Store: Sendable {
  /// The file, as the user named it.
  public let path: String
  private let file: StoreFile
  private let identity: StoreFile.Identity
  private let bell: any Bell
  private let lanes: StoreLanes
  private let probe: StoreProbe?
  /// Whether it has threads of its own. Without them, blocking work beside it belongs to its callers too.
  package let isThreaded: Bool

  /// Opens the store, creating it (mode 0600) and bringing its schema up to date under a lock, so that two processes may
  /// open an empty file at once.
  ///
  /// Throws every `DatabaseError` of opening, `newerSchema` and `alteredMigration`.
  public static func open(path: String, steps: [SchemaStep], now: Timestamp) async throws -> Store {
    try await open(path: path, steps: steps, now: now, host: StoreHost())
  }

  /// As `open(path:steps:now:)`, run by `host`. `waitMax`: how long a write waits for the write lock before `busy`.
  package static func open(
    path: String, steps: [SchemaStep], now: Timestamp, host: StoreHost = StoreHost(), waitMax: Duration = .seconds(10)
  ) async throws -> Store {
    let file = StoreFile(path: path)
    try file.create(fileSystemType: host.fileSystemType)
    guard let identity = file.identity else { throw DatabaseError.replaced(path) }
    let bell = try host.bell ?? Doorbell(of: path)
    let makeWriter: @Sendable () throws -> SQLiteWriter = {
      let writer = try SQLiteWriter(path: path, bell: bell, waitMax: waitMax)
      _ = try writer.exclusively { try Migrator(steps: steps).migrate($0, path: path, now: now) }
      try Gate.noteUse(of: path)
      return writer
    }
    let lanes: StoreLanes
    if host.isThreaded {
      let reading = ConnectionLane<SQLiteConnection>(name: "store-read")
      let writing = try await WriteLane(makeWriter)
      try await reading.start { try SQLiteConnection(path: path, access: .readOnly) }
      lanes = .threads(writing, reading)
    } else {
      let open = {
        CallerLanes(writer: try makeWriter(), reader: try SQLiteConnection(path: path, access: .readOnly))
      }
      lanes = .callers(try host.connections?.lanes(orOpen: open) ?? open())
    }
    return Store(file: file, identity: identity, bell: bell, lanes: lanes, host: host)
  }

  private init(
    file: StoreFile, identity: StoreFile.Identity, bell: any Bell, lanes: StoreLanes, host: StoreHost
  ) {
    self.path = file.path
    self.file = file
    self.identity = identity
    self.bell = bell
    self.lanes = lanes
    probe = host.probe
    isThreaded = host.isThreaded
  }

  /// Runs `body` in an immediate transaction: what it wrote is committed when it returns, and taken back when it throws.
  ///
  /// Callers that queue up while another transaction runs share the next one, and with it the sync of `.power`; each keeps
  /// its own all or nothing, and none returns before the commit. Should the commit fail, all of them throw.
  ///
  /// `file` and `function` name the transaction in tests of crashes.
  public func write<Value: Sendable>(
    _ durability: Durability = .process, file: StaticString = #fileID, function: StaticString = #function,
    _ body: @escaping @Sendable (Transaction) throws -> Value
  ) async throws -> Value {
    let site = CallSite(file: file, function: function)
    try await probe?.arrive(site)
    return try await withCheckedThrowingContinuation { continuation in
      submit(durability, site, body) { continuation.resume(with: $0) }
    }
  }

  /// As `write`, for a caller on a thread of its own, which it blocks; never to be called on Swift's cooperative pool.
  public func writeBlocking<Value: Sendable>(
    _ durability: Durability = .process, file: StaticString = #fileID, function: StaticString = #function,
    _ body: @escaping @Sendable (Transaction) throws -> Value
  ) throws -> Value {
    let answer = Answer<Value>()
    submit(durability, CallSite(file: file, function: function), body, answer: answer.give)
    return try answer.wait()
  }

  private func submit<Value: Sendable>(
    _ durability: Durability, _ site: CallSite, _ body: @escaping @Sendable (Transaction) throws -> Value,
    answer: @escaping @Sendable (Result<Value, any Error>) -> Void
  ) {
    let request = WriteRequest(
      durability,
      { [self] transaction in
        try requireSameFile()
        try probe?.reach(.begun, site)
        let value = try body(transaction)
        try probe?.reach(.written, site)
        return value
      },
      answer: { [probe] result in
        answer(
          result.flatMap { value in
            Result {
              try probe?.reach(.committed, site)
              return value
            }
          })
      })
    lanes.submit(request)
  }

  /// Calls `heard` on a thread of its own when any process has committed something that it announced, for as long as the
  /// returned object is kept. A notice may be missed, and may come for nothing.
  public func listen(_ heard: @escaping @Sendable (Set<Notice>) -> Void) -> Listening {
    bell.listen(heard)
  }

  /// Writes a consistent copy of the whole store to a new file at `path`, which gets mode 0600.
  public func copy(to path: String) async throws {
    let copy = StoreFile(path: path)
    try copy.create()
    try await lanes.reading { connection in
      // VACUUM INTO counts as a change, though it changes nothing here.
      try connection.execute("PRAGMA query_only = OFF")
      let result = Result { try connection.run("VACUUM INTO $1", [.text(path)]) }
      try connection.execute("PRAGMA query_only = ON")
      _ = try result.get()
    }
  }

  /// Runs `body` on one consistent state of the store. Keep it short (under 100 ms): an open read holds back checkpoints.
  public func read<Value: Sendable>(
    file: StaticString = #fileID, function: StaticString = #function,
    _ body: @escaping @Sendable (Transaction) throws -> Value
  ) async throws -> Value {
    try await probe?.arrive(CallSite(file: file, function: function))
    return try await lanes.reading { [self] connection in
      try requireSameFile()
      try connection.execute("BEGIN")
      do {
        let value = try body(Transaction(connection: connection))
        try connection.execute("COMMIT")
        return value
      } catch {
        if !connection.isIdle { try connection.execute("ROLLBACK") }
        throw error
      }
    }
  }

  /// Moves the write-ahead log into the file. Only the holder of the maintenance lease calls it: SQLite up to 3.51.2 can
  /// lose a commit when checkpoints overlap (https://sqlite.org/wal.html#walresetbug).
  /// Returns false when readers or writers kept it from finishing; it is tried again later.
  public func checkpoint() async throws -> Bool {
    try await lanes.writing { [self] writer in
      try requireSameFile()
      return try writer.checkpoint()
    }
  }

  /// A replaced file would take new rows that nobody else sees.
  private func requireSameFile() throws(DatabaseError) {
    guard file.identity == identity else { throw .replaced(path) }
  }
}

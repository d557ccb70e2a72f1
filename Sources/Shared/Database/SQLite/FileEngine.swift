import Timekeeping

/// A store in one SQLite file.
///
/// Writes run one after another on a thread of their own, each an immediate transaction; reads run on another connection and
/// thread. Waiting for the write lock is fair between processes (see `Gate`) and ends after `waitMax` with `busy`.
final class FileEngine: StoreEngine {
  let dialect = Dialect.sqlite
  /// It goes by the machine's clock.
  let clockLead: Duration? = nil

  /// A file is always there, and its writers do not wait for longer than a write's limit.
  func endWaiting(in time: Duration) {}

  private let path: String
  private let file: StoreFile
  private let identity: StoreFile.Identity
  private let bell: any Bell
  private let lanes: StoreLanes

  /// Opens the file, creating it when missing, and brings its schema up to date with the gate held.
  init(path: String, steps: [SchemaStep], now: Timestamp, host: StoreHost, waitMax: Duration) async throws {
    self.path = path
    try MoveMark.refuse(path)
    file = StoreFile(path: path)
    try file.create(fileSystemType: host.fileSystemType)
    guard let identity = file.identity else { throw DatabaseError.replaced(path) }
    self.identity = identity
    let bell = try host.bell ?? Doorbell(of: path)
    self.bell = bell
    let makeWriter: @Sendable () throws -> SQLiteWriter = {
      let writer = try SQLiteWriter(path: path, bell: bell, waitMax: waitMax)
      _ = try writer.exclusively { connection in
        // It may have been moved while this process waited at the gate.
        try MoveMark.refuse(path)
        return try Migrator(steps: steps).migrate(connection, path: path, now: now)
      }
      try Gate.noteUse(of: path)
      return writer
    }
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
  }

  func submit(_ request: WriteRequest) {
    lanes.submit(request)
  }

  func read<Value: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Value) async throws -> Value {
    try await lanes.reading { connection in
      try connection.run("BEGIN")
      do {
        let value = try body(Transaction(connection: connection, isReading: true))
        try connection.run("COMMIT")
        return value
      } catch {
        if !connection.isIdle { try connection.run("ROLLBACK") }
        throw error
      }
    }
  }

  func listen(_ heard: @escaping @Sendable (Set<Notice>) -> Void) -> Listening {
    bell.listen(heard)
  }

  /// A replaced file would take new rows that nobody else sees.
  func requireSameStore() throws(DatabaseError) {
    guard file.identity == identity else { throw .replaced(path) }
  }

  func checkpoint() async throws -> Bool {
    try await lanes.writing { [self] writer in
      try requireSameStore()
      return try writer.checkpoint()
    }
  }

  func copy(to path: String) async throws {
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
}

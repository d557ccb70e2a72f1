import Glibc
import Timekeeping

/// A connection to a store's server that is made anew when it breaks, for one thread at a time, and its transactions.
final class PostgresLink {
  /// The first number of all advisory locks of ours; the second is the schema.
  static let lockClass = 0x1EAD

  /// Where each link counts its commits, so that one whose answer was lost can be looked up. Whoever has looked sets `last`:
  /// a COMMIT that arrives after that, held up on its way, is refused. Of links that are gone a day's are kept.
  static let markTable = """
    CREATE TABLE IF NOT EXISTS commit_mark (
      session TEXT COLLATE "C" PRIMARY KEY, serial BIGINT NOT NULL, at BIGINT NOT NULL, last BIGINT,
      CHECK (last IS NULL OR serial <= last)) WITH (fillfactor = 20);
    DELETE FROM commit_mark WHERE at < (extract(epoch FROM clock_timestamp()) - 86400) * 1000
    """

  /// How often a transaction is run that the server ends in favour of others.
  private static let runsMax = 10
  private static let pauseMin = Duration.milliseconds(20)
  private static let pauseMax = Duration.milliseconds(500)

  private let address: ServerAddress
  private let clock: ServerClock
  /// Rung after commits; nil: the server announces them.
  private let bell: (any Bell)?
  private let waitMax: Duration
  private let limit: WaitLimit
  private let options: PostgresOptions
  private let meters: StoreMeters?
  private var connection: PostgresConnection?
  /// This link's name among the commit marks.
  private var session = PostgresLink.newSession()
  private var serial: Int64 = 0

  init(
    _ address: ServerAddress, clock: ServerClock, bell: (any Bell)?, waitMax: Duration, limit: WaitLimit,
    meters: StoreMeters? = nil
  ) {
    self.meters = meters
    self.limit = limit
    self.address = address
    self.clock = clock
    self.bell = bell
    self.waitMax = waitMax
    var options = PostgresOptions(statementTimeout: .seconds(60), readOnly: false, applicationName: "lead-queue")
    options.lockTimeout = waitMax
    // A program that is stopped within a transaction must not stop the others for longer than they wait.
    options.idleInTransactionTimeout = waitMax
    options.schema = address.schema
    options.syncsCommits = true
    // A pooler hands each transaction to another session, which knows no statements of ours.
    options.ownsSession = address.isNotifying
    self.options = options
  }

  /// Runs `body` on the connection, outside of a transaction.
  func withConnection<Value>(_ body: (PostgresConnection) throws -> Value) throws -> Value {
    try body(connected())
  }

  private static func newSession() -> String { String(UInt64.random(in: .min ... .max), radix: 16) }

  // MARK: Transactions

  /// Runs the request and answers it.
  func write(_ request: WriteRequest) {
    do {
      let notices = try committed(request)
      bell?.ring(notices)
      request.finish(nil)
    } catch {
      request.finish(error)
    }
  }

  /// Runs `body` on one state of the store; again, when the connection broke.
  func read<Value>(_ body: (Transaction) throws -> Value) throws -> Value {
    var patience = Patience(waitMax)
    while true {
      do {
        return try readOnce(body)
      } catch let error as DatabaseError where error.isConnectionLoss {
        guard patience.lasts(), !limit.isOver else { throw error }
        pause(patience.losses)
      }
    }
  }

  private func readOnce<Value>(_ body: (Transaction) throws -> Value) throws -> Value {
    let connection = try begun("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    return try ended(connection) {
      let value = try body(Transaction(connection: connection, isReading: true))
      try connection.commit()
      return value
    }
  }

  /// Runs the request until it is committed. A transaction that is certainly rolled back, because the server ended it in favour
  /// of another or the connection broke before the COMMIT, is run again: nothing of it has happened.
  private func committed(_ request: WriteRequest) throws -> Set<Notice> {
    var patience = Patience(waitMax)
    var runs = 0
    while true {
      runs += 1
      do {
        return try ranOnce(request)
      } catch let error as DatabaseError where error.isLostToAnother && runs < Self.runsMax {
        meters?.retried()
        pause(runs)
      } catch let loss as RolledBack {
        guard patience.lasts(), !limit.isOver else { throw loss.error }
        meters?.retried()
        pause(patience.losses)
      }
    }
  }

  /// How long broken connections are made up for, from the first of them on; several in quick succession are one restart.
  private struct Patience {
    private let span: Duration
    private var deadline: ContinuousClock.Instant?
    private(set) var losses = 0

    init(_ span: Duration) {
      self.span = span
    }

    /// Notes another loss. False when it was one too many.
    mutating func lasts() -> Bool {
      losses += 1
      let end = deadline ?? .now + span
      deadline = end
      return losses <= PostgresLink.runsMax && .now < end
    }
  }

  /// The connection broke, and nothing of the transaction stays.
  private struct RolledBack: Error {
    let error: DatabaseError
  }

  private func ranOnce(_ request: WriteRequest) throws -> Set<Notice> {
    let connection = try begun("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", for: request.company)
    return try ended(connection) {
      let transaction = Transaction(connection: connection)
      do {
        try request.perform(transaction)
      } catch let error as DatabaseError where error.isConnectionLoss {
        throw RolledBack(error: error)
      }
      guard connection.isUsable else { throw RolledBack(error: .connectionLost(reason: "within a transaction")) }
      // COMMIT would roll back, and succeed.
      guard !connection.isTransactionFailed else {
        throw DatabaseError.failed(code: "25P02", message: "a statement had failed, and the transaction went on")
      }
      try commit(connection, transaction.notices.all)
      return transaction.notices.all
    }
  }

  /// Runs `body` in the transaction that was begun; rolls back when it throws.
  private func ended<Value>(_ connection: PostgresConnection, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch {
      if connection.isUsable, !connection.isIdle {
        // Without it the connection would be of no use; the error that led here is the one to be told.
        if case .failure = Result(catching: { try connection.rollBack() }) { self.connection = nil }
      }
      throw error
    }
  }

  /// Begins, on a new connection where the old one broke: until then nothing has happened that could happen twice.
  private func begun(_ begin: String, for company: Company? = nil) throws -> PostgresConnection {
    let deadline = ContinuousClock.now + waitMax
    var tries = 0
    while true {
      do {
        let connection = try connected()
        if address.isNotifying {
          try connection.post(begin, [])
        } else {
          try connection.execute("\(begin); \(options.settings("SET LOCAL"))")
        }
        if let company {
          try connection.post(Self.lock(of: company), [.int(Self.lockClass), .text(address.schema)])
        }
        let now = try connection.first("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)") {
          $0.time(0)
        }
        if let now { clock.note(now) }
        return connection
      } catch let error as DatabaseError {
        rollBack()
        guard error.isConnectionFailure else { throw error }
        guard ContinuousClock.now < deadline, !limit.isOver else { throw error.asLoss }
        tries += 1
        pause(tries)
      }
    }
  }

  private static func lock(of company: Company) -> String {
    switch company {
    case .alone: "SELECT pg_advisory_xact_lock(CAST($1 AS int), hashtext($2))"
    case .beside: "SELECT pg_advisory_xact_lock_shared(CAST($1 AS int), hashtext($2))"
    }
  }

  /// After a refused BEGIN or lock.
  private func rollBack() {
    guard let connection, connection.isUsable, !connection.isIdle else { return }
    if case .failure = Result(catching: { try connection.rollBack() }) { self.connection = nil }
  }

  // MARK: Committing

  /// A transaction that wrote nothing leaves no mark, and the server has nothing to sync; run again, it does no harm.
  private func commit(_ connection: PostgresConnection, _ notices: Set<Notice>) throws {
    serial += 1
    do {
      try connection.post(
        """
        INSERT INTO commit_mark AS mark (session, serial, at)
        SELECT $1, $2, CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)
        WHERE pg_current_xact_id_if_assigned() IS NOT NULL
        ON CONFLICT (session) DO UPDATE SET serial = excluded.serial, at = excluded.at
        """, [.text(session), .integer(serial)])
      if address.isNotifying, bell == nil, !notices.isEmpty {
        try connection.post(
          "SELECT pg_notify($1, $2)", [.text(address.schema), .text(PostgresBell.payload(of: notices))])
      }
      try connection.commit()
    } catch {
      guard error.isConnectionFailure else { throw error }
      guard try isCommitted(serial) else {
        throw RolledBack(error: .connectionLost(reason: "the transaction was rolled back"))
      }
    }
  }

  /// Looks whether a commit whose answer was lost took effect, and sees to it that it does not any more if it has not. Waits
  /// for the server to come back; throws `connectionLost` when it does not, and the outcome stays unknown to the caller.
  private func isCommitted(_ serial: Int64) throws -> Bool {
    connection = nil
    let deadline = ContinuousClock.now + max(waitMax, .seconds(30))
    while true {
      do {
        let found = try closedMark()
        session = Self.newSession()
        return found == serial
      } catch let error as DatabaseError where error.mayPass && ContinuousClock.now < deadline && !limit.isOver {
        pause(1)
      }
    }
  }

  /// Waits for the lost transaction, should the server still be at it.
  private func closedMark() throws -> Int64? {
    let connection = try begun("BEGIN READ WRITE")
    return try ended(connection) {
      let serial = try connection.first(
        """
        INSERT INTO commit_mark AS mark (session, serial, at, last) VALUES ($1, 0, 0, 0)
        ON CONFLICT (session) DO UPDATE SET last = mark.serial RETURNING serial
        """, [.text(session)]
      ) { $0.int64(0) }
      try connection.commit()
      return serial
    }
  }

  // MARK: Connecting

  private func connected() throws(DatabaseError) -> PostgresConnection {
    if let connection, connection.isUsable { return connection }
    connection = nil
    let fresh = try PostgresConnection(url: address.url, options: options, limit: limit)
    connection = fresh
    return fresh
  }

  /// Blocks; a little longer each time, and never as long as others who failed at the same moment.
  private func pause(_ tries: Int) {
    let span = min(Self.pauseMax, Self.pauseMin * (1 << min(tries, 6)))
    let microseconds = Double(span.microseconds) * Double.random(in: 0.5...1)
    usleep(UInt32(microseconds))
  }
}

extension DatabaseError {
  /// The server or the way to it failed; whatever was asked may be asked again on a new connection.
  var isConnectionFailure: Bool {
    switch self {
    case .connectionLost, .timedOut, .cannotOpen: true
    default: false
    }
  }

  /// The connection broke.
  fileprivate var isConnectionLoss: Bool {
    if case .connectionLost = self { true } else { false }
  }

  /// The same may succeed a little later.
  fileprivate var mayPass: Bool {
    if case .busy = self { true } else { isConnectionFailure || isLostToAnother }
  }

  /// A store that was open once cannot be reached any more.
  fileprivate var asLoss: DatabaseError {
    if case .cannotOpen(_, let reason) = self { .connectionLost(reason: reason) } else { self }
  }

  /// The server ended the transaction so that another could go on: serialization_failure, deadlock_detected.
  package var isLostToAnother: Bool {
    if case .failed(let code, _) = self { code == "40001" || code == "40P01" } else { false }
  }
}

extension Duration {
  fileprivate var microseconds: Int64 {
    components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
  }
}

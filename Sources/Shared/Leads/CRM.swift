public import Timekeeping

/// The outside system that receives leads, as the application sees it.
///
/// Conformers: `CRMClient` (HTTP and PostgreSQL) and the simulated CRM. Every call may be cancelled; a cancelled upload is
/// `unknown`, never "not sent", once its request may have left.
public protocol CRM: Sendable {
  /// Which CRM this is: its base URL without credentials. A store remembers it and refuses another.
  var identity: String { get }

  /// Logs in unless a login is held, and so shows that name and password are right.
  func authenticate() async throws(CRMError)

  /// Reads stock, agents and conversion in one pass. `window` is how far back closed leads count for conversion.
  /// Throws rather than guesses: a stock that could not be read is never zero.
  func readStock(window: Duration, now: Timestamp) async throws(CRMError) -> Stock

  /// Sends one bulk request. `beforeSending` runs immediately before *each* POST that leaves (a second one follows a 401
  /// and a new login): it commits the intent and checks the lease; when it throws, nothing is sent and the error is passed
  /// on. `mayLeave` is asked once more when the connection stands and nothing of the request has left: looking up a name,
  /// connecting and a stopped process take time. When it says no, the answer is `notSent`.
  func upload(
    _ request: UploadRequest, mayLeave: @escaping @Sendable () -> Bool, beforeSending: @Sendable () async throws -> Void
  ) async throws -> UploadAnswer

  /// Asks what the CRM really holds. One finding per row, in the order of `rows`. `after` is the highest lead id known
  /// before the first request of these rows: where our marker cannot be read, only rows above it can be ours.
  func readBack(_ rows: [ReadBackRow], after: Int64) async throws(CRMError) -> [ReadBackFinding]
}

/// The body of one bulk request: a JSON array of `rowCount` objects, exactly as it goes over the wire.
public struct UploadRequest: Sendable, Equatable {
  public var body: [UInt8]
  public var rowCount: Int

  public init(body: [UInt8], rowCount: Int) {
    self.body = body
    self.rowCount = rowCount
  }
}

/// What is known after a bulk request, sorted by what may be done next.
public enum UploadAnswer: Sendable, Equatable {
  /// 200, readable, its sums agree with what was sent: one outcome per row, in the order sent.
  case processed([RowOutcome])
  /// The request did not leave (no connection, no name): nothing happened, it may be sent again.
  case notSent(reason: String)
  /// 422: nothing was processed; these rows (position in the request → reason, free of lead data) are invalid.
  case invalidRows([Int: String])
  /// 429: nothing was processed. `retryAfter` is what the CRM asked for.
  case rateLimited(retryAfter: Duration)
  /// 500 `Bulk import failed`: rolled back as a whole; some row in it is poison.
  case rolledBack
  /// 400, or an answer that no resending mends.
  case refused(reason: String)
  /// 401 also with a fresh token, or the login itself was refused: nothing was processed.
  case authenticationFailed(reason: String)
  /// 403 with a fresh token: the role may not upload.
  case forbidden(reason: String)
  /// The request may have been committed: read back before anything else. `reason` is free of lead data.
  case unknown(reason: String)
}

public enum RowOutcome: Sendable, Equatable {
  case created
  /// The CRM holds this npi already; `existingID` is that row's id.
  case duplicate(existingID: Int64?)
  /// The CRM refused this row alone. `reason` is free of lead data.
  case failed(reason: String)
}

/// One row to look for in the CRM.
public struct ReadBackRow: Sendable, Equatable {
  public var npi: String?
  public var key: LeadKey
  /// The text sent as `scoring_breakdown.lead_queue`.
  public var marker: String

  public init(npi: String?, key: LeadKey, marker: String) {
    self.npi = npi
    self.key = key
    self.marker = marker
  }
}

/// The CRM's rows that match one `ReadBackRow`: by id, ours and others' apart. Both empty: not there.
public struct ReadBackFinding: Sendable, Equatable {
  /// Rows created by us for this very lead. More than one is a duplicate that should be impossible.
  public var ours: [Int64]
  /// Rows with the same npi that somebody else created.
  public var others: [Int64]

  public init(ours: [Int64] = [], others: [Int64] = []) {
    self.ours = ours
    self.others = others
  }
}

/// Why the CRM could not be asked. Texts are free of lead data and of secrets.
public enum CRMError: Error, Sendable, Equatable {
  /// Connection refused, timed out, or silent.
  case unreachable(String)
  /// The CRM's PostgreSQL is unreachable, silent, or refuses the login.
  case databaseUnreachable(String)
  case authenticationFailed(String)
  case forbidden(String)
  case rateLimited(retryAfter: Duration)
  /// It answered, but not what the contract says.
  case unexpectedAnswer(String)
  /// The CRM's tables lack what the reading needs; names the column.
  case schemaUnsupported(String)
}

extension CRMError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreachable(let reason): "CRM not reachable: \(reason)"
    case .databaseUnreachable(let reason): "The CRM's database is not reachable: \(reason)"
    case .authenticationFailed(let reason): "Authentication failed: \(reason)"
    case .forbidden(let reason): "The CRM refuses this user: \(reason)"
    case .rateLimited(let retryAfter):
      "The CRM's rate limit is used up; it asks to wait \(retryAfter.components.seconds) s"
    case .unexpectedAnswer(let reason): "The CRM answered what its contract does not say: \(reason)"
    case .schemaUnsupported(let reason): "The CRM's tables cannot be read: \(reason)"
    }
  }
}

package import Leads
package import Timekeeping

/// The CRM over HTTP, and its database read by SQL where a URL for it is given.
///
/// One client serves a whole process: its users share one login. Every request first awaits a permit; blocking calls
/// run on the client's own threads, uploads apart from questions. Texts of answers and errors hold no lead data and no
/// secrets.
package final class CRMClient: CRM {
  package let settings: CRMClientSettings
  let session: CRMSession
  let database: (any CRMDatabase)?
  private let makeTransport: @Sendable (String) -> any HTTPTransport
  private let api: APIStockReader

  /// `requestPermit` is awaited before every HTTP request and throws when none may be sent; `onRateLimited` learns how
  /// long the CRM wants to be left alone after a 429. `wrap` may put something around what carries the requests.
  package convenience init(
    settings: CRMClientSettings, wrap: @escaping @Sendable (any HTTPTransport) -> any HTTPTransport = { $0 },
    requestPermit: @escaping @Sendable () async throws -> Void,
    onRateLimited: @escaping @Sendable (Duration) async -> Void
  ) {
    self.init(
      settings: settings, database: settings.database.map { PostgresStockReader(address: $0, settings: settings) },
      makeTransport: Self.measured({ wrap(HTTPThread(name: $0)) }, settings), requestPermit: requestPermit,
      onRateLimited: onRateLimited)
  }

  /// The same transports, measured if somebody does.
  private static func measured(
    _ make: @escaping @Sendable (String) -> any HTTPTransport, _ settings: CRMClientSettings
  ) -> @Sendable (String) -> any HTTPTransport {
    guard let meters = RequestMeters(settings) else { return make }
    return { MeasuredTransport(make($0), meters) }
  }

  /// As above, reaching the CRM by other means: `database` instead of the settings' address, and what `makeTransport` makes
  /// for a purpose that it is told.
  package init(
    settings: CRMClientSettings, database: (any CRMDatabase)?,
    makeTransport: @escaping @Sendable (String) -> any HTTPTransport,
    requestPermit: @escaping @Sendable () async throws -> Void,
    onRateLimited: @escaping @Sendable (Duration) async -> Void
  ) {
    self.settings = settings
    self.database = database
    self.makeTransport = makeTransport
    session = CRMSession(
      endpoint: CRMEndpoint(settings: settings, requestPermit: requestPermit, onRateLimited: onRateLimited),
      transport: makeTransport("crm-ask"))
    api = APIStockReader(session: session)
  }

  package var identity: String { settings.address.text }

  /// What the last readings could not take into account, such as a column that the CRM lacks.
  package var notes: [String] { (database?.notes ?? []) + api.notes }

  package func authenticate() async throws(CRMError) {
    try await Self.asking { _ = try await session.desk.token(replacing: nil) }
  }

  package func readStock(window: Duration, now: Timestamp) async throws(CRMError) -> Stock {
    switch (settings.metrics, database) {
    case (.postgres, let database?), (.auto, let database?): return try await database.read(window: window, now: now)
    case (.postgres, nil): throw .databaseUnreachable("crm.metrics is postgres, and LEAD_CRM_DATABASE_URL is not set")
    case (.api, _), (.auto, nil): return try await Self.asking { try await api.read(window: window, now: now) }
    }
  }

  package func readBack(_ rows: [ReadBackRow], after: Int64) async throws(CRMError) -> [ReadBackFinding] {
    if let database { return try await database.readBack(rows, after: after) }
    return try await Self.asking { try await APIReadBack(session: session).find(rows, after: after) }
  }

  /// Looks at every lead of the CRM once, whoever made it, and adds each to what `make` makes; it may be made anew when a
  /// reading has to be repeated. Rows that come or go meanwhile may be seen or not. The second value says whether every row's
  /// marker can be seen: else a row without one may be ours all the same.
  package func sweep<Value: Sendable>(
    _ make: @escaping @Sendable () -> Value, take: @escaping @Sendable (inout Value, CRMSighting) -> Void
  ) async throws(CRMError) -> (value: Value, showsMarkers: Bool) {
    if let database { return try await database.sweep(make, take: take) }
    return (try await Self.asking { try await APISweep(session: session).run(make, take: take) }, false)
  }

  package func upload(
    _ request: UploadRequest, mayLeave: @escaping @Sendable () -> Bool, beforeSending: @Sendable () async throws -> Void
  ) async throws -> UploadAnswer {
    do {
      var (token, isNew) = try await login(replacing: nil)
      var isSecond = false
      while true {
        let answer: HTTPAnswer
        switch try await post(request, token, mayLeave, beforeSending) {
        case .failure(.notSent(let reason)): return .notSent(reason: reason)
        case .failure(.mayHaveLeft(let reason)): return .unknown(reason: reason)
        case .success(let received): answer = received
        }
        switch answer.status {
        case 401 where isSecond: return .authenticationFailed(reason: "the CRM refuses a fresh token")
        case 403 where isSecond || isNew: return .forbidden(reason: CRMSession.forbidden(token.role))
        case 401, 403: break
        default: return BulkAnswer.classified(answer, rowCount: request.rowCount)
        }
        (token, isNew) = try await login(replacing: token)
        isSecond = true
      }
    } catch let failure as LoginFailure {
      return failure.answer
    }
  }

  /// A login that failed, as the answer of the upload that needed it: nothing was processed.
  private struct LoginFailure: Error {
    let answer: UploadAnswer

    init(_ error: CRMError) {
      answer =
        switch error {
        case .authenticationFailed(let reason): .authenticationFailed(reason: reason)
        case .forbidden(let reason): .forbidden(reason: reason)
        case .rateLimited(let retryAfter): .rateLimited(retryAfter: retryAfter)
        case .unreachable, .databaseUnreachable, .unexpectedAnswer, .schemaUnsupported:
          .notSent(reason: "login: \(error.description)")
        }
    }
  }

  private func login(replacing rejected: CRMLoginDesk.Token?) async throws -> (CRMLoginDesk.Token, isNew: Bool) {
    do {
      return try await session.desk.token(replacing: rejected)
    } catch let error as CRMError {
      throw LoginFailure(error)
    }
  }

  /// One POST. Throws what the permit or `beforeSending` throws; then nothing was sent.
  private func post(
    _ upload: UploadRequest, _ token: CRMLoginDesk.Token, _ mayLeave: @escaping @Sendable () -> Bool,
    _ beforeSending: @Sendable () async throws -> Void
  ) async throws -> Result<HTTPAnswer, HTTPFailure> {
    var request = session.endpoint.post(settings.bulkPath, upload.body)
    request.token = token.text
    request.totalTimeout = settings.requestTimeout
    request.mayLeave = mayLeave
    try await session.endpoint.requestPermit()
    try await beforeSending()
    do {
      // One of its own: waiting for another upload's would part the request from what was checked just before it.
      let answer = try await makeTransport("crm-upload").send(request)
      await session.endpoint.noteLimit(answer)
      return .success(answer)
    } catch {
      return .failure(error)
    }
  }

  /// HTTP requests that `health` sends at the most: the question, and a login.
  package static let healthRequests = 2

  /// Asks everything that an upload will rely on, one named result each.
  package func health() async -> [CRMCheck] {
    await CRMExamination(session: session, database: database).results()
  }

  /// Narrows the errors of a question: only a permit throws others than `CRMError`.
  static func asking<Value>(_ body: () async throws -> Value) async throws(CRMError) -> Value {
    do {
      return try await body()
    } catch let error as CRMError {
      throw error
    } catch is CancellationError {
      throw .unreachable("cancelled")
    } catch {
      throw .unreachable("no request was permitted")
    }
  }
}

import Leads
import Synchronization

/// Questions to the CRM's API under the shared login, apart from uploads, so that they do not wait for these.
struct CRMSession: Sendable {
  let endpoint: CRMEndpoint
  let desk: CRMLoginDesk
  let transport: any HTTPTransport

  var settings: CRMClientSettings { endpoint.settings }

  init(endpoint: CRMEndpoint, transport: any HTTPTransport) {
    self.endpoint = endpoint
    self.transport = transport
    desk = CRMLoginDesk(endpoint: endpoint, transport: transport)
  }

  /// `GET /health`. Throws `unreachable`, `rateLimited`, `unexpectedAnswer`.
  func health() async throws -> CRMHealthAnswer {
    let answer = try await endpoint.send(endpoint.get(settings.healthPath), by: transport)
    if answer.status == 429 { throw CRMError.rateLimited(retryAfter: RateLimit.retryAfter(answer)) }
    guard let health = CRMHealthAnswer(answer) else {
      throw CRMError.unexpectedAnswer("\(settings.healthPath) answered \(answer.status) without the CRM's status")
    }
    return health
  }

  /// One page of all leads, newest first, closed and recycled ones included; `take` adds each to the value that `make`
  /// makes for every page asked for.
  func leads<Value: Sendable>(
    limit: Int, make: @escaping @Sendable () -> Value, take: @escaping @Sendable (inout Value, CRMLeadRow) -> Void
  ) async throws -> Value {
    let path = settings.leadsPath
    var request = endpoint.get(path, query: "show_all=true&skip=0&limit=\(limit)")
    request.totalTimeout = settings.requestTimeout
    request.silenceTimeout = settings.healthTimeout
    var (token, isNew) = try await desk.token(replacing: nil)
    var isSecond = false
    while true {
      request.token = token.text
      let (answer, value) = try await page(request, make, take)
      switch answer.status {
      case 200: return value
      case 401 where !isSecond, 403 where !isSecond && !isNew:
        (token, isNew) = try await desk.token(replacing: token)
        isSecond = true
      default: throw Self.error(answer, path: path, role: token.role)
      }
    }
  }

  private func page<Value: Sendable>(
    _ request: HTTPRequest, _ make: @escaping @Sendable () -> Value,
    _ take: @escaping @Sendable (inout Value, CRMLeadRow) -> Void
  ) async throws -> (HTTPAnswer, Value) {
    try await endpoint.requestPermit()
    do {
      let page = LeadPage(make(), take)
      let answer = try await transport.send(request) { try page.add($0) }
      await endpoint.noteLimit(answer)
      return (answer, try page.finish(isWhole: answer.status == 200))
    } catch let failure as HTTPFailure {
      throw CRMError.unreachable(failure.reason)
    } catch is LeadListReader.Unreadable {
      throw CRMError.unexpectedAnswer("\(settings.leadsPath) answered no readable list of leads")
    }
  }

  /// The error of a question's answer that is not 200. Nothing of its body is used but the wait after a 429.
  static func error(_ answer: HTTPAnswer, path: String, role: String?) -> CRMError {
    switch answer.status {
    case 401: .authenticationFailed("the CRM refuses a fresh token")
    case 403: .forbidden(forbidden(role))
    case 429: .rateLimited(retryAfter: RateLimit.retryAfter(answer))
    default: .unexpectedAnswer("\(path) answered \(answer.status)")
    }
  }

  /// The reason of a 403 with a fresh token.
  static func forbidden(_ role: String?) -> String {
    // A word out of the CRM's answer is shown only if it is one of the contract's.
    let name: String
    if let role, ["admin", "manager", "agent"].contains(role) { name = role } else { name = "unknown" }
    return "role \(name), admin or manager needed"
  }
}

/// A list that is read while it arrives.
private final class LeadPage<Value: Sendable>: Sendable {
  private struct State {
    /// Nil only while it is being added to: a copy at every piece would cost more than the reading.
    var value: Value?
    var reader = LeadListReader()
  }

  private let state: Mutex<State>
  private let take: @Sendable (inout Value, CRMLeadRow) -> Void

  init(_ value: Value, _ take: @escaping @Sendable (inout Value, CRMLeadRow) -> Void) {
    state = Mutex(State(value: value))
    self.take = take
  }

  func add(_ bytes: UnsafeRawBufferPointer) throws {
    try reading { try $0.add(bytes, take: $1) }
  }

  /// What has been read. `isWhole`: a list came, and must have ended.
  func finish(isWhole: Bool) throws -> Value {
    try reading { if isWhole { try $0.finish(take: $1) } }
  }

  @discardableResult
  private func reading(_ body: (inout LeadListReader, (CRMLeadRow) -> Void) throws -> Void) throws -> Value {
    try state.withLock { state in
      guard var value = state.value.take() else { preconditionFailure("a list is read by one reader") }
      defer { state.value = value }
      try body(&state.reader) { take(&value, $0) }
      return value
    }
  }
}

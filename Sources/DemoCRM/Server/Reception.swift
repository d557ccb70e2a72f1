import Foundation
import Synchronization
import Timekeeping

/// Takes every request in: one after another, rate limit first, then the faults, the route, the log.
final class Reception: Sendable {
  struct Settings: Sendable {
    var requestsPerMinute = 100
    /// What a 429 asks the client to wait, in seconds.
    var retryAfter = 60
    /// Rows a bulk request takes a second of, nil: as fast as it can.
    var pace: Double?
    var loginDelay = Duration.zero
    var slowDelay = Duration.seconds(5)
    var faults: [FaultRule] = []
    var seed: UInt64 = 1
  }

  /// How an answer goes out.
  enum Delivery: Sendable {
    case whole(Answer, requestID: String)
    /// Head and the first half of the body, then the connection is closed.
    case half(Answer, requestID: String)
    /// The connection is closed without a byte.
    case closed
    /// Nothing, until the client gives up.
    case silent
  }

  private struct State {
    var limiter: RateLimiter
    var plan: FaultPlan
    var requestIDs: SeededRandom
    var statistics = Statistics()
  }

  private let service: CRMService
  private let settings: Settings
  private let log: RequestLog?
  private let lane = SerialLane()
  private let state: Mutex<State>

  init(service: CRMService, settings: Settings, log: RequestLog?) {
    self.service = service
    self.settings = settings
    self.log = log
    state = Mutex(
      State(
        limiter: RateLimiter(requestsPerMinute: settings.requestsPerMinute),
        plan: FaultPlan(rules: settings.faults, seed: settings.seed),
        requestIDs: SeededRandom(seed: settings.seed, stream: "request-ids")))
  }

  var statistics: Statistics { state.withLock { $0.statistics } }

  /// Handles one request when its turn comes.
  func receive(_ request: CRMRequest) async -> Delivery {
    await lane.run { await self.handle(request) }
  }

  /// What the CRM does every 30 minutes, in turn with the requests.
  func redistribute() async throws {
    try await lane.run { try await self.service.redistribute() }
  }

  /// Closes unassigned open leads for a demonstration, in turn with the requests. Returns how many.
  func close(count: Int, asWon: Bool) async throws -> Int {
    try await lane.run {
      try await self.service.database.transaction { connection in
        try LeadsTable.close(count: count, asWon: asWon, at: try CRMMoment.read(connection), connection)
      }
    }
  }

  private func handle(_ request: CRMRequest) async -> Delivery {
    let routing = service.routing(request)
    var isBulk = false
    if case .route(.bulk) = routing { isBulk = true }
    let ticket = admit(request, isBulk: isBulk)
    var entry = RequestLog.Entry(
      number: ticket.number, bulkNumber: ticket.bulkNumber, method: request.method, path: request.path,
      rows: isBulk ? 0 : nil, fault: ticket.fault)
    let delivery: Delivery
    if ticket.isAdmitted {
      delivery = await deliver(request, routing, ticket, &entry)
    } else {
      delivery = .whole(.rateLimited(retryAfter: settings.retryAfter), requestID: ticket.requestID)
    }
    switch delivery {
    case .whole(let answer, _), .half(let answer, _): entry.status = answer.status
    case .closed, .silent: entry.status = nil
    }
    do { try log?.write(entry) } catch {
      FileHandle.standardError.write(Data("demo-crm: the request log cannot be written: \(error)\n".utf8))
    }
    return delivery
  }

  private struct Ticket {
    var number: Int
    var bulkNumber: Int?
    var requestID: String
    var isAdmitted: Bool
    var fault: Fault?
  }

  private func admit(_ request: CRMRequest, isBulk: Bool) -> Ticket {
    state.withLock { state in
      state.statistics.requests += 1
      if isBulk { state.statistics.bulkRequests += 1 }
      let isAdmitted = state.limiter.admits(request.address, at: .now)
      if !isAdmitted { state.statistics.rateLimited += 1 }
      // Numbered also when refused, so that `@N` means the N-th POST that arrived.
      let planned = isBulk ? state.plan.next() : nil
      let fault = isAdmitted ? planned : nil
      if let fault { state.statistics.faults[fault, default: 0] += 1 }
      return Ticket(
        number: state.statistics.requests, bulkNumber: isBulk ? state.statistics.bulkRequests : nil,
        requestID: Self.uuid(&state.requestIDs), isAdmitted: isAdmitted, fault: fault)
    }
  }

  /// In the form of a random UUID (RFC 9562, version 4), from the seed.
  private static func uuid(_ random: inout SeededRandom) -> String {
    let high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
    let low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    func hexadecimal(_ value: UInt64) -> String {
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
    let first = hexadecimal(high)
    let second = hexadecimal(low)
    return
      "\(first.prefix(8))-\(first.dropFirst(8).prefix(4))-\(first.suffix(4))-\(second.prefix(4))-\(second.suffix(12))"
  }

  private func deliver(
    _ request: CRMRequest, _ routing: CRMService.Routing, _ ticket: Ticket, _ entry: inout RequestLog.Entry
  ) async -> Delivery {
    let id = ticket.requestID
    switch ticket.fault {
    case .close: return .closed
    case .s500: return .whole(internalError(id), requestID: id)
    case .s429: return .whole(.rateLimited(retryAfter: settings.retryAfter), requestID: id)
    case .s401: return .whole(.invalidToken, requestID: id)
    default: break
    }
    var answer = await process(request, routing, id, &entry)
    switch ticket.fault {
    case .drop: return .closed
    case .hang: return .silent
    case .half: return .half(answer, requestID: id)
    case .html: answer = .webPage
    case .late500: answer = internalError(id)
    case .dup: answer = await process(request, routing, id, &entry)
    case .slow: await pause(until: .now + settings.slowDelay)
    default: break
    }
    return .whole(answer, requestID: id)
  }

  private func process(
    _ request: CRMRequest, _ routing: CRMService.Routing, _ requestID: String, _ entry: inout RequestLog.Entry
  ) async -> Answer {
    let route: CRMService.Route
    switch routing {
    case .notFound: return .notFound
    case .methodNotAllowed: return .methodNotAllowed
    case .route(let known): route = known
    }
    let start = ContinuousClock.now
    let outcome: CRMService.Outcome
    do {
      outcome = try await service.answer(route, request)
    } catch {
      FileHandle.standardError.write(Data("demo-crm: \(error)\n".utf8))
      return internalError(requestID)
    }
    if let rows = entry.rows {
      entry.rows = rows + outcome.created
      state.withLock { $0.statistics.rowsCommitted += outcome.created }
    }
    if case .login = route {
      if outcome.answer.status == 200 { state.withLock { $0.statistics.logins += 1 } }
      await pause(until: start + settings.loginDelay)
    }
    if let pace = settings.pace, outcome.created > 0 {
      await pause(until: start + .seconds(Double(outcome.created) / pace))
    }
    return outcome.answer
  }

  /// The CRM is busy until then. Ends early when the server stops.
  private func pause(until deadline: ContinuousClock.Instant) async {
    guard deadline > .now else { return }
    do { try await Task.sleep(until: deadline, clock: .continuous) } catch {
      // Cancelled: the server is stopping, and the answer may go out at once.
    }
  }

  private func internalError(_ requestID: String) -> Answer {
    let seconds = Double(service.settings.clock.now().milliseconds) / 1000
    return .internalError(
      requestID: requestID, timestamp: Date(timeIntervalSince1970: seconds).formatted(.iso8601))
  }
}

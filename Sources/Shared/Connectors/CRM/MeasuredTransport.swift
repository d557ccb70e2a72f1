import CoreMetrics
import Timekeeping

/// Measures the requests that another transport carries: what was asked for, how that ended, and how long it took.
struct MeasuredTransport: HTTPTransport {
  private let base: any HTTPTransport
  private let meters: RequestMeters

  init(_ base: any HTTPTransport, _ meters: RequestMeters) {
    self.base = base
    self.meters = meters
  }

  func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPAnswer {
    let start = ContinuousClock.now
    do throws(HTTPFailure) {
      let answer = try await base.send(request)
      meters.ended(request, RequestMeters.End(status: answer.status), after: .now - start)
      return answer
    } catch {
      meters.ended(request, RequestMeters.End(error), after: .now - start)
      throw error
    }
  }

  func send(
    _ request: HTTPRequest, taking take: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws -> HTTPAnswer {
    let start = ContinuousClock.now
    do {
      let answer = try await base.send(request, taking: take)
      meters.ended(request, RequestMeters.End(status: answer.status), after: .now - start)
      return answer
    } catch {
      // What `take` threw ended a transfer of which something had come.
      meters.ended(request, (error as? HTTPFailure).map(RequestMeters.End.init) ?? .unreadable, after: .now - start)
      throw error
    }
  }
}

/// The counters of requests to one CRM.
struct RequestMeters: Sendable {
  /// What a request asks for.
  enum Purpose: String, CaseIterable {
    case login, health, leads, upload, other
  }

  enum End: String, CaseIterable {
    case ok
    /// 401 and 403.
    case notAllowed = "not_allowed"
    /// 429.
    case rateLimited = "rate_limited"
    /// What else is not 2xx, below 500.
    case refused
    /// 500 and above.
    case serverError = "server_error"
    /// Not a byte has left.
    case notSent = "not_sent"
    /// It may have been carried out.
    case unanswered
    /// What came could not be understood, and the rest was not waited for.
    case unreadable

    init(status: Int) {
      self =
        switch status {
        case 200..<300: .ok
        case 401, 403: .notAllowed
        case 429: .rateLimited
        case 500...: .serverError
        default: .refused
        }
    }

    init(_ failure: HTTPFailure) {
      switch failure {
      case .notSent: self = .notSent
      case .mayHaveLeft: self = .unanswered
      }
    }
  }

  private let purposes: [String: Purpose]
  private let counts: [Purpose: [End: Counter]]
  private let times: [Purpose: Timer]

  /// Nil when nobody measures.
  init?(_ settings: CRMClientSettings) {
    let factory = MetricsSystem.factory
    if factory is NOOPMetricsHandler { return nil }
    let paths: [(String, Purpose)] = [
      (settings.loginPath, .login), (settings.healthPath, .health), (settings.leadsPath, .leads),
      (settings.bulkPath, .upload),
    ]
    purposes = Dictionary(
      paths.map { (settings.address.url($0.0, query: ""), $0.1) }, uniquingKeysWith: { one, _ in one })
    counts = Dictionary(
      uniqueKeysWithValues: Purpose.allCases.map { purpose in
        let ends = End.allCases.map { end in
          let labels = [("request", purpose.rawValue), ("outcome", end.rawValue)]
          return (end, Counter(label: "lead_queue_crm_requests_total", dimensions: labels, factory: factory))
        }
        return (purpose, Dictionary(uniqueKeysWithValues: ends))
      })
    times = Dictionary(
      uniqueKeysWithValues: Purpose.allCases.map { purpose in
        let labels = [("request", purpose.rawValue)]
        return (purpose, Timer(label: "lead_queue_crm_request_seconds", dimensions: labels, factory: factory))
      })
  }

  func ended(_ request: HTTPRequest, _ end: End, after time: Duration) {
    let url = request.url.prefix { $0 != "?" }
    let purpose = purposes[String(url)] ?? .other
    counts[purpose]?[end]?.increment()
    times[purpose]?.recordSeconds(time.inSeconds)
  }
}

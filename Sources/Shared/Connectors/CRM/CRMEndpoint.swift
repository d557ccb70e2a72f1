import Foundation
import Leads

/// One CRM's address, its time-outs, and what surrounds every request to it: the shared request budget before, and the
/// holding back after a 429.
struct CRMEndpoint: Sendable {
  let settings: CRMClientSettings
  /// Awaited before every HTTP request; throws when none may be sent.
  let requestPermit: @Sendable () async throws -> Void
  /// Told how long the CRM asked to be left alone.
  let onRateLimited: @Sendable (Duration) async -> Void

  /// A GET without a body, not yet authorised.
  func get(_ path: String, query: String = "") -> HTTPRequest {
    HTTPRequest(
      url: settings.address.url(path, query: query), connectTimeout: settings.connectTimeout,
      totalTimeout: settings.healthTimeout)
  }

  /// A POST of JSON with the time-out of short questions.
  func post(_ path: String, _ body: [UInt8]) -> HTTPRequest {
    var request = get(path)
    request.body = body
    return request
  }

  /// Sends after a permit, and reports a 429. Throws `unreachable`, or what the permit throws.
  func send(_ request: HTTPRequest, by transport: any HTTPTransport) async throws -> HTTPAnswer {
    try await requestPermit()
    do {
      let answer = try await transport.send(request)
      await noteLimit(answer)
      return answer
    } catch {
      throw CRMError.unreachable(error.reason)
    }
  }

  /// Reports a 429 to whoever holds the budget.
  func noteLimit(_ answer: HTTPAnswer) async {
    if answer.status == 429 { await onRateLimited(RateLimit.retryAfter(answer)) }
  }
}

/// What a 429 asks for.
enum RateLimit {
  /// The header `Retry-After` in seconds if there is one, else `retry_after` of the JSON body, else 60 s, the
  /// contract's constant; between 1 s and 5 minutes.
  static func retryAfter(_ answer: HTTPAnswer) -> Duration {
    struct Body: Decodable {
      var retry_after: Double
    }
    let header = answer.retryAfter.flatMap { Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    let seconds = header ?? CRMJSON.decode(Body.self, answer.body)?.retry_after ?? 60
    guard seconds.isFinite else { return .seconds(60) }
    return .milliseconds(Int64(min(max(seconds, 1), 300) * 1000))
  }
}

package import Alerts
import Foundation

/// Posts messages to one channel of Slack by its incoming webhook (https://api.slack.com/messaging/webhooks). The webhook's
/// URL is a secret: it stands in no error.
package struct SlackCourier: Sendable {
  private static let timeout = Duration.seconds(30)

  private let url: String
  private let transport: any HTTPTransport

  /// Nil when `url` is not `https://…`; `http://` is taken for this machine alone.
  package init?(webhookURL url: String) {
    self.init(webhookURL: url, transport: HTTPThread(name: "slack"))
  }

  init?(webhookURL url: String, transport: any HTTPTransport) {
    guard let parts = URLComponents(string: url), let host = parts.encodedHost, !host.isEmpty, parts.user == nil,
      parts.scheme == "https" || parts.scheme == "http" && Loopback.isHost(host)
    else { return nil }
    self.url = url
    self.transport = transport
  }

  /// Returns when Slack has taken the message. Throws `CourierFailure`.
  package func send(_ letter: Letter) async throws {
    var request = HTTPRequest(url: url, connectTimeout: .seconds(10), totalTimeout: Self.timeout)
    request.body = try SlackMessage(letter).json()
    request.answerBytesMax = 1 << 16
    let answer: HTTPAnswer
    do throws(HTTPFailure) {
      answer = try await transport.send(request)
    } catch {
      throw CourierFailure.unreachable("Slack: \(error.reason)")
    }
    switch answer.status {
    case 200..<300: return
    case 429: throw CourierFailure.busy(retryAfter: RateLimit.retryAfter(answer))
    case 408, 500...: throw CourierFailure.unreachable("Slack answered \(answer.status)")
    default:
      throw CourierFailure.refused("Slack refuses the message (\(answer.status)): is LEAD_SLACK_WEBHOOK_URL right?")
    }
  }
}

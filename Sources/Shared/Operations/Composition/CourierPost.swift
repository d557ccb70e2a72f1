package import Alerts
import Connectors

/// The couriers that configuration and environment describe.
package struct CourierPost: Sendable {
  private let settings: Settings

  package init(_ settings: Settings) {
    self.settings = settings
  }

  /// The channels that the environment tells how to reach.
  package static func reachable(_ environment: Environment) -> Advisor.Reachable {
    Advisor.Reachable(mail: environment.smtpURL != nil, slack: environment.slackWebhookURL != nil)
  }

  /// Brings a letter to a channel. Throws `CourierFailure`; `notConfigured` names the variable or key that is missing or means
  /// nothing, never its value.
  package func send(_ letter: Letter, by channel: AlertChannel) async throws {
    switch channel {
    case .mail: try await mail().send(letter)
    case .slack: try await slack().send(letter)
    }
  }

  private func mail() throws(CourierFailure) -> MailCourier {
    let environment = settings.environment
    guard let url = environment.smtpURL?.revealed else { throw .notConfigured("LEAD_SMTP_URL is not set") }
    guard (environment.smtpUsername == nil) == (environment.smtpPassword == nil) else {
      throw .notConfigured("LEAD_SMTP_USERNAME and LEAD_SMTP_PASSWORD go together")
    }
    let login = environment.smtpUsername.flatMap { name in environment.smtpPassword.map { (name, $0.revealed) } }
    guard let server = MailServer(url: url, login: login, certificates: environment.smtpCertificates) else {
      throw .notConfigured("LEAD_SMTP_URL is to be smtp://HOST:PORT or smtps://HOST:PORT, without user and password")
    }
    guard let address = settings.configuration.monitoring.alertEmail, let receiver = MailAddress(address) else {
      throw .notConfigured("monitoring.alert_email names nobody")
    }
    guard let sender = MailAddress(environment.smtpFrom ?? address) else {
      throw .notConfigured("LEAD_SMTP_FROM is to be an address, or Name <address>")
    }
    return MailCourier(server: server, from: sender, to: receiver)
  }

  private func slack() throws(CourierFailure) -> SlackCourier {
    guard let url = settings.environment.slackWebhookURL?.revealed else {
      throw .notConfigured("LEAD_SLACK_WEBHOOK_URL is not set")
    }
    guard let courier = SlackCourier(webhookURL: url) else {
      throw .notConfigured("LEAD_SLACK_WEBHOOK_URL is to be an https:// URL")
    }
    return courier
  }
}

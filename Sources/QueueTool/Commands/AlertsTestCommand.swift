import Alerts
import ArgumentParser
import Foundation
import Operations
import Replenishment
import Timekeeping

struct AlertsTestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Sends a message on every channel that is switched on, at once, and says what became of it.",
    discussion: """
      Mail goes to monitoring.alert_email when monitoring.enable_email_alerts is true, by the server of LEAD_SMTP_URL; Slack gets it \
      when monitoring.slack.enabled is true, by LEAD_SLACK_WEBHOOK_URL. The environment must be that of the workers. \
      Needs no store, and changes none.

      Exit codes: 0 every channel took it; 1 one refused it; 69 one could not be reached; 78 none is switched on, or \
      something is not set.

      For example: lead-queue alerts test
      """)

  @OptionGroup var common: ProgramOptions
  @OptionGroup var format: FormatOption

  func run() async throws {
    try await runningCommand {
      let settings = try common.source().load()
      let channels = settings.configuration.alertRules.channels
      guard !channels.isEmpty else {
        Message.error(
          "No channel is switched on: set monitoring.enable_email_alerts and monitoring.alert_email, or monitoring.slack.enabled."
        )
        return .configuration
      }
      var attempts: [AlertAttempt] = []
      for channel in channels { attempts.append(await AlertAttempt(channel, settings)) }
      Screen(settings).show(AlertAttempt.listing(attempts), as: format.format)
      return AlertAttempt.status(of: attempts)
    }
  }
}

/// A message that was sent on trial.
struct AlertAttempt: Sendable {
  let channel: AlertChannel
  /// Nil: it was taken.
  let failure: CourierFailure?

  init(channel: AlertChannel, failure: CourierFailure?) {
    self.channel = channel
    self.failure = failure
  }

  /// Sends one.
  init(_ channel: AlertChannel, _ settings: Settings) async {
    let host = ProcessInfo.processInfo.hostName
    let letter = Letter(
      bulletin: Bulletin(
        kind: .test, title: "A test: alerts arrive here",
        lines: ["Somebody ran `lead-queue alerts test`.", "Nothing has happened, and nothing needs to be done."]),
      id: "test-\(UUID().uuidString.lowercased())", madeAt: settings.environment.clock.now(),
      sender: "lead-queue on \(host)")
    self.channel = channel
    do {
      try await CourierPost(settings).send(letter, by: channel)
      failure = nil
    } catch let error as CourierFailure {
      failure = error
    } catch {
      failure = .unreachable(ErrorText.describe(error))
    }
  }

  static func listing(_ attempts: [AlertAttempt]) -> Listing {
    Listing(
      name: "channels",
      columns: [
        .init(title: "CHANNEL", field: "channel"), .init(title: "OUTCOME", field: "outcome"),
        .init(title: "REASON", field: "reason", widthMin: 20),
      ],
      rows: attempts.map { attempt in
        [
          .text(attempt.channel.rawValue),
          .text(attempt.outcome, attempt.failure == nil ? .green : .red), .optional(attempt.failure?.description),
        ]
      }, whenEmpty: "No channel is switched on.")
  }

  private var outcome: String {
    switch failure {
    case nil: "sent"
    case .notConfigured: "not_configured"
    case .unreachable: "unreachable"
    case .busy: "busy"
    case .refused: "refused"
    }
  }

  /// What is wrong with the configuration weighs most, then what a person must mend, then what may mend itself.
  static func status(of attempts: [AlertAttempt]) -> Operations.ExitStatus {
    let outcomes = Set(attempts.map(\.outcome))
    if outcomes.contains("not_configured") { return .configuration }
    if outcomes.contains("refused") { return .failed }
    return outcomes == ["sent"] ? .done : .unavailable
  }
}

package import Alerts
import Database
package import LeadStore
import Logging
package import Replenishment
import Timekeeping

extension Configuration {
  /// What people are told, where and when.
  package var alertRules: AlertRules {
    var rules = AlertRules()
    rules.events = Set(monitoring.alertOn.compactMap(AlertEvent.init))
    if monitoring.enableEmailAlerts, monitoring.alertEmail != nil { rules.channels.append(.mail) }
    if monitoring.isSlackEnabled { rules.channels.append(.slack) }
    let minute = { (text: String?) in text.flatMap(TimeOfDay.init).map(\.minutes) }
    if let start = minute(monitoring.quietHoursStart), let end = minute(monitoring.quietHoursEnd), start != end {
      rules.quietHours = QuietHours(start: start, end: end)
    }
    rules.digestMinute = minute(monitoring.dailyDigest)
    return rules
  }
}

extension Program {
  /// Where what is found goes that people should know, by the configuration of this moment.
  package var alertBook: AlertBook { AlertBook(rules: configuration.alertRules, calendar: calendar) }

  /// What the recorded demand predicts, by the configuration of this moment.
  package var forecastReading: ForecastReading {
    let configuration = configuration
    return ForecastReading(
      calendar: calendar, policy: configuration.policy, rules: configuration.forecasting,
      sourcePaths: configuration.sourceManagement.sourceFiles)
  }

  /// The digest that people get.
  package var digest: Digest {
    Digest(policy: configuration.policy, calendar: calendar, forecast: forecastReading)
  }

  /// Tells people of a finding of a command, unless that fails, which is logged: what was found stands without it, and the
  /// next look finds it again.
  package func alert(_ findings: [AlertFinding]) async {
    do {
      try await store.write { [book = alertBook, now = clock.now()] in try book.look(findings, now: now, in: $0) }
    } catch {
      logger.warning("an alert could not be noted", metadata: ["reason": "\(ErrorText.describe(error))"])
    }
  }
}

package import Timekeeping

/// Finds what is suspicious in a valid configuration. Pure: what the machine holds is told to it.
package struct Advisor: Sendable {
  /// What the machine says about the entries of `source_files`.
  package struct Sources: Sendable, Equatable {
    /// The files, by their resolved paths, that each entry means; none: it does not exist.
    package var files: [String: [String]]

    package init(files: [String: [String]] = [:]) {
      self.files = files
    }
  }

  let configuration: Configuration
  let now: Timestamp
  let sources: Sources
  /// Whether `LEAD_CRM_DATABASE_URL` is set.
  let hasCRMDatabase: Bool
  /// Whether `LEAD_SMTP_URL` and `LEAD_SLACK_WEBHOOK_URL` are, for alerts that are switched on.
  let reachable: Reachable

  /// The channels of alerts that the environment tells how to reach.
  package struct Reachable: Sendable, Equatable {
    package var mail: Bool
    package var slack: Bool

    package init(mail: Bool, slack: Bool) {
      self.mail = mail
      self.slack = slack
    }
  }

  package init(
    configuration: Configuration, now: Timestamp, sources: Sources, hasCRMDatabase: Bool, reachable: Reachable
  ) {
    self.reachable = reachable
    self.configuration = configuration
    self.now = now
    self.sources = sources
    self.hasCRMDatabase = hasCRMDatabase
  }

  /// Everything found, in the order of the documentation: stock, limits, requests, time, holidays, sources, territories, the rest.
  package var advice: [Advice] {
    stockAdvice + limitAdvice + requestAdvice + hoursAdvice + holidayAdvice + sourceAdvice
      + territoryAdvice + watchAdvice
  }

  /// Advice on a key's present value.
  func advice(on key: String, _ consequence: String, set remedy: Advice.Setting? = nil) -> Advice {
    let value = ConfigurationKey.all.first { $0.path == key }?.value(in: configuration)
    return Advice(setting: Advice.Setting(key, value ?? .null), consequence: consequence, remedy: remedy)
  }

  /// Whether somebody chose one of these keys: what the defaults mean together is no news.
  func isChosen(_ keys: String...) -> Bool {
    let changed = configuration.changedKeys(since: Configuration())
    return keys.contains(where: changed.contains)
  }

  static func hours(_ span: Duration) -> String {
    let hours = span.inSeconds / 3600
    return Int(exactly: hours).map { "\($0) h" } ?? "\((hours * 10).rounded() / 10) h"
  }
}

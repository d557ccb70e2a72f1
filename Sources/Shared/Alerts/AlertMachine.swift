package import Timekeeping

/// What one look found of one subject. What a look could not tell is no finding, and changes nothing.
package struct AlertFinding: Sendable, Equatable {
  package var key: AlertKey
  /// Whether people should know.
  package var isPresent: Bool
  /// A sentence for people, without full stop: what is wrong, or how it is now that it is over.
  package var text: String

  package init(_ event: AlertEvent, _ subject: String, isPresent: Bool, _ text: String) {
    key = AlertKey(event, subject)
    self.isPresent = isPresent
    self.text = text
  }
}

/// An alert that lasts.
package struct OpenAlert: Sendable, Equatable {
  package var id: Int64
  package var key: AlertKey
  /// Looks in a row that found nothing.
  package var calmLooks: Int
  /// How often it came back within `AlertMachine.relapseWindow` of its end, in a row.
  package var relapses: Int

  package init(id: Int64, key: AlertKey, calmLooks: Int = 0, relapses: Int = 0) {
    self.id = id
    self.key = key
    self.calmLooks = calmLooks
    self.relapses = relapses
  }
}

/// The end of an alert, when something of the same subject is found again.
package struct AlertEnd: Sendable, Equatable {
  package var recoveredAt: Timestamp
  package var relapses: Int

  package init(recoveredAt: Timestamp, relapses: Int) {
    self.recoveredAt = recoveredAt
    self.relapses = relapses
  }
}

/// What a look changes.
package enum AlertChange: Sendable, Equatable {
  case raise(AlertFinding, relapses: Int)
  /// It lasts; the number of calm looks is now this.
  case stay(id: Int64, calmLooks: Int)
  case recover(id: Int64, text: String)
}

/// Which alerts begin, last and end: a pure function of what was open and what a look finds.
///
/// An alert is raised once, at the first look that finds it, and ends after so many looks in a row that do not
/// (`AlertEvent.calmLooksMin`). What comes back within a day of its end has to be calm for twice as many looks each time, up to
/// 32 times as many: of something that comes and goes all the time people hear ever less.
package enum AlertMachine {
  /// What comes back later than this begins afresh.
  package static let relapseWindow = Duration.seconds(86_400)
  private static let doublingsMax = 5

  /// Looks in a row without it that end an alert.
  package static func calmLooksNeeded(_ event: AlertEvent, relapses: Int) -> Int {
    event.calmLooksMin << min(max(relapses, 0), doublingsMax)
  }

  /// What follows from a look, one change at most for each finding, in their order. `open`: one for a key at most, as the
  /// store sees to it. `lastEnd` tells of a key that is not open how it ended last; it is asked for what is to be raised.
  package static func changes(
    _ findings: [AlertFinding], open: [OpenAlert], now: Timestamp, lastEnd: (AlertKey) throws -> AlertEnd?
  ) rethrows -> [AlertChange] {
    var lasting = Dictionary(open.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    var seen: Set<AlertKey> = []
    return try findings.filter { seen.insert($0.key).inserted }.compactMap { finding in
      guard let alert = lasting.removeValue(forKey: finding.key) else {
        guard finding.isPresent else { return nil }
        return .raise(finding, relapses: relapses(after: try lastEnd(finding.key), now: now))
      }
      return change(of: alert, finding)
    }
  }

  private static func change(of alert: OpenAlert, _ finding: AlertFinding) -> AlertChange? {
    guard !finding.isPresent else { return alert.calmLooks == 0 ? nil : .stay(id: alert.id, calmLooks: 0) }
    let calm = alert.calmLooks + 1
    return calm >= calmLooksNeeded(alert.key.event, relapses: alert.relapses)
      ? .recover(id: alert.id, text: finding.text) : .stay(id: alert.id, calmLooks: calm)
  }

  /// A clock that was set back leaves an end in the future, which counts as just now.
  private static func relapses(after end: AlertEnd?, now: Timestamp) -> Int {
    guard let end, now - end.recoveredAt < relapseWindow else { return 0 }
    return min(end.relapses + 1, doublingsMax)
  }
}

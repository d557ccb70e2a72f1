/// What people can be alerted to; `alert.event`, and the words of `monitoring.alert_on`.
package enum AlertEvent: String, Sendable, CaseIterable, Codable {
  /// A class, or the total, is below its minimum. Subject: `A+`, `A`, `B`, `total`.
  case stockLow = "stock_low"
  /// The sources last less than three working days, or are used up. Subject: `sources`.
  case sourcesLow = "sources_low"
  /// A cycle failed by itself, not by the CRM. Subject: `cycle`.
  case cycleFailed = "cycle_failed"
  /// The CRM or its database is out of reach, or refuses us. Subject: `crm`.
  case crmDown = "crm_down"
  /// Leads that were uploaded are gone from the CRM. Subject: `crm`.
  case drift
  /// A job died. Subject: its kind.
  case deadLetter = "dead_letter"
  /// A reading of the stock was held as implausible. Subject: `crm`.
  case readingHeld = "reading_held"
  /// The audit trail does not hold together. Subject: `trail`.
  case auditBroken = "audit_broken"

  /// Whether it is told in quiet hours too: nothing goes on until somebody acts.
  package var isSevere: Bool {
    switch self {
    case .crmDown, .auditBroken, .cycleFailed: true
    case .stockLow, .sourcesLow, .drift, .deadLetter, .readingHeld: false
    }
  }

  /// How many looks in a row must find nothing before it counts as over: more where one good look says little, as of a stock
  /// that an upload has just lifted.
  package var calmLooksMin: Int {
    switch self {
    case .stockLow, .sourcesLow: 2
    case .cycleFailed, .crmDown, .drift, .deadLetter, .readingHeld, .auditBroken: 1
    }
  }
}

/// What an alert is about: at most one is open for each.
package struct AlertKey: Sendable, Hashable {
  package var event: AlertEvent
  /// One of a few words, never anybody's data.
  package var subject: String

  package init(_ event: AlertEvent, _ subject: String) {
    self.event = event
    self.subject = subject
  }
}

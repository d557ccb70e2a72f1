package import Alerts
import Database
import JobQueue
import Timekeeping

/// What a cycle finds of itself, the CRM and the queue.
package enum CycleFindings {
  /// Of a reason, for people who read it on a telephone.
  private static let reasonMax = 300
  /// A job that died longer ago is nobody's news any more.
  private static let deadFor = Duration.seconds(86_400)
  /// Whose dead jobs are told. A monitor job that died is told as what it met.
  private static let kinds: [JobKind] = [.upload, .importSource, .cycle, .notify]

  /// A cycle did not begin, or failed.
  package static func failure(_ reason: String, ofCRM: Bool) -> AlertFinding {
    let reason = reason.count > reasonMax ? reason.prefix(reasonMax) + "…" : reason[...]
    return ofCRM
      ? AlertFinding(.crmDown, "crm", isPresent: true, "The CRM cannot be used: \(reason)")
      : AlertFinding(.cycleFailed, "cycle", isPresent: true, "A cycle failed: \(reason)")
  }

  static let reached = AlertFinding(.crmDown, "crm", isPresent: false, "The CRM answers")
  static let plausible = AlertFinding(.readingHeld, "crm", isPresent: false, "Readings of the stock are plausible")

  static func held(_ reason: String) -> AlertFinding {
    AlertFinding(
      .readingHeld, "crm", isPresent: true,
      "A reading of the stock is held, nothing is uploaded: \(reason). If it is right: lead-queue accept-stock --reason …"
    )
  }

  /// How a cycle ended; none where that says nothing.
  static func ending(_ ending: CycleReport.Ending, message: String) -> [AlertFinding] {
    switch ending {
    case .failed(.crm): [failure(message, ofCRM: true)]
    case .failed(.work): [failure(message, ofCRM: false)]
    case .refused: []
    case .sufficient, .blocked, .sourcesBroken, .held, .uploaded, .unresolved, .postponed:
      [AlertFinding(.cycleFailed, "cycle", isPresent: false, "A cycle ended well")]
    }
  }

  /// The latest dead job of each kind, through the index of finished jobs.
  static func deadLetters(now: Timestamp, in transaction: Transaction) throws -> [AlertFinding] {
    try kinds.map { kind in
      let filter = JobTable.Filter(state: .dead, kind: kind.rawValue, limit: 1)
      let last = try JobTable.list(filter, in: transaction).first
      guard let last, let settledAt = last.settledAt, settledAt > now - deadFor else {
        return AlertFinding(
          .deadLetter, kind.rawValue, isPresent: false, "No dead \(kind.rawValue) job of the last day is left")
      }
      let reason = String((last.reason ?? "no reason given").prefix(reasonMax))
      return AlertFinding(
        .deadLetter, kind.rawValue, isPresent: true,
        "The \(kind.rawValue) job \(last.id) is dead: \(reason). More: lead-queue why \(last.id)")
    }
  }
}

package import Alerts
package import Database
import JobQueue
import LeadStore
package import Timekeeping

/// Keeps the alerts of a store: takes what a look found, and posts what people are to be told, in the transaction in which
/// the fact is decided. Whatever dies afterwards, the message is in the queue.
package struct AlertBook: Sendable {
  /// What ended untold longer ago than the longest quiet hours is nobody's news any more.
  private static let staleAfter = Duration.seconds(86_400)
  /// Of one message.
  private static let alertsMax = 100
  /// With `NotifyHandler.wait(afterFailures:)`, more than a day of trying.
  private static let failuresMax = 120

  let rules: AlertRules
  let calendar: BusinessCalendar

  package init(rules: AlertRules, calendar: BusinessCalendar) {
    self.rules = rules
    self.calendar = calendar
  }

  /// Takes what a look found. What is watched is raised, lasts or ends, and what people do not know yet is posted in one
  /// message.
  package func look(_ findings: [AlertFinding], now: Timestamp, in transaction: Transaction) throws {
    let open = try AlertTable.open(in: transaction)
    for alert in open where !rules.events.contains(alert.key.event) {
      try AlertTable.withdraw(alert.id, now: now, in: transaction)
    }
    let changes = try AlertMachine.changes(
      findings.filter { rules.events.contains($0.key.event) }, open: open, now: now,
      lastEnd: { try AlertTable.lastEnd($0, in: transaction) })
    for change in changes { try AlertTable.apply(change, now: now, in: transaction) }
    _ = try tell(now: now, in: transaction)
  }

  /// Posts what people do not know yet and may be told now. Returns the jobs, none when there is nothing to tell.
  package func tell(now: Timestamp, in transaction: Transaction) throws -> [Int64] {
    guard !rules.channels.isEmpty else { return [] }
    let untold = try AlertTable.untold(
      staleBefore: now - Self.staleAfter, limit: Self.alertsMax, in: transaction)
    let isQuiet = rules.quietHours?.contains(now, by: calendar.clock) ?? false
    let due = untold.due(isQuiet: isQuiet)
    guard !due.isEmpty else { return [] }
    let bulletin = Bulletin(of: due) { calendar.shortWords(for: $0, seenFrom: now) }
    let (id, jobs) = try post(bulletin, now: now, in: transaction)
    try AlertTable.tell(due, by: id, in: transaction)
    return jobs
  }

  /// Keeps a message, and enqueues a job for each channel.
  func post(_ bulletin: Bulletin, now: Timestamp, in transaction: Transaction) throws -> (
    bulletin: Int64, jobs: [Int64]
  ) {
    let id = try BulletinTable.add(bulletin, now: now, in: transaction)
    let jobs = try rules.channels.compactMap { channel in
      let payload = NotifyPayload(bulletin: id, channel: channel)
      return try JobTable.enqueue(
        NewJob(
          kind: JobKind.notify.rawValue, queue: JobKind.notify.queue, payload: try Payload.encode(payload),
          uniqueKey: payload.uniqueKey, maxFailures: Self.failuresMax), now: now, in: transaction)
    }
    return (id, jobs)
  }
}

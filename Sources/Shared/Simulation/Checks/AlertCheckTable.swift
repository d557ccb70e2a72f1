import Alerts
import Database
import Timekeeping

/// People are told of every alert, on every channel, and of none a second time while it lasts.
// Unchecked: used on the one thread of `SingleThread` only.
final class AlertCheckTable: @unchecked Sendable {
  private let world: World
  private let connection: any Connection

  init(world: World, connection: any Connection) {
    self.world = world
    self.connection = connection
  }

  /// `isOver`: everything is at rest, and whatever was held back for a day was told.
  func run(isOver: Bool) throws {
    try none(
      "an alert is raised once while it lasts",
      """
      SELECT b.event || '/' || b.subject FROM alert a JOIN alert b
        ON b.event = a.event AND b.subject = a.subject AND b.id > a.id
      WHERE a.recovered_at IS NULL LIMIT 1
      """)
    try none(
      "an alert that people know of was told by a message that went out",
      """
      SELECT a.event || '/' || a.subject FROM alert a LEFT JOIN bulletin b ON b.id = a.raise_bulletin_id
      WHERE a.notified_at IS NOT NULL AND b.id IS NULL LIMIT 1
      """)
    try checkMessages(isOver: isOver)
    if isOver { try checkAlerts() }
  }

  /// What counts as sent has arrived somewhere; at the end everything everywhere.
  private func checkMessages(isOver: Bool) throws {
    try connection.forEachRow("SELECT title, body, sent_at IS NOT NULL FROM bulletin", []) { row in
      let text = row.text(0) + "\n" + row.text(1)
      let channels = AlertChannel.allCases.filter { world.post.hasArrived(text, by: $0) }
      if row.bool(2), channels.isEmpty { world.fail("what counts as sent has arrived", row.text(0)) }
      if isOver, channels.count < AlertChannel.allCases.count {
        world.fail("every message arrives on every channel", "\(row.text(0)): \(channels)")
      }
    }
  }

  /// Every alert that was raised was told: but for what began and ended within quiet hours, or is held back by them now.
  private func checkAlerts() throws {
    try none(
      "who is told of an alert is told once at least",
      """
      SELECT event || '/' || subject FROM alert WHERE raise_bulletin_id IS NOT NULL AND notified_at IS NULL LIMIT 1
      """)
    let severe = AlertEvent.allCases.filter(\.isSevere).map { "'\($0.rawValue)'" }.joined(separator: ", ")
    try none(
      "every alert is told",
      """
      SELECT event || '/' || subject FROM alert
      WHERE raise_bulletin_id IS NULL AND recovered_at IS NULL AND (event IN (\(severe)) OR raised_at < $1) LIMIT 1
      """, [.time(heldBack)])
    try none(
      "the end of an alert is told too",
      """
      SELECT event || '/' || subject FROM alert
      WHERE raise_bulletin_id IS NOT NULL AND recovery_bulletin_id IS NULL AND recovered_at IS NOT NULL
        AND (event IN (\(severe)) OR recovered_at < $1) LIMIT 1
      """, [.time(heldBack)])
  }

  /// What is older is held back by no quiet hours. None is, where the clock leapt from one night into the next.
  private var heldBack: Timestamp {
    let hasLeapt = world.lastLeap.map { world.time.now - $0 < .seconds(2 * 86_400) } ?? false
    return hasLeapt ? Timestamp(milliseconds: 0) : world.moment.wall + .seconds(-86_400)
  }

  private func none(_ promise: String, _ sql: String, _ binds: [SQLValue] = []) throws {
    if let found = try connection.first(sql, binds, { $0.text(0) }) { world.fail(promise, "first found: \(found)") }
  }
}

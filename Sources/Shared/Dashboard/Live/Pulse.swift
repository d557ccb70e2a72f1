import Database
import LeadStore
import Logging
import Timekeeping

/// Asks the store twice a second whether anything changed, once for all visitors, and not at all while nobody listens.
struct Pulse: Sendable {
  /// Ages and waits on the pages grow without any change in the store.
  private static let refreshInterval = Duration.seconds(10)
  private static let beatInterval = Duration.seconds(5)

  let office: DashboardOffice
  let feed: LiveFeed
  let interval: Duration

  /// Until the calling task is cancelled. A store that does not answer is a change once, since pages then say so.
  func run() async throws {
    var last: String?
    var (changedAt, beatAt) = (ContinuousClock.now, ContinuousClock.now)
    while true {
      try await Task.sleep(for: interval)
      guard feed.count > 0 else {
        last = nil
        continue
      }
      let mark: String
      do { mark = try await office.store.read { try ChangeMarkTable.mark(in: $0) } } catch { mark = "unreadable" }
      let now = ContinuousClock.now
      if mark != last || now - changedAt >= Self.refreshInterval {
        feed.change()
        (last, changedAt, beatAt) = (mark, now, now)
      } else if now - beatAt >= Self.beatInterval {
        feed.beat()
        beatAt = now
      }
    }
  }
}

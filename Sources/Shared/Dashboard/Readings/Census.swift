import Database
import JobQueue
import LeadStore
import Logging
import Planning
import Synchronization
import Timekeeping

/// What takes longer to find out than a page may take to begin: counts of finished jobs, and the forecast. Found out beside the
/// pages, again and again; pages show what was found last.
final class Census: Sendable {
  struct Found: Sendable {
    var succeeded = 0
    var cancelled = 0
    /// Whether counting ended at `finishedMax`.
    var isAtLeast = false
    /// Nil: not made yet.
    var forecast: ForecastReport?
  }

  static let finishedMax = 200_000
  private static let interval = Duration.seconds(30)

  private let office: DashboardOffice
  private let found = Mutex(Found())

  init(office: DashboardOffice) {
    self.office = office
  }

  var latest: Found { found.withLock { $0 } }

  /// Until the calling task is cancelled.
  func run() async throws {
    while true {
      do { try await refresh() } catch {
        try Task.checkCancellation()
        office.logger.warning("the dashboard could not count jobs or forecast demand", metadata: ["reason": "\(error)"])
      }
      try await Task.sleep(for: Self.interval)
    }
  }

  func refresh() async throws {
    let (finished, sources) = try await office.store.read {
      (try JobTable.finishedCounts(limit: Self.finishedMax, in: $0), try SourceTable.list(in: $0))
    }
    let rules = office.rules()
    // Folders and patterns of the configuration stand for files that the store knows by name.
    let files = rules.inOrder(sources).map(\.path)
    let reading = ForecastReading(
      calendar: rules.calendar, policy: rules.policy, rules: rules.forecasting, sourcePaths: files)
    let forecast = try await office.store.read { [now = office.clock.now()] in try reading.report(now: now, in: $0) }
    found.withLock {
      $0 = Found(
        succeeded: finished.succeeded, cancelled: finished.cancelled,
        isAtLeast: max(finished.succeeded, finished.cancelled) >= Self.finishedMax, forecast: forecast)
    }
  }
}

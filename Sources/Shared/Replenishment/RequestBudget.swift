package import Database
package import JobQueue
package import Timekeeping

/// The requests that all processes together may send to one CRM, kept in the store.
package struct RequestBudget: Sendable {
  private let store: Store
  private let limit: RateLimit
  private let clock: WallClock

  package init(store: Store, limit: RateLimit, clock: WallClock) {
    self.store = store
    self.limit = limit
    self.clock = clock
  }

  /// Returns when a request may be sent now. Throws when cancelled.
  package func take() async throws {
    while let wait = try await wait() {
      // At most a second, so that a hold that ends early, or a clock set back, is noticed.
      try await clock.sleep(for: min(wait, .seconds(1)))
    }
  }

  private func wait() async throws -> Duration? {
    try await store.write { [self] in try RateLimitTable.take(limit, now: clock.now(), in: $0) }
  }

  /// The CRM asked to be left alone: nobody sends anything before that time has passed.
  package func hold(for time: Duration) async throws {
    try await store.write { [self] transaction in
      let now = clock.now()
      try RateLimitTable.hold(limit.destination, until: now + time, now: now, in: transaction)
    }
  }
}

package import Database
package import JobQueue
package import Timekeeping

/// The requests that all processes together may send to one CRM, kept in the store.
///
/// In no 60 seconds of real time are there more permits than `limit` has for a minute, however the wall clock is set and
/// however often the machine is started again; where it cannot tell the time since boot, the wall clock is believed.
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

  /// As `take`, for who cannot wait for long: returns how long it would take still once that is more than is left of `limit`;
  /// nil when a request may be sent.
  package func take(within limit: Duration) async throws -> Duration? {
    var left = limit
    while let wait = try await wait() {
      guard wait <= left else { return wait }
      let pause = min(wait, .seconds(1))
      try await clock.sleep(for: pause)
      left -= pause
    }
    return nil
  }

  /// Takes a request out of the budget and returns nil, or returns how long to wait before asking again.
  func wait() async throws -> Duration? {
    try await store.write { [self] transaction in
      // By the wall clock alone, one that is set would refill the bucket, and one that trembles would do so again and again.
      let now = try QueueClockTable.evenTime(clock.moment(), in: transaction)
      return try RateLimitTable.take(limit, now: now, in: transaction)
    }
  }

  /// The CRM asked to be left alone: nobody sends anything before that time has passed.
  package func hold(for time: Duration) async throws {
    try await store.write { [self] transaction in
      let now = try QueueClockTable.evenTime(clock.moment(), in: transaction)
      try RateLimitTable.hold(limit.destination, until: now + time, now: now, in: transaction)
    }
  }
}

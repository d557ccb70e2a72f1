import Database
import JobQueue
import Operations
import Replenishment
import Timekeeping

/// The doctor's requests to a CRM, which come out of what all programs together may send to it in a minute.
struct CRMRequests: Sendable {
  /// Nil: nobody else can be sending either, since there is no store that the programs could use; or its budget cannot be
  /// written by who asks.
  private let budget: RequestBudget?

  /// Without a budget.
  static let unlimited = CRMRequests(budget: nil)

  private init(budget: RequestBudget?) {
    self.budget = budget
  }

  /// `address`: the CRM's. Of a store whose schema is the programs' own; it is opened within `limit`, and left as it is but for
  /// the budget.
  static func open(
    _ settings: Settings, address: String, clock: WallClock, limit: Duration
  ) async -> CRMRequests {
    let store = await Cutoff.within(limit) { () -> Store? in
      do {
        return try await Program.open(settings.configuration.store.address, now: clock.now())
      } catch {
        // What is wrong with it is said by the checks of the store.
        return nil
      }
    }
    guard let store = store ?? nil else { return unlimited }
    let rate = RateLimit(destination: address, perMinute: settings.configuration.crm.requestsPerMinute)
    return CRMRequests(budget: RequestBudget(store: store, limit: rate, clock: store.clock(over: clock)))
  }

  /// Takes so many requests out of the budget. Returns nil when they may be sent, or how long it would take until one may,
  /// when that is longer than `limit` allows.
  func take(_ count: Int, within limit: Duration) async -> Duration? {
    guard let budget else { return nil }
    let taken = await Cutoff.within(limit * 2) { () -> Duration? in
      do {
        for _ in 0..<count {
          if let wait = try await budget.take(within: limit) { return wait }
        }
      } catch {
        // As when it cannot be opened.
      }
      return nil
    }
    return taken ?? nil
  }

  /// The CRM asked to be left alone.
  func hold(for time: Duration) async {
    do {
      try await budget?.hold(for: time)
    } catch {
      // The next program that asks is told so by the CRM itself.
    }
  }
}

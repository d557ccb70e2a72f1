import Synchronization

/// Until when the calls of a store wait for its server: as long as each of them would, until its program is told to end.
final class WaitLimit: Sendable {
  /// How soon a wait that is under way notices that the limit was set.
  static let attention = Duration.milliseconds(250)

  private let state = Mutex<ContinuousClock.Instant?>(nil)

  /// Nil: there is none.
  var end: ContinuousClock.Instant? { state.withLock { $0 } }

  /// Whether nothing is waited for any more.
  var isOver: Bool { end.map { $0 <= .now } ?? false }

  /// Never later than it was set before.
  func set(_ end: ContinuousClock.Instant) {
    state.withLock { $0 = $0.map { min($0, end) } ?? end }
  }

  /// The earlier of the two.
  func limiting(_ deadline: ContinuousClock.Instant) -> ContinuousClock.Instant {
    end.map { min($0, deadline) } ?? deadline
  }
}

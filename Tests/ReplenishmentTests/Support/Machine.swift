import Synchronization
import Timekeeping

/// A machine whose wall clock may be set, and which may be started again: the time that really passes, and what its clocks
/// show.
final class Machine: Sendable {
  struct State {
    /// What really passed, on a clock that nobody sees.
    var real: Timestamp
    var bootedAt: Timestamp
    var boot = 1
    /// How far the wall clock is ahead of the truth.
    var ahead = Duration.zero
    /// Without: as in a container that hides it.
    var tellsBoot = true
  }

  private let state: Mutex<State>

  init(at real: Timestamp, tellsBoot: Bool) {
    state = Mutex(State(real: real, bootedAt: real - .seconds(600), tellsBoot: tellsBoot))
  }

  var real: Timestamp { state.withLock { $0.real } }
  var boot: Int { state.withLock { $0.boot } }

  var clock: WallClock {
    WallClock { [self] in
      state.withLock { state in
        Moment(
          wall: state.real + state.ahead, bootID: state.tellsBoot ? "boot \(state.boot)" : nil,
          sinceBoot: state.real - state.bootedAt)
      }
    }
  }

  func pass(_ time: Duration) {
    state.withLock { $0.real = $0.real + time }
  }

  /// From here on the wall clock is so far ahead of the truth, behind when negative.
  func setClock(ahead: Duration) {
    state.withLock { $0.ahead = ahead }
  }

  func reboot() {
    state.withLock { state in
      state.real = state.real + .seconds(40)
      state.bootedAt = state.real - .seconds(15)
      state.boot += 1
    }
  }
}

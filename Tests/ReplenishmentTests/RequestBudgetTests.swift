import JobQueue
import LeadStore
import Synchronization
import TestSupport
import Testing
import Timekeeping

@testable import Replenishment

/// The budget of requests against clocks that are set, and machines that are started again.
@Suite("The request budget", .onEachEngine) struct RequestBudgetTests {
  /// A machine whose wall clock may be set, and which may be started again: time as it really passes, and as it is shown.
  private final class Machine: Sendable {
    struct State {
      /// Milliseconds that really passed.
      var real: Int64 = 1_772_463_600_000
      var bootedAt: Int64 = 1_772_463_000_000
      var boot = 1
      /// How far the wall clock is ahead of the truth.
      var ahead: Int64 = 0
    }

    let state = Mutex(State())

    var clock: WallClock {
      WallClock { [self] in
        state.withLock { state in
          Moment(
            wall: Timestamp(milliseconds: state.real + state.ahead), bootID: "boot \(state.boot)",
            sinceBoot: .milliseconds(state.real - state.bootedAt))
        }
      }
    }
  }

  private enum Disturbance: CaseIterable {
    /// By seconds to weeks, either way.
    case clockSet
    /// To and fro by less than anybody would notice.
    case unsteadyClock
    /// Each takes a few seconds; the clock may be wrong afterwards.
    case reboot
    /// All of them.
    case everything
  }

  @Test(
    "No minute of real time sees more requests than the CRM allows, whatever becomes of the clock",
    arguments: Disturbance.allCases, 0..<4 as Range<UInt64>)
  private func slidingMinute(disturbance: Disturbance, seed: UInt64) async throws {
    let place = try await StorePlace()
    let machine = Machine()
    let store = try await LeadStore.open(place.address(), now: machine.clock.now())
    let budget = RequestBudget(
      store: store, limit: RateLimit(destination: "http://crm.test", perMinute: 100), clock: machine.clock)
    var random = SeededGenerator(seed: seed)
    var sent: [Int64] = []
    var longestSilence: Int64 = 0
    for _ in 0..<1500 {
      let pause = random.oneIn(60) ? Int64.random(in: 0...30_000, using: &random) : .random(in: 0...700, using: &random)
      let isDisturbed = random.oneIn(25)
      let kind = disturbance == .everything ? Disturbance.allCases.randomElement(using: &random) : disturbance
      let jump = Int64.random(in: -2_000_000_000...2_000_000_000, using: &random) / (random.oneIn(2) ? 1 : 20_000)
      let flutter = Int64.random(in: -900...900, using: &random)
      let outage = Int64.random(in: 1_000...20_000, using: &random)
      machine.state.withLock { state in
        state.real += pause
        switch kind {
        case .clockSet where isDisturbed: state.ahead += jump
        case .unsteadyClock: state.ahead = state.ahead / 2_000 * 2_000 + flutter
        case .reboot where isDisturbed:
          state.real += outage
          state.bootedAt = state.real - outage / 2
          state.boot += 1
          state.ahead += jump
        case .clockSet, .reboot, .everything, .none: break
        }
      }
      let now = machine.state.withLock { $0.real }
      if try await budget.wait() == nil {
        if let last = sent.last { longestSilence = max(longestSilence, now - last) }
        sent.append(now)
      }
    }
    #expect(Self.most(in: 60_000, of: sent) <= 100, "\(disturbance), seed \(seed)")
    #expect(sent.count > 500, "\(disturbance), seed \(seed): the budget still gives")
    // The longest pause and outage between two questions, and a whole minute.
    #expect(longestSilence <= 30_000 + 20_000 + 60_000, "\(disturbance), seed \(seed)")
  }

  @Test(
    "A hold lasts as long as the CRM asked for, whichever way the clock is set meanwhile", arguments: [-7200, 7200])
  func hold(jump: Int64) async throws {
    let place = try await StorePlace()
    let machine = Machine()
    let store = try await LeadStore.open(place.address(), now: machine.clock.now())
    let budget = RequestBudget(
      store: store, limit: RateLimit(destination: "http://crm.test", perMinute: 100), clock: machine.clock)
    #expect(try await budget.wait() == nil)
    machine.state.withLock { $0.ahead += jump * 1000 }
    try await budget.hold(for: .seconds(60))
    machine.state.withLock { state in
      state.real += 59_000
      state.ahead -= jump * 1000
    }
    #expect(try await budget.wait() == .seconds(1))
    machine.state.withLock { $0.real += 1000 }
    #expect(try await budget.wait() == nil)
  }

  /// The highest count of moments in any stretch of `length`, its end not included.
  private static func most(in length: Int64, of moments: [Int64]) -> Int {
    var (most, first) = (0, 0)
    for (last, moment) in moments.enumerated() {
      while moments[first] <= moment - length { first += 1 }
      most = max(most, last - first + 1)
    }
    return most
  }
}

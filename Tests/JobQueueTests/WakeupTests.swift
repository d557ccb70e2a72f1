import TestSupport
import Testing
import Timekeeping

@testable import JobQueue

@Suite(.serialized) struct WakeupTests {
  /// Longer than any test run: a wait that needs it never returns.
  private let forever = Duration.seconds(86_400)

  @Test("A ring before the wait is not lost, and several rings are one")
  func ringBefore() async {
    let bell = Wakeup(clock: .system)
    bell.ring()
    bell.ring()
    await bell.wait(upTo: forever)
    // The second ring is used up: only the time ends this one.
    let clock = ContinuousClock()
    let began = clock.now
    await bell.wait(upTo: .milliseconds(2))
    #expect(clock.now - began >= .milliseconds(2))
  }

  @Test("A ring ends every wait under way", arguments: 0..<20)
  func ringDuring(round: Int) async {
    let bell = Wakeup(clock: .system)
    let isDone = Signal()
    let waiting = Task {
      await bell.wait(upTo: forever)
      isDone.give()
    }
    if round % 2 == 0 { await Task.yield() }
    bell.ring()
    await waiting.value
    #expect(isDone.isGiven)
  }

  @Test("A cancelled wait ends at once, and spoils none of the later ones")
  func cancelled() async {
    let bell = Wakeup(clock: .system)
    let waiting = Task { await bell.wait(upTo: forever) }
    waiting.cancel()
    await waiting.value
    let clock = ContinuousClock()
    let began = clock.now
    await bell.wait(upTo: .milliseconds(2))
    #expect(clock.now - began >= .milliseconds(2))
    bell.ring()
    await bell.wait(upTo: forever)
  }

  @Test("A pause lasts its time in a cancelled task too")
  func pause() async {
    let task = Task {
      let clock = ContinuousClock()
      let began = clock.now
      await Wakeup.pause(for: .milliseconds(2), on: .system)
      return clock.now - began
    }
    task.cancel()
    #expect(await task.value >= .milliseconds(2))
  }
}

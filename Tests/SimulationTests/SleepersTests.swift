import Testing

@testable import Simulation

@Suite("Sleepers of the simulation")
struct SleepersTests {
  /// Found by seed 4088: a process died between the moment at which one of its tasks asked for sleep and the one at which it
  /// lay down. It slept on, while others of the dead kept time from passing.
  @Test(
    "Who lies down after all were woken for good is woken at once, and leaves no timer behind", .timeLimit(.minutes(1)))
  func late() async throws {
    let time = SimulatedTime()
    let sleepers = Sleepers()
    sleepers.wakeForGood()
    try await time.sleep(for: .milliseconds(500), among: sleepers)
    #expect(time.now == .zero)
    #expect(!time.advance())
  }
}

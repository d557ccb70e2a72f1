import Database
import JobQueue
import Logging
import Synchronization
import TestSupport
import Testing
import Timekeeping

@Suite(.serialized, .timeLimit(.minutes(3)), .onEachEngine) struct TickerTests {
  private struct Broken: Error {}

  private let queue: QueueStore

  init() async throws {
    queue = try await QueueStore()
  }

  private func ticker(_ holder: String, _ duties: @escaping @Sendable () -> [Ticker.Duty]) -> Ticker {
    Ticker(
      holder: holder, store: queue.store, clock: .system,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, describe: { "\($0)" }, duties: duties)
  }

  /// A duty that enqueues a job for each tick and gives `signal` at the tick number `count`.
  private func duty(
    _ name: String = "s", every interval: Duration, _ signal: Signal, at count: Int
  ) -> Ticker.Duty {
    let schedule = Schedule(name: name, timing: .every(interval), overlap: .allow, catchUp: .latest)
    let enqueue = ScheduleTable.enqueue({ _ in .plain() }, for: schedule)
    return Ticker.Duty(schedule) { tick, transaction in
      let answer = try enqueue(tick, transaction)
      if try ScheduleTable.ticks(of: name, limit: count, in: transaction).count >= count - 1 { signal.give() }
      return answer
    }
  }

  private func ticks(_ name: String = "s") async throws -> [TickRecord] {
    try await queue.store.read { try ScheduleTable.ticks(of: name, limit: 999, in: $0).reversed() }
  }

  @Test(
    "It declares its schedule, ticks at once and then by the interval, never early, and gives the role up at the end")
  func runs() async throws {
    let done = Signal()
    let duty = duty(every: .milliseconds(30), done, at: 5)
    let ticker = ticker("a") { [duty] }
    let running = Task { await ticker.run() }
    await done.wait()
    running.cancel()
    await running.value
    let ticks = try await ticks()
    #expect(ticks.count >= 4)
    #expect(ticks.allSatisfy { $0.recordedAt >= $0.at && $0.term == 1 })
    #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $1.at - $0.at >= .milliseconds(30) })
    let role = try await queue.store.read { try LeadershipTable.current("scheduler", in: $0) }
    #expect(role?.holder == "a" && role?.isHeld(at: WallClock.system.now()) == false)
  }

  @Test("A second one stands by, and takes over in a new term once the first has ended")
  func takesOver() async throws {
    let (first, second) = (Signal(), Signal())
    let (one, other) = (duty(every: .milliseconds(20), first, at: 3), duty(every: .milliseconds(20), second, at: 3))
    let leader = ticker("a") { [one] }
    let leading = Task { await leader.run() }
    await first.wait()
    let heir = ticker("b") { [other] }
    let inheriting = Task { await heir.run() }
    leading.cancel()
    await leading.value
    await second.wait()
    inheriting.cancel()
    await inheriting.value
    let terms = try await ticks().map(\.term)
    #expect(Set(terms) == [1, 2] && terms == terms.sorted())
  }

  @Test("A schedule that cannot be kept is in no other's way")
  func separateFailures() async throws {
    let done = Signal()
    let broken = Ticker.Duty(Schedule(name: "broken", timing: .every(.seconds(60)))) { _, _ in throw Broken() }
    let good = duty("good", every: .milliseconds(10), done, at: 3)
    let ticker = ticker("a") { [broken, good] }
    let running = Task { await ticker.run() }
    await done.wait()
    running.cancel()
    await running.value
    #expect(try await ticks("broken").isEmpty)
  }

  @Test("A schedule that changes takes effect at the nudge")
  func changes() async throws {
    let (first, later) = (Signal(), Signal())
    let current = Mutex(duty(every: .seconds(3600), first, at: 1))
    let ticker = ticker("a") { [current.withLock { $0 }] }
    let running = Task { await ticker.run() }
    await first.wait()
    let changed = duty(every: .milliseconds(20), later, at: 4)
    current.withLock { $0 = changed }
    ticker.nudge()
    await later.wait()
    running.cancel()
    await running.value
    let ticks = try await ticks()
    #expect(ticks.count >= 3)
    #expect(ticks[1].at - ticks[0].at < .seconds(60))
  }
}

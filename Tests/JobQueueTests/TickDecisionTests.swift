import Foundation
import JobQueue
import TestSupport
import Testing
import Timekeeping

@Suite struct TickDecisionTests {
  private static let minute = Duration.seconds(60)
  private static let hour = Duration.seconds(3600)

  private func every(
    _ interval: Duration, _ catchUp: Schedule.CatchUp = .latest, _ overlap: Schedule.Overlap = .skip
  ) -> Schedule {
    Schedule(name: "s", timing: .every(interval), overlap: overlap, catchUp: catchUp)
  }

  private func cron(
    _ text: String, _ catchUp: Schedule.CatchUp = .latest, _ overlap: Schedule.Overlap = .skip
  ) throws -> Schedule {
    let zone = try #require(TimeZone(identifier: "UTC"))
    return Schedule(name: "s", timing: .cron(try CronExpression(text), zone: zone), overlap: overlap, catchUp: catchUp)
  }

  /// The decision `after` so long since everything up to `start`, itself included, was accounted for.
  private func decide(_ schedule: Schedule, after time: Duration, unfinishedJob: Int64? = nil) -> TickDecision {
    let account = TickAccount(accountedUntil: start, anchor: start)
    return TickDecision(schedule, account, now: start + time, unfinishedJob: unfinishedJob)
  }

  private func entry(_ time: Duration, _ outcome: TickDecision.Outcome) -> TickDecision.Entry {
    TickDecision.Entry(at: start + time, outcome: outcome)
  }

  @Test("Nothing is due before its time; then the tick runs, and the next one is an interval after it")
  func onTime() {
    let schedule = every(Self.hour)
    let early = decide(schedule, after: .milliseconds(3_599_999))
    #expect(early.entries.isEmpty && early.account == TickAccount(accountedUntil: start, anchor: start))
    let due = decide(schedule, after: Self.hour + .seconds(59))
    #expect(due.entries == [entry(Self.hour, .enqueue)] && due.isComplete)
    #expect(
      TickDecision.nextMoment(schedule.timing, due.account, now: start + Self.hour + .seconds(59))
        == start + Self.hour + Self.hour)
  }

  @Test("A new interval is due at once, a new cron expression at its first time")
  func beginning() throws {
    let interval = every(Self.hour)
    let account = TickAccount(interval.timing, startingAt: start)
    #expect(TickDecision(interval, account, now: start, unfinishedJob: nil).entries == [entry(.zero, .enqueue)])
    let hourly = try cron("@hourly")
    let begun = TickAccount(hourly.timing, startingAt: start)
    #expect(TickDecision.nextMoment(hourly.timing, begun, now: start) == start + Self.hour)
  }

  @Test("Late by more than a minute, or than half the interval: not on time")
  func grace() {
    #expect(decide(every(Self.hour, .none), after: Self.hour + Self.minute).entries == [entry(Self.hour, .enqueue)])
    let late = decide(every(Self.hour, .none), after: Self.hour + Self.minute + .milliseconds(1))
    #expect(late.entries == [entry(Self.hour, .missed(.late(.milliseconds(60_001), catchUp: .none)))])
    let short = every(.seconds(10), .none)
    #expect(decide(short, after: .seconds(15)).entries == [entry(.seconds(10), .enqueue)])
    #expect(
      decide(short, after: .seconds(15) + .milliseconds(1)).entries
        == [entry(.seconds(10), .missed(.late(.milliseconds(5001), catchUp: .none)))])
  }

  @Test("After five hours away: none, the latest, or all are caught up, and the others are missed")
  func catchUp() {
    let away = Self.hour * 5 + .seconds(120)
    func late(_ hours: Int, _ catchUp: Schedule.CatchUp) -> TickDecision.Entry {
      entry(Self.hour * hours, .missed(.late(away - Self.hour * hours, catchUp: catchUp)))
    }
    #expect(decide(every(Self.hour, .none), after: away).entries == (1...5).map { late($0, .none) })
    #expect(
      decide(every(Self.hour, .latest), after: away).entries
        == (1...4).map { late($0, .latest) } + [entry(Self.hour * 5, .enqueue)])
    #expect(
      decide(every(Self.hour, .all, .allow), after: away).entries == (1...5).map { entry(Self.hour * $0, .enqueue) })
    #expect(
      decide(every(Self.hour, .all, .skip), after: away).entries
        == [entry(Self.hour, .enqueue)] + (2...5).map { entry(Self.hour * $0, .skipped(.overlap(job: nil))) })
  }

  @Test("An interval caught up late begins anew; one seen on time keeps its times; a cron expression keeps its own")
  func reanchoring() throws {
    let away = Self.hour * 5 + Self.minute * 50
    let now = start + away
    let late = decide(every(Self.hour), after: away)
    #expect(TickDecision.nextMoment(every(Self.hour).timing, late.account, now: now) == now + Self.hour)
    let missed = decide(every(Self.hour, .none), after: away)
    #expect(TickDecision.nextMoment(every(Self.hour).timing, missed.account, now: now) == start + Self.hour * 6)
    let hourly = try cron("@hourly")
    let due = decide(hourly, after: away)
    #expect(TickDecision.nextMoment(hourly.timing, due.account, now: now) == start + Self.hour * 6)
  }

  @Test("While an earlier job is unfinished a tick is skipped, naming it, unless overlaps are allowed")
  func overlap() {
    let skipped = decide(every(Self.hour), after: Self.hour, unfinishedJob: 7)
    #expect(skipped.entries == [entry(Self.hour, .skipped(.overlap(job: 7)))])
    #expect(skipped.account == TickAccount(accountedUntil: start + Self.hour, anchor: start))
    let allowed = decide(every(Self.hour, .latest, .allow), after: Self.hour, unfinishedJob: 7)
    #expect(allowed.entries == [entry(Self.hour, .enqueue)])
  }

  @Test(
    "A month of minutes is accounted for in bounded steps, in order, and only the latest runs",
    arguments: [true, false])
  func longAbsence(isCron: Bool) throws {
    let schedule = isCron ? try cron("* * * * *") : every(Self.minute)
    let now = start + .seconds(30 * 86_400)
    var account = TickAccount(accountedUntil: start, anchor: start)
    var entries: [TickDecision.Entry] = []
    var isComplete = false
    while !isComplete {
      let decision = TickDecision(schedule, account, now: now, unfinishedJob: nil)
      #expect(decision.entries.count <= 1000 && decision.account.accountedUntil > account.accountedUntil)
      entries += decision.entries
      (account, isComplete) = (decision.account, decision.isComplete)
    }
    #expect(entries.map(\.at) == (1...43_200).map { start + Self.minute * $0 })
    #expect(entries.filter { $0.outcome == .enqueue }.map(\.at) == [now])
  }

  @Test("However long the absence, `all` runs the latest hundred")
  func boundedCatchUp() {
    for minutes in [100, 101, 999, 1000, 1001, 1899, 1900, 1901, 5000] {
      var account = TickAccount(accountedUntil: start, anchor: start)
      var ran: [Timestamp] = []
      var isComplete = false
      while !isComplete {
        let decision = TickDecision(
          every(Self.minute, .all, .allow), account, now: start + Self.minute * minutes, unfinishedJob: nil)
        ran += decision.entries.filter { $0.outcome == .enqueue }.map(\.at)
        (account, isComplete) = (decision.account, decision.isComplete)
      }
      #expect(ran == ((minutes - 99)...minutes).map { start + Self.minute * $0 })
    }
  }

  @Test("The clock set back by an hour: an interval goes on an interval later, at the latest")
  func intervalSetBack() {
    let schedule = every(Self.minute * 30)
    let back = start - Self.hour
    let account = TickAccount(accountedUntil: start, anchor: start)
    #expect(TickDecision.nextMoment(schedule.timing, account, now: back) == back)
    let decision = TickDecision(schedule, account, now: back, unfinishedJob: nil)
    #expect(decision.entries.isEmpty)
    #expect(TickDecision.nextMoment(schedule.timing, decision.account, now: back) == back + Self.minute * 30)
    // Set back by less than what is left of the interval, it keeps its times.
    let late = start + Self.minute * 20
    #expect(TickDecision.nextMoment(schedule.timing, account, now: late) == start + Self.minute * 30)
  }

  @Test("The clock set back: a cron expression waits for its next new time up to a day, and begins anew beyond")
  func cronSetBack() throws {
    let schedule = try cron("@hourly")
    let account = TickAccount(accountedUntil: start, anchor: start)
    for hours in [1, 23, 24] {
      #expect(
        TickDecision.nextMoment(schedule.timing, account, now: start - Self.hour * hours) == start + Self.hour)
    }
    let back = start - Self.hour * 25
    let decision = TickDecision(schedule, account, now: back, unfinishedJob: nil)
    #expect(decision.entries.isEmpty)
    #expect(TickDecision.nextMoment(schedule.timing, decision.account, now: back) == back + Self.hour)
  }

  @Test("A date that never comes is never due")
  func never() throws {
    let schedule = try cron("0 0 30 2 *")
    #expect(decide(schedule, after: Self.hour * 9999).entries.isEmpty)
    #expect(
      TickDecision.nextMoment(schedule.timing, TickAccount(accountedUntil: start, anchor: start), now: start) == nil)
  }

  /// Somebody looks every few minutes at the longest, while the clock is set forward and back by hours.
  @Test("Whatever the clock does: no time twice, none left out, no burst, no stall", arguments: 0..<40)
  func jumps(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let interval = Self.minute * Int.random(in: 5...90, using: &random)
    let schedule = every(interval, random.oneIn(2) ? .latest : .none)
    var account = TickAccount(schedule.timing, startingAt: start)
    var (now, elapsed, lastRun) = (start, Duration.zero, Duration.zero)
    var (forward, back, backSinceRun, ran) = (0, 0, 0, 0)
    let lookMax = min(Self.minute, interval / 4)
    for _ in 0..<4000 {
      let step = Duration.milliseconds(Int64.random(in: 0...lookMax.milliseconds, using: &random))
      (now, elapsed) = (now + step, elapsed + step)
      if random.oneIn(150) {
        let jump = Self.minute * Int.random(in: -240...240, using: &random)
        now = now + jump
        if jump > .zero { forward += 1 } else { (back, backSinceRun) = (back + 1, backSinceRun + 1) }
      }
      let decision = TickDecision(schedule, account, now: now, unfinishedJob: nil)
      let times = decision.entries.map(\.at)
      if let first = times.first {
        // Every time of the interval since the last account, each once.
        #expect(first == schedule.timing.next(after: account.accountedUntil, anchor: account.anchor))
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == interval })
        #expect(times.last.map { $0 <= now && now - $0 < interval } == true)
      }
      let next = try #require(TickDecision.nextMoment(schedule.timing, decision.account, now: now))
      #expect(next > now && next <= now + interval)
      let runs = decision.entries.count { $0.outcome == .enqueue }
      #expect(runs <= 1)
      if runs == 1 {
        (ran, lastRun, backSinceRun) = (ran + 1, elapsed, 0)
      }
      if schedule.catchUp == .latest {
        #expect(elapsed - lastRun <= interval * (1 + backSinceRun) + lookMax, "a stall")
      }
      account = decision.account
    }
    // Half an interval lies between two ticks at least, but for one more at each time the clock is set forward.
    #expect(Double(ran) <= elapsed.inSeconds / (interval.inSeconds / 2) + Double(forward) + 1, "a burst")
    #expect(ran > 3 && forward > 3 && back > 3)
  }
}

import Database
import Foundation
import JobQueue
import TestSupport
import Testing
import Timekeeping

@Suite(.serialized, .onEachEngine) struct ScheduleTableTests {
  private static let hour = Duration.seconds(3600)
  private let queue: QueueStore

  init() async throws {
    queue = try await QueueStore()
  }

  @Test("A tick is a row, and its job is in the queue, in one transaction; the row names job and term")
  func tick() async throws {
    try await queue.write { transaction in
      let schedule = Schedule(name: "s", timing: .every(Self.hour))
      #expect(try ScheduleTable.declare(schedule, now: start, in: transaction))
      let leader = try transaction.lead("a")
      let pass = try transaction.tick(schedule, by: leader)
      let job = try transaction.job(try #require(pass.jobs.first))
      #expect(pass == TickPass(jobs: [job.id]))
      #expect(job.state == .available && job.uniqueKey == "schedule:s")
      let ticks = try ScheduleTable.ticks(of: "s", limit: 9, in: transaction)
      #expect(ticks.map(\.at) == [start] && ticks[0].outcome == .enqueued)
      #expect(ticks[0].jobID == job.id && ticks[0].term == 1 && ticks[0].recordedAt == start && ticks[0].reason == nil)
      #expect(try transaction.tick(schedule, by: leader) == TickPass(), "the same moment again")
    }
  }

  @Test("While the job of a tick is unfinished the next is skipped, and says which job; afterwards ticks run again")
  func overlap() async throws {
    try await queue.write { transaction in
      let schedule = Schedule(name: "s", timing: .every(Self.hour))
      _ = try ScheduleTable.declare(schedule, now: start, in: transaction)
      let leader = try transaction.lead("a", for: Self.hour * 9)
      let job = try #require(try transaction.tick(schedule, by: leader).jobs.first)
      #expect(try transaction.tick(schedule, by: leader, at: start + Self.hour) == TickPass(skipped: 1))
      let skipped = try #require(try ScheduleTable.ticks(of: "s", outcome: .skipped, limit: 9, in: transaction).first)
      #expect(skipped.reason == "job \(job) of an earlier tick has not ended" && skipped.jobID == nil)
      try transaction.settle(transaction.leaseOne(at: start + Self.hour), .succeeded(result: nil))
      #expect(try transaction.tick(schedule, by: leader, at: start + Self.hour * 2).jobs.count == 1)
    }
  }

  @Test("Overlaps are enqueued side by side where the schedule allows them")
  func overlapAllowed() async throws {
    try await queue.write { transaction in
      let schedule = Schedule(name: "s", timing: .every(Self.hour), overlap: .allow, catchUp: .all)
      _ = try ScheduleTable.declare(schedule, now: start, in: transaction)
      let leader = try transaction.lead("a", for: Self.hour * 9)
      #expect(try transaction.tick(schedule, by: leader, at: start + Self.hour * 3).jobs.count == 4)
    }
  }

  @Test("What the enqueueing side refuses is skipped in its words; what it throws rolls the account back")
  func refusal() async throws {
    struct Broken: Error {}
    let schedule = Schedule(name: "s", timing: .every(Self.hour))
    let leader = try await queue.write { transaction in
      _ = try ScheduleTable.declare(schedule, now: start, in: transaction)
      return try transaction.lead("a")
    }
    await #expect(throws: Broken.self) {
      _ = try await queue.write { transaction in
        try ScheduleTable.tick("s", by: leader, now: start, in: transaction) { _, _ in throw Broken() }
      }
    }
    try await queue.write { transaction in
      #expect(try ScheduleTable.ticks(of: "s", limit: 9, in: transaction).isEmpty)
      let pass = try ScheduleTable.tick("s", by: leader, now: start, in: transaction) { tick, _ in
        #expect(tick == DueTick(schedule: "s", at: start, now: start))
        return .refused(because: "not today")
      }
      #expect(pass == TickPass(skipped: 1))
      #expect(try ScheduleTable.ticks(of: "s", limit: 9, in: transaction).map(\.reason) == ["not today"])
    }
  }

  @Test("A leader that was suspended while another took over writes nothing: no tick twice, none left out")
  func twoLeaders() async throws {
    let schedule = Schedule(name: "s", timing: .every(.seconds(60)), overlap: .allow, catchUp: .all)
    let first = try await queue.write { transaction in
      let leader = try transaction.lead("a", at: start)
      _ = try ScheduleTable.declare(schedule, now: start, in: transaction)
      #expect(try transaction.tick(schedule, by: leader).jobs.count == 1)
      return leader
    }
    // A is suspended; its role runs out, and B takes it and catches up.
    let later = start + .seconds(180)
    let second = try await queue.write { transaction in
      let leader = try transaction.lead("b", at: later)
      #expect(try transaction.tick(schedule, by: leader, at: later).jobs.count == 3)
      return leader
    }
    #expect(second.term == first.term + 1)
    // A goes on where it was.
    let now = later + .seconds(60)
    let held = Leadership(role: "ticker", holder: "b", term: 2, expiresAt: later + .seconds(20))
    await #expect(throws: LeadershipError.lost(role: "ticker", term: 1, current: held)) {
      try await queue.write { _ = try $0.tick(schedule, by: first, at: now) }
    }
    try await queue.write { transaction in
      // B again, after its role ran out and was claimed anew in the same term.
      let leader = try transaction.lead("b", at: now)
      #expect(leader.term == 2)
      let next = try #require(try ScheduleTable.find("s", in: transaction)?.nextMoment(now: now))
      #expect(try transaction.tick(schedule, by: leader, at: next + .seconds(10)).jobs.count == 1)
      let ticks = try ScheduleTable.ticks(of: "s", limit: 99, in: transaction)
      #expect(ticks.map(\.at) == (0...4).reversed().map { start + .seconds(60 * $0) })
      #expect(ticks.map(\.term) == [2, 2, 2, 2, 1] && ticks.allSatisfy { $0.outcome == .enqueued })
      #expect(Set(ticks.compactMap(\.jobID)).count == 5)
      #expect(try JobTable.list(.init(kind: "k"), in: transaction).count == 5, "no job without its tick")
    }
  }

  @Test("The schema itself refuses a second account of one time")
  func secondRow() async throws {
    let schedule = Schedule(name: "s", timing: .every(Self.hour))
    try await queue.write { transaction in
      _ = try ScheduleTable.declare(schedule, now: start, in: transaction)
      _ = try transaction.tick(schedule, by: transaction.lead("a"))
    }
    await #expect(throws: DatabaseError.self) {
      try await queue.write { _ = try $0.run("INSERT INTO tick SELECT * FROM tick") }
    }
  }

  @Test("A time that ran does not run again when the clock is set back by days; one missed by a wrong clock does")
  func setBack() async throws {
    let zone = try #require(TimeZone(identifier: "UTC"))
    let schedule = Schedule(name: "s", timing: .cron(try CronExpression("@hourly"), zone: zone), overlap: .allow)
    try await queue.write { transaction in
      _ = try ScheduleTable.declare(schedule, now: start, in: transaction)
      func tick(_ hours: Int) throws -> TickPass {
        let now = start + Self.hour * hours
        return try transaction.tick(schedule, by: transaction.lead("a", for: Self.hour, at: now), at: now)
      }
      #expect(try tick(1).jobs.count == 1)
      // Set forward by ten days, and then right again: hours 2 to 240 were missed, hour 241 ran.
      let pass = try tick(241)
      #expect(pass.jobs.count == 1 && pass.missed == 239)
      #expect(try tick(1) == TickPass())
      for hour in 2...240 { #expect(try tick(hour).jobs.count == 1) }
      #expect(try tick(241) == TickPass(), "it ran before")
      #expect(try tick(242).jobs.count == 1)
      let ticks = try ScheduleTable.ticks(of: "s", limit: 999, in: transaction)
      #expect(ticks.map(\.at) == (1...242).reversed().map { start + Self.hour * $0 })
      #expect(ticks.allSatisfy { $0.outcome == .enqueued })
    }
  }

  @Test("Whatever the clock does within a day, every time has one row, and none ran twice", arguments: 0..<12)
  func accounts(seed: UInt64) async throws {
    let zone = try #require(TimeZone(identifier: "UTC"))
    try await queue.write { transaction in
      var random = SeededGenerator(seed: seed)
      let catchUp = try #require(Schedule.CatchUp.allCases.randomElement(using: &random))
      let schedule = Schedule(
        name: "s", timing: .cron(try CronExpression("*/10 * * * *"), zone: zone), overlap: .allow, catchUp: catchUp)
      _ = try ScheduleTable.declare(schedule, now: start, in: transaction)
      var (now, latest) = (start, start)
      for _ in 0..<300 {
        now = now + .seconds(Int.random(in: 0...400, using: &random))
        if random.oneIn(20) { now = now + .seconds(Int.random(in: -9000...9000, using: &random)) }
        latest = max(latest, now)
        let pass = try transaction.tick(schedule, by: transaction.lead("a", at: now), at: now)
        #expect(pass.jobs.count <= 100 && pass.isComplete)
      }
      let ticks = try ScheduleTable.ticks(of: "s", limit: 9999, in: transaction)
      let count = (latest - start).milliseconds / 600_000
      #expect(ticks.map(\.at) == (1...count).reversed().map { start + .seconds(600 * $0) })
      let jobs = try JobTable.list(.init(limit: 9999), in: transaction)
      #expect(Set(ticks.compactMap(\.jobID)) == Set(jobs.map(\.id)))
    }
  }

  // MARK: Declaring

  @Test("Declaring again changes nothing; another interval goes on from the last tick, between now and an interval on")
  func redeclaring() async throws {
    try await queue.write { transaction in
      let schedule = Schedule(name: "s", timing: .every(Self.hour))
      _ = try ScheduleTable.declare(schedule, now: start, in: transaction)
      _ = try transaction.tick(schedule, by: transaction.lead("a"))
      let before = try ScheduleTable.find("s", in: transaction)
      let now = start + .seconds(600)
      #expect(try ScheduleTable.declare(schedule, now: now, in: transaction))
      #expect(try ScheduleTable.find("s", in: transaction) == before)
      // Ten minutes after the last tick.
      for (minutes, next) in [(15, 15), (5, 10), (120, 120)] {
        _ = try transaction.run("UPDATE schedule SET timing = 'every 3600000 ms', anchor_at = accounted_until")
        let changed = Schedule(name: "s", timing: .every(.seconds(60 * minutes)))
        #expect(try ScheduleTable.declare(changed, now: now, in: transaction))
        let record = try #require(try ScheduleTable.find("s", in: transaction))
        #expect(record.schedule == changed && record.nextMoment(now: now) == start + .seconds(60 * next))
        _ = try transaction.run("UPDATE schedule SET accounted_until = $1", [.time(start)])
      }
    }
  }

  @Test("A timing is not changed before what was due under the old one is accounted for")
  func pendingTimes() async throws {
    try await queue.write { transaction in
      let old = Schedule(name: "s", timing: .every(Self.hour))
      let new = Schedule(name: "s", timing: .every(.seconds(60)))
      _ = try ScheduleTable.declare(old, now: start, in: transaction)
      let now = start + Self.hour * 3
      #expect(try ScheduleTable.declare(new, now: now, in: transaction) == false)
      #expect(try ScheduleTable.find("s", in: transaction)?.schedule == old)
      #expect(try transaction.tick(old, by: transaction.lead("a", at: now), at: now).missed == 3)
      #expect(try ScheduleTable.declare(new, now: now, in: transaction))
      #expect(try ScheduleTable.find("s", in: transaction)?.nextMoment(now: now) == now + .seconds(60))
    }
  }

  @Test("Policies and zones are stored, and a timing that cannot be read is an error, until it is declared anew")
  func stored() async throws {
    try await queue.write { transaction in
      let zone = try #require(TimeZone(identifier: "Europe/Berlin"))
      let nightly = Schedule(
        name: "nightly", timing: .cron(try CronExpression("0 3 * * *"), zone: zone), overlap: .allow, catchUp: .none)
      let other = Schedule(name: "a", timing: .every(Self.hour), catchUp: .all)
      for schedule in [nightly, other] { _ = try ScheduleTable.declare(schedule, now: start, in: transaction) }
      #expect(try ScheduleTable.list(limit: 9, in: transaction).map(\.schedule) == [other, nightly])
      #expect(throws: ScheduleError.unknown("b")) {
        try ScheduleTable.tick("b", by: transaction.lead("a"), now: start, in: transaction) { _, _ in .job(1) }
      }
      _ = try transaction.run("UPDATE schedule SET timing = 'at dawn' WHERE name = 'nightly'")
      #expect(throws: CronError.fieldCount(2)) { try ScheduleTable.find("nightly", in: transaction) }
      #expect(try ScheduleTable.declare(nightly, now: start, in: transaction))
      #expect(try ScheduleTable.find("nightly", in: transaction)?.schedule == nightly)
    }
  }

  // MARK: Looking and pruning

  @Test("Old ticks go oldest first, in small steps, and the newest of each schedule stays")
  func prune() async throws {
    try await queue.write { transaction in
      for name in ["s", "t"] {
        let schedule = Schedule(name: name, timing: .every(.seconds(60)), overlap: .allow, catchUp: .none)
        _ = try ScheduleTable.declare(schedule, now: start, in: transaction)
        let now = start + .seconds(600)
        _ = try transaction.tick(schedule, by: transaction.lead("a", at: now), at: now)
      }
      func left(_ name: String) throws -> [Int] {
        try ScheduleTable.ticks(of: name, limit: 99, in: transaction).map { Int(($0.at - start).milliseconds / 60_000) }
      }
      #expect(try left("s") == (0...10).reversed())
      #expect(try ScheduleTable.prune(before: start + .seconds(300), limit: 3, in: transaction) == 3)
      #expect(try left("s") == (3...10).reversed())
      #expect(try ScheduleTable.prune(before: start + .seconds(300), limit: 99, in: transaction) == 7)
      #expect(try left("s") == (5...10).reversed() && left("t") == (5...10).reversed())
      #expect(try ScheduleTable.prune(before: start + .seconds(9999), limit: 99, in: transaction) == 10)
      #expect(try left("s") == [10] && left("t") == [10])
      #expect(try ScheduleTable.ticks(of: "s", outcome: .missed, limit: 9, in: transaction).isEmpty)
    }
  }

  @Test(
    "Outcomes and policies are those that the schema allows",
    .onFileOnly("SchemaPairTests finds the same checks on PostgreSQL"))
  func schemaTie() async throws {
    for (column, table, words) in [
      ("outcome", "tick", TickOutcome.allCases.map(\.rawValue)),
      ("overlap", "schedule", Schedule.Overlap.allCases.map(\.rawValue)),
      ("catch_up", "schedule", Schedule.CatchUp.allCases.map(\.rawValue)),
    ] {
      let sql = try await queue.store.read {
        try $0.first("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = $1", [.text(table)]) { $0.text(0) }
      }
      let check = try Regex("CHECK \\(\(column) IN \\(([^)]*)\\)", as: (Substring, Substring).self)
      let match = try #require(sql?.firstMatch(of: check))
      #expect(match.output.1.matches(of: /'([^']+)'/).map { String($0.1) } == words)
    }
  }
}

extension Transaction {
  /// Claims the role of the tests' ticker.
  func lead(_ holder: String, for duration: Duration = .seconds(20), at now: Timestamp = start) throws -> Leadership {
    let term = try #require(
      try LeadershipTable.claim("ticker", holder: holder, duration: duration, now: now, in: self))
    return Leadership(role: "ticker", holder: holder, term: term, expiresAt: now + duration)
  }

  func tick(_ schedule: Schedule, by leader: Leadership, at now: Timestamp = start) throws -> TickPass {
    try ScheduleTable.tick(
      schedule.name, by: leader, now: now, in: self,
      enqueue: ScheduleTable.enqueue({ _ in .plain() }, for: schedule))
  }
}

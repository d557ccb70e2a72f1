import Database
import JobQueue
import TestSupport
import Testing
import Timekeeping

/// The wall clock is set an hour forward or back while jobs run and wait.
@Suite(.serialized, .onEachEngine) struct ClockTests {
  /// Time as the machine sees it: one clock that only runs, one that may be set.
  private struct Machine {
    var sinceBoot = Duration.seconds(100)
    var ahead = start - Timestamp(milliseconds: 100_000)

    var moment: Moment {
      Moment(wall: Timestamp(milliseconds: 0) + ahead + sinceBoot, bootID: "boot", sinceBoot: sinceBoot)
    }
  }

  @Test("A clock set forward ends no lease and no backoff early, and one set back makes none of them longer")
  func spansMove() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      for jump in [Duration.seconds(3600), .seconds(-3600)] {
        var machine = Machine()
        try QueueClockTable.observe(machine.moment, in: transaction)
        let now = machine.moment.wall
        let (running, retried, dated) = (
          try transaction.enqueue(at: now), try transaction.enqueue(at: now),
          try transaction.enqueue(.plain(runAt: now + .seconds(7200)), at: now)
        )
        let leases = try transaction.lease(2, for: .seconds(60), at: now).map(\.lease)
        #expect(leases.map(\.jobID) == [running, retried])
        try transaction.settle(leases[1], .retry(after: .zero, because: "x"), backoff: .seconds(10), at: now)

        machine.ahead += jump
        machine.sinceBoot += .seconds(9)
        let moved = [
          try QueueClockTable.observe(machine.moment, in: transaction),
          try QueueClockTable.observe(machine.moment, in: transaction),
        ]
        #expect(moved == [jump, nil], "once")
        #expect(try transaction.lease(9, at: machine.moment.wall).isEmpty)
        #expect(try transaction.job(running).leaseExpiresAt == machine.moment.wall + .seconds(51))
        #expect(try transaction.job(retried).runAt == machine.moment.wall + .seconds(1))
        #expect(try transaction.job(dated).runAt == now + .seconds(7200), "a date is a date")

        machine.sinceBoot += .seconds(1)
        let due = try transaction.lease(9, for: .seconds(50), at: machine.moment.wall)
        #expect(due.map(\.id) == [retried])
        for id in [running, retried, dated] {
          try transaction.run("DELETE FROM job WHERE id = $1", [.integer(id)])
        }
      }
    }
  }

  @Test("A reboot, a small correction and a clock without a boot move nothing")
  func nothingToMove() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      func observe(_ wall: Timestamp, _ boot: String?, _ since: Int) throws -> Duration? {
        try QueueClockTable.observe(Moment(wall: wall, bootID: boot, sinceBoot: .seconds(since)), in: transaction)
      }
      let jumps = [
        try observe(start, "a", 100),
        // NTP steps by up to 128 ms and slews the rest.
        try observe(start + .milliseconds(11_900), "a", 110),
        try observe(start + .seconds(7200), "b", 5),
        try observe(start + .seconds(9000), nil, 5),
        try observe(start + .seconds(10_000), "b", 6),
      ]
      #expect(jumps == [nil, nil, nil, nil, .seconds(2799)])
    }
  }

  /// Workers lease, beat, fail and settle by the rules, in steps of a second of real time, while the clock is set again and
  /// again. What they see must be what they would see with a clock that runs evenly.
  @Test(
    "Under jumps of an hour no live lease is reclaimed, nothing runs twice at once, nothing waits", arguments: 0..<8)
  func simulation(seed: UInt64) async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      var run = Simulation(seed: seed, transaction: transaction)
      for _ in 0..<900 { try run.second() }
      #expect(run.jumps > 3 && run.finished > 100, "\(run.jumps) jumps, \(run.finished) jobs")
      #expect(try transaction.first("SELECT count(*) FROM job_event WHERE transition = 'reclaimed'") { $0.int(0) } == 0)
    }
  }

  private struct Simulation {
    private struct Running {
      var lease: Lease
      var endsAt: Duration
    }

    var random: SeededGenerator
    var machine = Machine()
    var jumps = 0
    var finished = 0
    private var running: [Int64: Running] = [:]
    /// In real time: when each job may run from.
    private var readyAt: [Int64: Duration] = [:]
    let transaction: Transaction

    init(seed: UInt64, transaction: Transaction) {
      random = SeededGenerator(seed: seed)
      self.transaction = transaction
    }

    mutating func second() throws {
      machine.sinceBoot += .seconds(1)
      if Int.random(in: 0..<100, using: &random) == 0 {
        machine.ahead += random.oneIn(2) ? .seconds(3600) : .seconds(-3600)
        jumps += 1
      }
      try QueueClockTable.observe(machine.moment, in: transaction)
      let now = machine.moment.wall
      if random.oneIn(4) {
        let id = try transaction.enqueue(at: now)
        readyAt[id] = machine.sinceBoot
      }
      // Beats every 15 s hold leases of 60 s; eight workers are more than there is to do.
      if Int(machine.sinceBoot.inSeconds) % 15 == 0 {
        let held = running.values.map(\.lease)
        let lost = try JobTable.extend(held, until: now + .seconds(60), in: transaction).lost
        #expect(lost.isEmpty)
      }
      try settle(now)
      for job in try transaction.lease(20, for: .seconds(60), at: now) {
        #expect(running[job.id] == nil, "job \(job.id) runs twice")
        let waited = machine.sinceBoot - (readyAt[job.id] ?? .zero)
        #expect(waited <= .seconds(1), "job \(job.id) was ready \(waited) ago")
        #expect(waited >= .zero, "job \(job.id) came \(waited) early")
        running[job.id] = Running(
          lease: job.lease, endsAt: machine.sinceBoot + .seconds(Int.random(in: 1...40, using: &random)))
      }
    }

    private mutating func settle(_ now: Timestamp) throws {
      // In an order that the seed decides, not the dictionary.
      for (id, job) in running.sorted(by: { $0.key < $1.key }) where job.endsAt <= machine.sinceBoot {
        running[id] = nil
        if random.oneIn(3) {
          let backoff = Duration.seconds(Int.random(in: 2...20, using: &random))
          let state = try transaction.settle(
            job.lease, .retry(after: .zero, because: "x"), backoff: backoff, at: now)
          if state == .waiting { readyAt[id] = machine.sinceBoot + backoff }
        } else {
          try transaction.settle(job.lease, .succeeded(result: nil), at: now)
          finished += 1
        }
      }
    }
  }
}

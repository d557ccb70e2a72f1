import Database
import JobQueue
import LeadStore
import Leads
import Planning
import TestSupport
import Testing
import Timekeeping

@testable import Replenishment

/// Plans, requests, answers, deaths, reboots and clocks that are set, in any order, over days of many zones: the limits hold
/// at every moment, and the books are what an independent account of the same events says.
@Suite("The quota ledger in a storm", .onEachEngine)
struct QuotaStormTests {
  @Test("No limit is ever passed, and every reservation ends", arguments: ZoneDays.all)
  func storm(zone: ZoneDays) async throws {
    var (plans, limitReached, cooled) = (0, 0, 0)
    for seed in 0..<3 as Range<UInt64> {
      var storm = try await Storm(zone: zone, seed: seed, tellsBoot: seed < 2)
      for _ in 0..<220 { try await storm.step() }
      try await storm.drain()
      plans += storm.plans
      limitReached += storm.limitReached
      cooled += storm.cooled
    }
    #expect(plans > 10 && limitReached > 0 && cooled > 10, "each limit was met: \(plans), \(limitReached), \(cooled)")
  }

  private struct Death: Error {}

  private struct Storm {
    let workshop: Workshop
    let zone: ZoneDays
    let seed: UInt64
    let machine: Machine
    let workplace: Workplace
    var random: SeededGenerator
    var model = QuotaModel()
    var policy: Policy
    var attempt: (batch: Int64, lease: Lease)?
    /// Looked for in vain, and not cleared: an earlier request may still create them, whatever becomes of a later one.
    var doubted: [Int64: Set<Int>] = [:]
    /// Batches whose job ended without settling them.
    var abandoned: Set<Int64> = []
    var (plans, limitReached, cooled) = (0, 0, 0)

    init(zone: ZoneDays, seed: UInt64, tellsBoot: Bool) async throws {
      random = SeededGenerator(seed: seed &+ UInt64(bitPattern: zone.begin.milliseconds))
      workshop = try await Workshop()
      (self.zone, self.seed) = (zone, seed)
      machine = Machine(at: zone.begin, tellsBoot: tellsBoot)
      try await workshop.stock((0..<500).map { ("lead \($0)", "\(1_000_000_000 + $0)") })
      workshop.policy.minTotal = 10_000
      workshop.policy.targetTotal = 10_000
      workshop.policy.cooldownMilliseconds = 2 * 3_600_000
      workshop.policy.maxDailyUploads = 12
      workshop.policy.maxUploadPerRun = Int.random(in: 3...9, using: &random)
      workshop.upload.batchSize = 4
      policy = workshop.policy
      var workplace = workshop.workplace
      workplace.clock = machine.clock
      workplace.calendar = try #require(BusinessCalendar(zone: zone.zone))
      self.workplace = workplace
    }

    private var now: Timestamp { machine.clock.now() }
    private var today: String { zone.day(of: now) }

    mutating func step() async throws {
      machine.pass(.milliseconds(Int64.random(in: 0...1_500_000, using: &random)))
      switch Int.random(in: 0..<30, using: &random) {
      case 0: try disturb { machine, ahead in machine.setClock(ahead: ahead) }
      case 1:
        try disturb { machine, ahead in
          machine.reboot()
          machine.setClock(ahead: ahead)
        }
        // Whoever worked is gone; its job is found again.
        try await endAttempt()
      case 2: policy.maxDailyUploads = Int.random(in: 0...14, using: &random)
      case 3: try await endAttempt()
      case 4: try await abandon()
      case 5...11: try await plan()
      case 12...19: try await send()
      default: try await answer()
      }
      try await check()
    }

    /// The clock is right, or wrong by minutes, hours or weeks.
    private mutating func disturb(_ body: (Machine, Duration) throws -> Void) throws {
      let reach = [0, 40 * 60, 9 * 3600, 18 * 86_400].randomElement(using: &random) ?? 0
      try body(machine, .seconds(Int.random(in: -reach...reach, using: &random)))
      model.areClocksUpset = true
    }

    // MARK: Planning

    private mutating func plan() async throws {
      var workplace = workplace
      workplace.policy = policy
      try await rescue(workplace)
      let (given, isLost) = (workplace, random.oneIn(10))
      let moment = machine.clock.moment()
      let outcome = try await write { transaction in
        let cycle = try CycleTable.begin(scheduler: "s", now: moment.wall, in: transaction)
        let stock = Workshop.stock(total: 0, at: moment.wall)
        let id = try SnapshotTable.add(stock, cycle: cycle, in: transaction)
        let snapshot = try #require(try SnapshotTable.find(id, in: transaction))
        let committed = try PlanCommit(workplace: given, cycle: cycle, scheduler: "s", isDryRun: false)
          .run(snapshot, stock: stock, in: transaction)
        try CycleTable.finish(cycle, scheduler: "s", state: .done, message: "", now: moment.wall, in: transaction)
        if isLost { throw Death() }
        return (committed.plan.decision, try BatchTable.list(ofPlan: committed.planID, in: transaction))
      }
      guard let (decision, batches) = outcome else { return }
      model.look(machine)
      try judge(decision, selected: batches.reduce(0) { $0 + $1.leadCount })
      for batch in batches {
        for index in 0..<batch.leadCount {
          model.leads[.init(batch: batch.id, index: index)] = .init(state: .pending, day: today)
        }
      }
      #expect(batches.isEmpty || model.used(today) <= policy.maxDailyUploads, "seed \(seed)")
    }

    private mutating func judge(_ decision: Decision, selected: Int) throws {
      switch decision {
      case .upload:
        plans += 1
        #expect(selected > 0 && selected <= policy.maxUploadPerRun, "seed \(seed)")
        #expect(model.openBatches.isEmpty, "seed \(seed)")
        if let last = model.lastUpload, last.boot == machine.boot, machine.clock.moment().bootID != nil {
          #expect(machine.real - last.real >= .milliseconds(policy.cooldownMilliseconds), "opened early, seed \(seed)")
        }
      case .blocked(.cooldown(let minutes)):
        cooled += 1
        #expect(Int64(minutes) * 60_000 <= policy.cooldownMilliseconds, "seed \(seed)")
        let upset = try #require(model.lastUpset)
        #expect(machine.real - upset < .milliseconds(policy.cooldownMilliseconds), "blocked for too long, seed \(seed)")
      case .blocked(.dailyLimit):
        limitReached += 1
        #expect(model.used(today) >= policy.maxDailyUploads, "seed \(seed)")
      case .blocked(.uploadUnderWay): #expect(!model.openBatches.isEmpty, "seed \(seed)")
      case .blocked, .sufficient: Issue.record("\(decision), seed \(seed)")
      }
    }

    private mutating func rescue(_ workplace: Workplace) async throws {
      let done: Void? = try await write { transaction in
        for batch in try BatchTable.open(in: transaction) {
          try BatchRescue(workplace: workplace).run(batch, in: transaction)
        }
      }
      guard done != nil else { return }
      for batch in abandoned { model.set(batch, model.positions(batch, .pending), .released) }
      abandoned = []
    }

    // MARK: Working

    /// Takes the next upload job, unless one is being worked on.
    private mutating func work() async throws -> (batch: Int64, lease: Lease)? {
      if let attempt { return attempt }
      let moment = machine.clock.moment()
      attempt = try await write { transaction in
        try QueueClockTable.observe(moment, in: transaction)
        let request = JobTable.LeaseRequest(
          worker: "w", kinds: [ServedKind(JobKind.upload.rawValue)], queues: [JobKind.upload.queue], count: 1,
          duration: .seconds(3600))
        guard let job = try JobTable.lease(request, now: moment.wall, in: transaction).first else { return nil }
        return (try #require(try BatchTable.find(ofJob: job.id, in: transaction)).id, job.lease)
      }.flatMap(\.self)
      return attempt
    }

    private mutating func endAttempt() async throws {
      guard let ended = attempt else { return }
      let now = now
      _ = try await write { try JobTable.giveBack([ended.lease], now: now, in: $0) }
      attempt = nil
    }

    private mutating func abandon() async throws {
      guard let ended = attempt else { return }
      let now = now
      _ = try await write {
        try JobTable.settle(ended.lease, .discard(because: "x"), backoff: .zero, now: now, in: $0)
      }
      attempt = nil
      if model.openBatches.contains(ended.batch) { abandoned.insert(ended.batch) }
    }

    private mutating func send() async throws {
      guard let (batch, lease) = try await work() else { return }
      let positions = model.positions(batch, .pending).filter { _ in !random.oneIn(4) }
      guard !positions.isEmpty else { return }
      let (now, limit, isLost) = (now, policy.maxDailyUploads, random.oneIn(8))
      // As the upload does: by the calendar of the program.
      let day = workplace.day(of: now)
      do {
        let sent: Void? = try await write { transaction in
          try BatchTable.intend(
            batch, positions: positions, lease: lease, bodyHash: "hash", today: day, dailyLimit: limit, now: now,
            in: transaction)
          if isLost { throw Death() }
        }
        guard sent != nil else { return }
        model.set(batch, positions, .unresolved, day: today)
        #expect(model.used(today) <= limit && model.exposed(today) <= limit, "seed \(seed)")
      } catch is BatchTable.DailyLimitReached {
        limitReached += 1
        var moved = model
        moved.set(batch, positions, .unresolved, day: today)
        #expect(moved.used(today) > limit, "seed \(seed)")
        try await finish(batch, model.positions(batch, .pending).map { ($0, .released(reason: "limit")) }, lease)
      }
    }

    private mutating func answer() async throws {
      guard let (batch, lease) = try await work() else { return }
      var results: [(position: Int, result: LeadResult)] = []
      var (unsent, absent): ([Int], [Int]) = ([], [])
      for index in model.positions(batch, .unresolved) {
        switch Int.random(in: 0..<9, using: &random) {
        case 0...3: results.append((index, .created(crmID: nil)))
        case 4: results.append((index, .duplicate(existingID: nil)))
        case 5: results.append((index, .rejected(reason: "no")))
        case 6: unsent.append(index)
        case 7: absent.append(index)
        default: break
        }
      }
      if random.oneIn(12) { results += model.positions(batch, .pending).map { ($0, .released(reason: "stopped")) } }
      try await finish(batch, results, unsent: unsent, absent: absent, lease)
    }

    private mutating func finish(
      _ batch: Int64, _ results: [(position: Int, result: LeadResult)], unsent: [Int] = [], absent: [Int] = [],
      _ lease: Lease
    ) async throws {
      let (moment, isLost) = (machine.clock.moment(), random.oneIn(8))
      let cleared = Set(absent.filter { _ in random.oneIn(2) })
      let done: Void? = try await write { transaction in
        if !unsent.isEmpty {
          try BatchTable.unsend(
            batch, positions: unsent, lease: lease, entry: .notProcessed, reason: "no", now: moment.wall,
            in: transaction)
        }
        try BatchTable.noteAbsent(
          batch, positions: absent, cleared: cleared, lease: lease, moment: moment, in: transaction)
        try BatchTable.finish(batch, results: results, lease: lease, moment: moment, in: transaction)
        if isLost { throw Death() }
      }
      guard done != nil else { return }
      let inDoubt = doubted[batch, default: []]
      model.set(batch, unsent.filter { !inDoubt.contains($0) } + cleared, .pending)
      doubted[batch] = inDoubt.union(absent).subtracting(cleared)
      for (index, result) in results {
        switch result {
        case .created: model.set(batch, [index], .created)
        case .duplicate: model.set(batch, [index], .duplicate)
        case .rejected: model.set(batch, [index], .rejected)
        case .released: model.set(batch, [index], .released)
        }
      }
      let hasCreated = results.contains { if case .created = $0.result { true } else { false } }
      if hasCreated || !absent.isEmpty { model.mayHaveCreated(machine) }
      guard !model.openBatches.contains(batch) else { return }
      _ = try await write {
        try JobTable.settle(lease, .succeeded(result: nil), backoff: .zero, now: moment.wall, in: $0)
      }
      attempt = nil
    }

    /// Nil: the process died before the commit.
    private func write<Value: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Value) async throws
      -> Value?
    {
      do {
        return try await workshop.store.write(.process, body)
      } catch is Death {
        return nil
      }
    }

    // MARK: Judging

    private func check() async throws {
      let (listed, disagreements, rows) = try await workshop.store.read { transaction in
        (
          try QuotaTable.list(limit: 1000, in: transaction), try QuotaTable.disagreements(in: transaction).count,
          try transaction.query("SELECT batch_id, position, state, day FROM batch_lead") {
            (position: QuotaModel.Position(batch: $0.int64(0), index: $0.int(1)), state: $0.text(2), day: $0.text(3))
          }
        )
      }
      let expected = model.counts
      #expect(listed.filter { $0 != DailyCount(day: $0.day) }.reversed() == expected, "seed \(seed)")
      #expect(disagreements == 0, "the ledger adds up to the counters, seed \(seed)")
      #expect(rows.count == model.leads.count, "seed \(seed)")
      #expect(
        rows.allSatisfy { row in
          let lead = model.leads[row.position]
          return lead?.state.rawValue == row.state && lead?.day == row.day
        }, "seed \(seed)")
    }

    /// With room for everything and answers to everything, nothing stays reserved.
    mutating func drain() async throws {
      policy.maxDailyUploads = 10_000
      for _ in 0..<400 where !model.openBatches.isEmpty {
        try await rescue(workplace)
        try await send()
        try await answer()
      }
      try await check()
      let (listed, open) = try await workshop.store.read {
        (try QuotaTable.list(limit: 1000, in: $0), try BatchTable.openCount(in: $0))
      }
      #expect(open == 0 && listed.allSatisfy { $0.reserved == 0 }, "seed \(seed)")
    }
  }
}

import Database
import JobQueue
import LeadStore
import Leads
import Synchronization
import TestSupport
import Testing
import Timekeeping

@testable import Replenishment

/// Uploads with everything that can go wrong, at every place, over many seeds: the real store and the real handlers against
/// a simulated CRM.
@Suite("Uploads under faults and deaths", .onEachEngine)
struct CrashTests {
  /// Leads with and without npi; some the CRM has from somebody else, one in a while that it chokes on.
  private static func leads(_ count: Int, _ random: inout SeededGenerator) -> [(name: String, npi: String?)] {
    (0..<count).map { index in
      let fault = random.oneIn(25) ? SimulatedCRM.poison : random.oneIn(25) ? SimulatedCRM.invalid : ""
      return ("lead \(index) \(fault)", random.oneIn(3) ? nil : "\(1_000_000_000 + index)")
    }
  }

  /// Fills the workshop for a seed and returns how many leads end as created, duplicate and rejected.
  private func prepare(
    _ workshop: Workshop, _ random: inout SeededGenerator
  ) async throws -> Workshop.Accounts {
    let leads = Self.leads(20, &random)
    var expected = Workshop.Accounts()
    for lead in leads {
      if lead.name.contains(SimulatedCRM.poison) || lead.name.contains(SimulatedCRM.invalid) {
        expected.rejected += 1
      } else if lead.npi != nil, random.oneIn(6) {
        workshop.crm.add(npi: lead.npi, name: "somebody else's \(lead.name)")
        expected.duplicates += 1
      } else {
        expected.created += 1
      }
    }
    // More than bad luck uses up; a row that the CRM chokes on, left alone in its batch, does.
    workshop.upload.maxFailures = 60
    try await workshop.stock(leads)
    try await workshop.plan(leads.count)
    return expected
  }

  /// A row that the CRM chokes on is rejected, or given back where nothing showed that the fault was not the CRM's.
  private func requireEqual(_ accounts: Workshop.Accounts, _ expected: Workshop.Accounts, _ seed: UInt64) {
    #expect(accounts.created == expected.created, "seed \(seed)")
    #expect(accounts.duplicates == expected.duplicates, "seed \(seed)")
    #expect(accounts.rejected + accounts.released == expected.rejected, "seed \(seed)")
  }

  @Test(
    "D1, D2, D3: whatever happens to requests, each lead ends once, in the state it deserves",
    arguments: 0..<8)
  func mishaps(part: UInt64) async throws {
    for seed in part * 40..<(part + 1) * 40 {
      var random = SeededGenerator(seed: seed)
      let workshop = try await Workshop()
      let expected = try await prepare(workshop, &random)
      let dice = Mutex(SeededGenerator(seed: seed ^ 0xFA17))
      let often = Int.random(in: 2...6, using: &random)
      workshop.crm.arrange(
        lateness: .milliseconds(Int64.random(in: 0..<175_000, using: &random)),
        mishap: { _ in
          dice.withLock { dice in
            dice.oneIn(often) ? Mishap.allCases.randomElement(using: &dice) ?? .none : .none
          }
        },
        doesReadBackFail: { _ in dice.withLock { $0.oneIn(5) } })
      try await workshop.finish()
      let accounts = try await workshop.requireAccounts("seed \(seed)")
      requireEqual(accounts, expected, seed)
    }
  }

  @Test(
    "D1, D3: whichever write of an attempt is the last before death, the next attempt goes on from there",
    arguments: 0..<4)
  func deathsAtWrites(part: UInt64) async throws {
    for seed in part * 15..<(part + 1) * 15 {
      var random = SeededGenerator(seed: 1000 + seed)
      let workshop = try await Workshop()
      let expected = try await prepare(workshop, &random)
      let dice = Mutex(SeededGenerator(seed: seed))
      workshop.crm.arrange(
        lateness: .seconds(60),
        mishap: { _ in
          dice.withLock { dice in
            dice.oneIn(3) ? [Mishap.answerLost, .requestLost, .lateCommit].randomElement(using: &dice) ?? .none : .none
          }
        })
      try await Fuse.lay(in: workshop.store)
      // One death after another, a little further each time, until an attempt outlives its fuse.
      var deaths = 0
      for writes in 1...40 {
        try await Fuse.set(in: workshop.store, after: writes)
        let step = try await workshop.step()
        try await Fuse.set(in: workshop.store, after: nil)
        if step == .died { deaths += 1 }
        if step != .worked, try await !workshop.waitForWork() { break }
      }
      #expect(deaths > 0)
      try await workshop.finish()
      let accounts = try await workshop.requireAccounts("seed \(seed)")
      requireEqual(accounts, expected, seed)
    }
  }

  @Test(
    "a batch whose job dies of failures gives back what was never sent, and has the rest looked for", arguments: 0..<4)
  func deadJobs(part: UInt64) async throws {
    for seed in part * 15..<(part + 1) * 15 {
      var random = SeededGenerator(seed: 2000 + seed)
      let workshop = try await Workshop()
      let expected = try await prepare(workshop, &random)
      workshop.upload.maxFailures = 2
      _ = try await workshop.store.write { try $0.run("UPDATE job SET max_failures = 2") }
      let dice = Mutex(SeededGenerator(seed: seed))
      workshop.crm.arrange(
        lateness: .seconds(30),
        mishap: { number in
          guard number < 60 else { return .none }
          return dice.withLock { dice in
            dice.oneIn(2) ? Mishap.allCases.randomElement(using: &dice) ?? .none : .none
          }
        },
        doesReadBackFail: { _ in dice.withLock { $0.oneIn(4) } })
      try await workshop.finish()
      let accounts = try await workshop.requireAccounts("seed \(seed)")
      #expect(accounts.created + accounts.released >= expected.created, "seed \(seed)")
      #expect(accounts.created <= expected.created, "seed \(seed)")
    }
  }

  @Test("an attempt that lost its lease writes nothing, and what it sent is found by its successor")
  func fencing() async throws {
    let workshop = try await Workshop()
    try await workshop.stock((0..<8).map { ("lead \($0)", $0.isMultiple(of: 2) ? "\(1_000_000_000 + $0)" : nil) })
    try await workshop.plan(8)
    let store = workshop.store
    // While the first request is under way the lease runs out and somebody else takes the job.
    let thief = Thief(store: store, crm: workshop.crm)
    var workplace = workshop.workplace
    workplace.crm = thief
    let jobs = try await store.write { [now = workshop.now] transaction in
      try JobTable.lease(
        JobTable.LeaseRequest(worker: "w", kinds: ["upload"], queues: ["upload"], count: 1, duration: .seconds(120)),
        now: now, in: transaction)
    }
    let job = try #require(jobs.first)
    await #expect(throws: JobQueueError.leaseLost(job.lease)) {
      _ = try await UploadHandler(workplace: workplace).run(job, JobContext.lasting(job.lease))
    }
    let settled = try await store.read { transaction in
      try transaction.first("SELECT count(*) FROM batch_lead WHERE state = 'created'") { $0.int(0) }
    }
    #expect(settled == 0)
    workshop.now = workshop.now + .seconds(300)
    try await workshop.finish()
    #expect(try await workshop.requireAccounts("fencing").created == 8)
    #expect(workshop.crm.posts == 1)
  }
}

import Database
import LeadStore
import Leads
import TestSupport
import Testing
import Timekeeping

@testable import JobQueue
@testable import Replenishment

@Suite("Batches whose job ended without settling them", .onEachEngine)
struct BatchRescueTests {
  private func workshop(_ mishap: Mishap) async throws -> Workshop {
    let workshop = try await Workshop()
    try await workshop.stock((0..<8).map { ("lead \($0)", $0.isMultiple(of: 2) ? "\(1_000_000_000 + $0)" : nil) })
    workshop.crm.arrange(mishap: { $0 == 1 ? mishap : .none })
    return workshop
  }

  private func cancelJobs(_ workshop: Workshop) async throws {
    let now = workshop.now
    try await workshop.store.write { transaction in
      for job in try JobTable.list(JobTable.Filter(kind: "upload"), in: transaction) {
        _ = try JobTable.cancel(job.id, because: "by hand", now: now, in: transaction)
      }
    }
  }

  @Test("leads that were never sent go back to the catalog, their quota with them, and can be planned anew")
  func neverSent() async throws {
    let workshop = try await workshop(.none)
    try await workshop.plan(8)
    try await cancelJobs(workshop)
    try await workshop.rescue()
    let accounts = try await workshop.requireAccounts("released")
    #expect(accounts == Workshop.Accounts(released: 8))
    #expect(try await workshop.plan(8).selected.count == 8)
    try await workshop.finish()
    #expect(workshop.crm.rows.count == 8)
  }

  @Test("leads in doubt get a new job that finds out what became of them, and nothing is sent")
  func inDoubt() async throws {
    let workshop = try await workshop(.deathAfter)
    try await workshop.plan(8)
    #expect(try await workshop.step() == .died)
    // The lease ends, and before anybody takes the job again it is cancelled.
    let later = workshop.now + .seconds(121)
    workshop.now = later
    try await workshop.store.write { _ = try JobTable.reclaimExpired(now: later, in: $0) }
    try await cancelJobs(workshop)
    try await workshop.rescue()
    try await workshop.finish()
    #expect(try await workshop.requireAccounts("in doubt") == Workshop.Accounts(created: 8))
    #expect(workshop.crm.posts == 1)
  }

  @Test("a batch whose job still has its chances is left alone")
  func leftAlone() async throws {
    let workshop = try await workshop(.notSent)
    try await workshop.plan(8)
    #expect(try await workshop.step() == .worked)
    try await workshop.rescue()
    try await workshop.finish()
    #expect(try await workshop.requireAccounts("left alone") == Workshop.Accounts(created: 8))
    let jobs = try await workshop.store.read { try JobTable.list(JobTable.Filter(kind: "upload"), in: $0) }
    #expect(jobs.count == 1)
  }

  @Test("a running job that is asked to cancel sends nothing more and gives back what is not in the CRM")
  func cancelledWhileRunning() async throws {
    let workshop = try await Workshop()
    try await workshop.stock((0..<8).map { ("lead \($0) \($0 == 5 ? SimulatedCRM.poison : "")", nil) })
    try await workshop.plan(8)
    // The first request is rolled back; before its halves go out, somebody asks to stop.
    let step = try await workshop.step { context in
      workshop.crm.arrange { _ in
        context.stop(.cancelRequested)
        return .none
      }
    }
    #expect(step == .worked)
    #expect(workshop.crm.posts == 1)
    #expect(try await workshop.requireAccounts("asked to cancel") == Workshop.Accounts(released: 8))
  }

  @Test("a job that is cancelled while its leads are in doubt loses none of them and doubles none")
  func cancelledInDoubt() async throws {
    let workshop = try await workshop(.requestLost)
    try await workshop.plan(8)
    // The first request is lost: the leads with npi go again at once, the others wait for their grace periods.
    #expect(try await workshop.step() == .worked)
    #expect(workshop.crm.rows.count == 4)
    try await cancelJobs(workshop)
    try await workshop.rescue()
    try await workshop.finish()
    #expect(try await workshop.requireAccounts("cancelled in doubt").created == 8)
  }
}

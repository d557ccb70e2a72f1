import Database
import LeadStore
import Leads
import TestSupport
import Testing
import Timekeeping

@testable import JobQueue
@testable import Replenishment

@Suite("Upload jobs that somebody cancels and retries", .onEachEngine)
struct RetryByHandTests {
  private func workshop(_ mishap: Mishap) async throws -> Workshop {
    let workshop = try await Workshop()
    try await workshop.stock((0..<8).map { ("lead \($0)", $0.isMultiple(of: 2) ? "\(1_000_000_000 + $0)" : nil) })
    workshop.crm.arrange(mishap: { $0 == 1 ? mishap : .none })
    return workshop
  }

  private func jobs(_ workshop: Workshop) async throws -> [Int64] {
    try await workshop.store.read { try JobTable.list(JobTable.Filter(kind: "upload"), in: $0).map(\.id).sorted() }
  }

  private func cancel(_ workshop: Workshop, _ ids: [Int64]) async throws -> [ManualOutcome] {
    let now = workshop.now
    return try await workshop.store.write {
      try JobTable.cancel(ids, because: "by hand", now: now, in: $0).map(\.outcome)
    }
  }

  private func retry(_ workshop: Workshop, _ ids: [Int64]) async throws -> [ManualOutcome] {
    let now = workshop.now
    return try await workshop.store.write {
      try JobTable.retry(ids, because: "by hand", now: now, in: $0).map(\.outcome)
    }
  }

  @Test("cancelled and retried before the next cycle, the job sends its leads once")
  func beforeTheRescue() async throws {
    let workshop = try await workshop(.none)
    try await workshop.plan(8)
    let ids = try await jobs(workshop)
    #expect(try await cancel(workshop, ids) == [.cancelled])
    #expect(try await retry(workshop, ids) == [.revived(isHeld: false)])
    try await workshop.rescue()
    try await workshop.finish()
    #expect(try await workshop.requireAccounts("retried") == Workshop.Accounts(created: 8))
    #expect(workshop.crm.posts == 1)
  }

  @Test("retried with leads in doubt, the job looks for them and sends nothing twice")
  func inDoubt() async throws {
    let workshop = try await workshop(.deathAfter)
    try await workshop.plan(8)
    #expect(try await workshop.step() == .died)
    let later = workshop.now + .seconds(121)
    workshop.now = later
    try await workshop.store.write { _ = try JobTable.reclaimExpired(now: later, in: $0) }
    let ids = try await jobs(workshop)
    #expect(try await cancel(workshop, ids) == [.cancelled])
    #expect(try await retry(workshop, ids) == [.revived(isHeld: false)])
    try await workshop.finish()
    #expect(try await workshop.requireAccounts("in doubt") == Workshop.Accounts(created: 8))
    #expect(workshop.crm.posts == 1)
  }

  @Test("once a later job looks after the batch, the old one is not retried")
  func afterTheRescue() async throws {
    let workshop = try await workshop(.deathAfter)
    try await workshop.plan(8)
    #expect(try await workshop.step() == .died)
    let later = workshop.now + .seconds(121)
    workshop.now = later
    try await workshop.store.write { _ = try JobTable.reclaimExpired(now: later, in: $0) }
    let ids = try await jobs(workshop)
    _ = try await cancel(workshop, ids)
    try await workshop.rescue()
    let all = try await jobs(workshop)
    let replacement = try #require(all.last)
    #expect(all.count == 2)
    #expect(try await retry(workshop, ids) == [.refused(.twin(replacement))])
    try await workshop.finish()
    #expect(try await workshop.requireAccounts("replaced") == Workshop.Accounts(created: 8))
  }
}

import Database
import JobQueue
import LeadStore
import Leads
import Planning
import Synchronization
import Testing
import Timekeeping

@testable import Replenishment

/// By hand, for America/New_York, which is five hours behind UTC in winter.
@Suite("Business hours are kept")
struct BusinessHoursTests {
  /// Friday 2026-12-04, 16:59 EST.
  private static let beforeClosing = utc("2026-12-04", 21, 59)
  /// Monday 2026-12-07, 09:00 EST.
  private static let monday = utc("2026-12-07", 14)

  private static func utc(_ date: String, _ hour: Int, _ minute: Int = 0) -> Timestamp {
    guard let day = CivilDay(date) else { preconditionFailure("a date") }
    return Timestamp(milliseconds: Int64(day.number) * 86_400_000 + Int64(hour * 60 + minute) * 60_000)
  }

  private func workshop(_ leads: Int, at now: Timestamp) async throws -> Workshop {
    let workshop = try await Workshop()
    workshop.now = now
    workshop.businessHours = (.usual, Holidays(calendar: .usFederal))
    try await workshop.stock((0..<leads).map { ("P\($0)", nil) })
    return workshop
  }

  private func upload(_ workshop: Workshop) async throws -> JobRecord {
    let job = try await workshop.store.read { transaction in
      try BatchTable.open(in: transaction).first.flatMap { try JobTable.find($0.jobID, in: transaction) }
    }
    return try #require(job)
  }

  private func counters(_ workshop: Workshop) async throws -> [DailyCount] {
    try await workshop.store.read { try QuotaTable.list(limit: 10, in: $0) }
  }

  @Test(
    "Nothing is planned while business is closed, and the message names the next opening",
    arguments: [
      (utc("2026-12-04", 22), "Upload blocked: outside business hours, next opening Monday 09:00 EST"),
      (utc("2026-12-05", 17), "Upload blocked: outside business hours, next opening Monday 09:00 EST"),
      (utc("2026-12-07", 13, 59), "Upload blocked: outside business hours, next opening today 09:00 EST"),
      (utc("2026-12-25", 17), "Upload blocked: holiday (Christmas Day), next opening Monday 09:00 EST"),
    ])
  func planning(at now: Timestamp, message: String) async throws {
    let workshop = try await workshop(4, at: now)
    let committed = try await workshop.plan(4)
    #expect(committed.plan.decision == .blocked(.outsideBusinessHours))
    #expect(committed.plan.message == message)
    #expect(committed.jobs.isEmpty && committed.selected.isEmpty)
    #expect(try await counters(workshop).allSatisfy { $0.used == 0 })
  }

  @Test("With business hours switched off the same moment plans an upload")
  func switchedOff() async throws {
    let workshop = try await workshop(4, at: Self.utc("2026-12-05", 17))
    workshop.businessHours = nil
    #expect(try await workshop.plan(4).plan.decision == .upload)
  }

  @Test(
    "A batch that meets closing time sleeps until the opening, costs no failure, and is then sent on that day's limit")
  func closing() async throws {
    let workshop = try await workshop(4, at: Self.beforeClosing)
    #expect(try await workshop.plan(4).selected.count == 4)
    workshop.now = Self.utc("2026-12-04", 22)
    #expect(try await workshop.step() == .worked)
    #expect(workshop.crm.rows.isEmpty)
    let sleeping = try await upload(workshop)
    #expect(sleeping.state == .waiting && sleeping.failures == 0)
    #expect(sleeping.runAt == Self.monday)
    #expect(
      sleeping.reason == "waits for business hours: outside business hours, next opening Monday 09:00 EST")
    #expect(try await counters(workshop) == [DailyCount(day: "2026-12-04", reserved: 4)])

    // A cycle meanwhile plans nothing beside it.
    workshop.now = Self.utc("2026-12-06", 17)
    let meanwhile = try await workshop.plan(9)
    #expect(
      meanwhile.plan.message
        == "Upload blocked: an earlier upload is under way (1 unfinished batch); it goes on Monday 09:00 EST")

    workshop.now = Self.monday
    try await workshop.finish()
    #expect(workshop.crm.rows.count == 4)
    #expect(
      try await counters(workshop) == [
        DailyCount(day: "2026-12-07", created: 4), DailyCount(day: "2026-12-04"),
      ])
    #expect(try await workshop.store.read { try QuotaTable.disagreements(in: $0).isEmpty })
  }

  @Test("A batch that slept is held to the limit of the day on which it is sent")
  func otherDaysLimit() async throws {
    let workshop = try await workshop(6, at: Self.beforeClosing)
    #expect(try await workshop.plan(6).selected.count == 6)
    workshop.now = Self.utc("2026-12-04", 22)
    #expect(try await workshop.step() == .worked)
    workshop.policy.maxDailyUploads = 5
    workshop.now = Self.monday
    try await workshop.finish()
    #expect(workshop.crm.rows.isEmpty)
    #expect(try await counters(workshop).allSatisfy { $0.used == 0 })
  }

  @Test("What may be in the CRM already is looked for while business is closed")
  func inDoubt() async throws {
    let workshop = try await workshop(3, at: Self.beforeClosing)
    try await workshop.plan(3)
    workshop.crm.arrange(mishap: { $0 == 1 ? .answerLost : .none }, doesReadBackFail: { $0 == 1 })
    #expect(try await workshop.step() == .worked)
    #expect(try await workshop.store.read { try BatchTable.openLeadCount(in: $0) } == 3)
    workshop.now = Self.utc("2026-12-04", 22, 30)
    try await workshop.finish()
    #expect(workshop.crm.rows.count == 3 && workshop.crm.posts == 1)
    #expect(workshop.now < Self.utc("2026-12-05", 0))
  }

  @Test("What never reached the CRM is sent again when business opens, not before")
  func lostOnTheWay() async throws {
    let workshop = try await workshop(3, at: Self.beforeClosing)
    try await workshop.plan(3)
    workshop.crm.arrange(mishap: { $0 == 1 ? .requestLost : .none })
    #expect(try await workshop.step() == .worked)
    while workshop.now < Self.monday {
      #expect(workshop.crm.posts == 1)
      guard try await workshop.waitForWork() else { break }
      if workshop.now < Self.monday { _ = try await workshop.step() }
    }
    try await workshop.finish()
    #expect(workshop.crm.rows.count == 3)
    #expect(try await counters(workshop).first == DailyCount(day: "2026-12-07", created: 3))
    #expect(try await workshop.store.read { try QuotaTable.disagreements(in: $0).isEmpty })
  }

  @Test("Business that closes between a request made ready and its leaving keeps it back")
  func betweenReadyAndSent() async throws {
    let workshop = try await workshop(3, at: Self.beforeClosing)
    try await workshop.plan(3)
    let time = Mutex(Self.beforeClosing)
    workshop.clock = WallClock(showing: { Moment(wall: time.withLock { $0 }, bootID: nil, sinceBoot: nil) })
    workshop.crm.arrange(mishap: { _ in
      time.withLock { $0 = Self.utc("2026-12-04", 22) }
      return .none
    })
    #expect(try await workshop.step() == .worked)
    #expect(workshop.crm.rows.isEmpty)
    let sleeping = try await upload(workshop)
    #expect(sleeping.runAt == Self.monday && sleeping.failures == 0)
    #expect(try await workshop.store.read { try BatchTable.tally(ofBatch: 1, in: $0) } == [.pending: 3])
  }
}

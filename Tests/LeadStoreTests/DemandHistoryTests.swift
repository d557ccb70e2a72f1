import Database
import LeadStore
import Leads
import Planning
import TestSupport
import Testing
import Timekeeping

@Suite(.serialized) struct DemandHistoryTests {
  private let fixture: Fixture
  private let calendar: BusinessCalendar

  init() async throws {
    fixture = try await Fixture()
    calendar = try #require(BusinessCalendar(zone: "UTC"))
  }

  private static func stock(_ a: Int, _ aPlus: Int, at time: Timestamp) -> Stock {
    Stock(
      total: a + aPlus, available: a + aPlus, availablePerClass: PerClass(aPlus: aPlus, a: a, b: 0), availableOther: 0,
      closed: 0, activeAgents: 3, deskLoad: 0, conversion: PerClass(repeating: Conversion(won: 0, lost: 0)),
      newestLeadID: 0,
      takenAt: time)
  }

  /// `start` is Monday 15:00 UTC; `hours` later a reading that found `a` leads of class A and `aPlus` of A+.
  private func read(
    _ a: Int, aPlus: Int = 0, hours: Int64, _ verdict: SnapshotVerdict = .accepted
  ) async throws {
    try await fixture.write { transaction in
      let at = start + .seconds(hours * 3600)
      let cycle = try CycleTable.begin(scheduler: "s", now: at, in: transaction)
      let id = try SnapshotTable.add(Self.stock(a, aPlus, at: at), cycle: cycle, in: transaction)
      try SnapshotTable.judge(id, verdict, reason: nil, in: transaction)
      try CycleTable.finish(cycle, scheduler: "s", state: .done, message: "", now: at, in: transaction)
    }
  }

  private func history(days count: Int, at now: Timestamp) async throws -> DemandHistory {
    let days = calendar.workDays(until: now, count: count)
    return try await fixture.write { try DemandHistory.read(days: days, now: now, in: $0) }
  }

  @Test("The last accepted reading of a business day counts, one of the night after it included; a held one does not")
  func lastReading() async throws {
    try await read(50, hours: 0)
    try await read(47, hours: 1)
    // Tuesday 01:00, before opening.
    try await read(45, hours: 10)
    try await read(44, hours: 19)
    try await read(0, hours: 25, .held)
    // Wednesday 08:00.
    let history = try await history(days: 2, at: start + .seconds(41 * 3600))
    #expect(history.days.map(\.day) == [monday, tuesday])
    #expect(history.days.map { $0.available?.a } == [45, 44])
    #expect(history.uptake.a == [DailyUptake(day: tuesday, weekday: 2, count: 1)])
  }

  @Test("What we created between the readings counts as arrived, and what came before the first does not")
  func arrivals() async throws {
    try await fixture.write { transaction in
      let (before, after) = (start + .seconds(1800), start + .seconds(4500))
      let leads = try transaction.leads(0..<4)
      let batch = try transaction.batch(leads, at: before)
      try transaction.intend(batch, Array(0..<4), at: before)
      try transaction.finish(batch, [(0, .created(crmID: nil))], at: before)
      try transaction.finish(batch, (1..<4).map { ($0, .created(crmID: nil)) }, at: after)
    }
    try await read(0, aPlus: 10, hours: 1)
    try await read(0, aPlus: 8, hours: 25)
    let history = try await history(days: 2, at: start + .seconds(41 * 3600))
    #expect(history.days.map(\.arrivals.aPlus) == [0, 3])
    #expect(history.uptake.aPlus.map(\.count) == [5])
  }

  @Test("A day on which nothing was read is unknown")
  func unreadDay() async throws {
    try await read(50, hours: 1)
    try await read(40, hours: 49)
    try await read(37, hours: 73)
    let history = try await history(days: 4, at: start + .seconds(89 * 3600))
    #expect(history.uptake.a.map(\.count) == [nil, nil, 3])
  }

  @Test("A day is looked up by the index of accepted readings")
  func index() async throws {
    let plan = try await fixture.write { transaction in
      try transaction.query(
        """
        EXPLAIN QUERY PLAN SELECT reading FROM stock_snapshot WHERE verdict = 'accepted' AND began_at >= 1 AND began_at < 2
        ORDER BY began_at DESC, id DESC LIMIT 1
        """, []
      ) { $0.text(3) }
    }
    #expect(plan.contains { $0.contains("stock_snapshot_taken") })
    #expect(!plan.contains { $0.contains("TEMP B-TREE") })
  }
}

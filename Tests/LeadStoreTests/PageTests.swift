import Database
import LeadStore
import Leads
import TestSupport
import Testing
import Timekeeping

@Suite("Reading page by page", .onEachEngine)
struct PageTests {
  private static let start = Timestamp(milliseconds: 1_772_463_600_000)

  private func filled() async throws -> (StorePlace, Store) {
    let place = try await StorePlace()
    let store = try await LeadStore.open(place.address(), now: Self.start)
    try await store.write { transaction in
      for number in 0..<40 {
        try AuditTable.append(
          number % 4 == 0 ? .cycleStarted : .planCommitted, subject: "cycle \(number)",
          actor: number % 2 == 0 ? "even" : "odd", now: Self.start + .seconds(60 * number), in: transaction)
      }
    }
    return (place, store)
  }

  @Test("pages of the audit trail hold each entry that the filter means once, newest first")
  func auditPages() async throws {
    let (place, store) = try await filled()
    defer { withExtendedLifetime(place) {} }
    for filter in [
      AuditTable.Filter(), .init(action: .cycleStarted), .init(actor: "odd"), .init(subject: "cycle 7"),
      .init(since: Self.start + .seconds(600)), .init(until: Self.start + .seconds(600)),
      .init(actor: "even", since: Self.start + .seconds(601), until: Self.start + .seconds(1200)),
      .init(actor: "nobody"),
      .init(until: Self.start), .init(since: Self.start + .seconds(9999)),
    ] {
      let all = try await store.read { try AuditTable.latest(filter, limit: 1000, in: $0) }
      var (found, before): ([AuditEntry], Int64?) = ([], nil)
      repeat {
        let page = try await store.read { [before] in try AuditTable.page(filter, before: before, limit: 7, in: $0) }
        found += page.entries
        before = page.next
      } while before != nil
      #expect(found == all.reversed(), "\(filter)")
    }
  }

  @Test("a chart gets the last accepted reading of each step, and none outside its time")
  func history() async throws {
    let place = try await StorePlace()
    let store = try await LeadStore.open(place.address(), now: Self.start)
    // On the grid of the steps, which count from 1970.
    let begin = Timestamp(milliseconds: Self.start.milliseconds / 3_600_000 * 3_600_000)
    try await store.write { transaction in
      for (minutes, count, verdict) in [
        (0, 10, SnapshotVerdict.accepted), (20, 11, .accepted), (40, 12, .held), (70, 13, .accepted),
        (130, 14, .failed), (200, 15, .accepted),
      ] {
        let now = begin + .seconds(60 * minutes)
        let cycle = try CycleTable.begin(scheduler: "s", now: now, in: transaction)
        if verdict == .failed {
          try SnapshotTable.addFailure(cycle: cycle, reason: "down", now: now, in: transaction)
        } else {
          let stock = Stock(
            total: count + 100, available: count + 5, availablePerClass: PerClass(aPlus: count, a: 2, b: 3),
            availableOther: 0, closed: 0, activeAgents: 3, deskLoad: 0,
            conversion: PerClass(repeating: Conversion(won: 0, lost: 0)), newestLeadID: 10, takenAt: now)
          let id = try SnapshotTable.add(stock, cycle: cycle, in: transaction)
          try SnapshotTable.judge(id, verdict, reason: nil, in: transaction)
        }
        try CycleTable.finish(cycle, scheduler: "s", state: .done, message: "", now: now, in: transaction)
      }
    }
    let points = try await store.read {
      try SnapshotTable.history(since: begin, until: begin + .seconds(10_800), step: .seconds(3600), in: $0)
    }
    #expect(points.map(\.available.aPlus) == [11, 13])
    #expect(points.map(\.total) == [111, 113])
    let (page, outcomes) = try await store.read {
      (try CycleTable.page(before: 4, limit: 2, in: $0), try CycleTable.outcomes(ofLast: 5, in: $0))
    }
    #expect(page.map(\.id) == [3, 2])
    #expect(outcomes == [.done: 5])
  }

  @Test("the mark of changes is another one after a change, and the same without")
  func marks() async throws {
    let (place, store) = try await filled()
    defer { withExtendedLifetime(place) {} }
    let mark = try await store.read { try ChangeMarkTable.mark(in: $0) }
    #expect(try await store.read { try ChangeMarkTable.mark(in: $0) } == mark)
    try await store.write {
      try AuditTable.append(.cycleStarted, subject: "cycle", actor: "a", now: Self.start, in: $0)
    }
    #expect(try await store.read { try ChangeMarkTable.mark(in: $0) } != mark)
  }
}

import Database
import LeadStore
import Leads
import TestSupport
import Testing
import Timekeeping

@Suite(.serialized, .onEachEngine) struct CycleTests {
  private let fixture: Fixture

  init() async throws {
    fixture = try await Fixture()
  }

  @Test("D14: while one scheduler is in its cycle, another one is turned away")
  func twoSchedulers() async throws {
    let cycle = try await fixture.write { try CycleTable.begin(scheduler: "a", now: start, in: $0) }
    let other = try await LeadStore.open(fixture.store.address, now: start)
    for scheduler in ["b", "a"] {
      await #expect(throws: LeadStoreError.cycleRunning(cycle: cycle, scheduler: "a")) {
        try await other.write {
          _ = try CycleTable.begin(scheduler: scheduler, now: start + CycleTable.leaseDuration - .seconds(1), in: $0)
        }
      }
    }
    try await fixture.write { transaction in
      try CycleTable.extend(cycle, scheduler: "a", now: start + CycleTable.leaseDuration - .seconds(1), in: transaction)
      #expect(throws: LeadStoreError.cycleLost(cycle)) {
        try CycleTable.extend(cycle, scheduler: "b", now: start, in: transaction)
      }
      try CycleTable.finish(cycle, scheduler: "a", state: .done, message: "sufficient", now: start, in: transaction)
    }
    #expect(try await other.write { try CycleTable.begin(scheduler: "b", now: start, in: $0) } > cycle)
  }

  @Test("D14: of many schedulers that begin at once exactly one plans")
  func manySchedulers() async throws {
    let address = fixture.store.address
    let began = try await withThrowingTaskGroup(of: Bool.self) { group in
      for scheduler in 0..<8 {
        group.addTask {
          let store = try await LeadStore.open(address, now: start)
          do {
            _ = try await store.write { try CycleTable.begin(scheduler: "s\(scheduler)", now: start, in: $0) }
            return true
          } catch LeadStoreError.cycleRunning {
            return false
          }
        }
      }
      return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(began == 1)
  }

  @Test("A dead scheduler's cycle is closed as failed and taken over; its late plan cannot be committed")
  func takeOver() async throws {
    try await fixture.write { transaction in
      let dead = try CycleTable.begin(scheduler: "a", now: start, in: transaction)
      let next = try CycleTable.begin(scheduler: "b", now: start + CycleTable.leaseDuration, in: transaction)
      let rows = try CycleTable.list(limit: 9, in: transaction)
      #expect(rows.map(\.id) == [next, dead] && rows.map(\.state) == [.running, .failed])
      #expect(rows[1].message?.isEmpty == false && rows[1].finishedAt == start + CycleTable.leaseDuration)
      #expect(throws: LeadStoreError.cycleLost(dead)) {
        try CycleTable.extend(dead, scheduler: "a", now: start + CycleTable.leaseDuration, in: transaction)
      }
      #expect(throws: LeadStoreError.cycleLost(dead)) {
        try CycleTable.finish(dead, scheduler: "a", state: .done, message: "x", now: start, in: transaction)
      }
      #expect(try CycleTable.list(id: dead, limit: 9, in: transaction).map(\.state) == [.failed])
    }
  }

  @Test("A cycle left running before the clock was set back does not block for as long as that")
  func clockSetBack() async throws {
    try await fixture.write { transaction in
      _ = try CycleTable.begin(scheduler: "a", now: start, in: transaction)
      _ = try CycleTable.begin(scheduler: "b", now: start - .seconds(86_400), in: transaction)
    }
  }

  @Test("A failed reading has no numbers, and the last accepted one stays the measure")
  func snapshots() async throws {
    try await fixture.write { transaction in
      let cycle = try CycleTable.begin(scheduler: "a", now: start, in: transaction)
      let accepted = try SnapshotTable.add(.example, cycle: cycle, in: transaction)
      try SnapshotTable.judge(accepted, .accepted, reason: nil, in: transaction)
      let held = try SnapshotTable.add(.example, cycle: cycle, in: transaction)
      try SnapshotTable.judge(held, .held, reason: "fell by half", in: transaction)
      try SnapshotTable.addFailure(cycle: cycle, reason: "no answer", now: start, in: transaction)
      #expect(try SnapshotTable.lastAccepted(in: transaction)?.stock == .example)
      #expect(try SnapshotTable.heldSinceAccepted(in: transaction).map(\.id) == [held])
      let all = try SnapshotTable.list(ofCycle: cycle, in: transaction)
      #expect(all.map(\.verdict) == [.accepted, .held, .failed] && all[2].stock == nil && all[2].reason == "no answer")
      #expect(throws: DatabaseError.self) {
        try transaction.attempt { try transaction.run("UPDATE stock_snapshot SET total = 0 WHERE verdict = 'failed'") }
      }
    }
  }
}
